/** Tickets whose header is spelled as no version of this program spells it, but as the format allows. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandLine, digits } from './processes.js';

const { folder, unearth } = commandLine('ticket-spelling');
const at = (name: string): string => path.join(folder, name);

/** The file with its header's text changed. */
function respelled(bytes: Uint8Array, change: (header: string) => string): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const text = change(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const header = new TextEncoder().encode(text.padEnd(8 * Math.ceil(text.length / 8)));
  const result = new Uint8Array(8 + header.length + bytes.length - 8 - length);
  new DataView(result.buffer).setBigUint64(0, BigInt(header.length), true);
  result.set(header, 8);
  result.set(bytes.subarray(8 + length), 8 + header.length);
  return result;
}

function metadataLast(header: string): string {
  const { __metadata__, ...tensors } = JSON.parse(header) as Record<string, unknown>;
  return JSON.stringify({ ...tensors, __metadata__ });
}

describe('a ticket with', () => {
  let ticket: Uint8Array;

  beforeAll(() => {
    const found = unearth('find', digits, '--domain', 'box:0,1', '--bits', '2', '-o', 'a.ticket');
    expect(found.status).toBe(0);
    ticket = readFileSync(at('a.ticket'));
  });

  it.each([
    ['white space in its header', (header: string) => header.replace('{', '{ \n\t')],
    ['its metadata last', metadataLast],
  ])('%s is verified and inspected', (_, change) => {
    writeFileSync(at('b.ticket'), respelled(ticket, change));
    expect(unearth('verify', 'b.ticket')).toMatchObject({ status: 0, stderr: '' });
    const { status, stdout } = unearth('inspect', 'b.ticket', '--json');
    expect({ status, kind: JSON.parse(stdout).kind }).toEqual({ status: 0, kind: 'constructed' });
  });

  it('no metadata of a ticket is told as what it is', () => {
    writeFileSync(
      at('c.ticket'),
      respelled(ticket, () => '{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
    );
    const { status, stderr } = unearth('verify', 'c.ticket');
    expect(status).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/c\.ticket: /);
  });
});
