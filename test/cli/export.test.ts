/** `export`, as a job and as a process: files, refusals, and the integer network found once more. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { giveUp, takeOutput } from '../../src/cli/files/output-file.js';
import { readModel } from '../../src/cli/files/read-model.js';
import { type ExportJobOptions, exportJob } from '../../src/cli/jobs/export.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { DEFAULT_MEMORY } from '../../src/core/limits.js';
import { findTicket } from '../../src/pipeline/find.js';
import { widthsOf } from '../../src/source/shape.js';
import { decodeSafetensors } from '../../src/ticket/safetensors.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { encodeTicket } from '../../src/ticket/write.js';
import { runtimeOutputs } from '../target/onnx-runtime.js';
import { commandLine, digits } from './processes.js';

const { folder, unearth } = commandLine('export');
const context = {
  onProgress: () => undefined,
  notice: () => undefined,
  launchThread: () => undefined,
  openQueue: () => undefined,
  print: () => true,
};
let found: ConstructedTicket;

const at = (name: string): string => path.join(folder, name);

function job(ticket: string, name: string, request: ExportJobOptions['request']) {
  const output = takeOutput({ option: '--output', file: at(name), force: true });
  try {
    return exportJob({ ticket: at(ticket), output, request, memory: DEFAULT_MEMORY }, context);
  } finally {
    // As the end of the process does with what was not written.
    giveUp(output);
  }
}

beforeAll(() => {
  const { network } = readModel(digits);
  const domain = {
    kind: 'box' as const,
    lower: new Float64Array(64),
    upper: new Float64Array(64).fill(1),
  };
  const precision = { mode: 'bits' as const, bits: 5 };
  const outcome = findTicket(network, { construction: horner, domain, precision });
  if (!outcome.found) throw new Error('no seed has the network');
  found = outcome.ticket;
  writeFileSync(at('five.ticket'), Buffer.concat(outcome.bytes));
});

describe('export as a process', () => {
  it('writes a file that ONNX Runtime runs, and says what it is worth', async () => {
    const { status, stdout, stderr } = unearth(
      'export',
      'five.ticket',
      '--compute',
      'double',
      '--json',
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      format: 'onnx',
      form: 'live',
      compute: 'double',
      path: 'five.pruned.onnx',
      activation: 'identity',
      normalization: 'none',
      opset: 13,
      irVersion: 7,
    });
    expect(report.layers).toBe(report.widths.length - 1);
    expect(report.exactness.inputPlaces).toBeGreaterThan(10);
    expect(report.exactness.tolerance).toMatch(/^0\.0000\d+$/);
    const bytes = readFileSync(at('five.pruned.onnx'));
    expect(bytes.length).toBe(report.bytes);
    const [outputs] = await runtimeOutputs(bytes, [new Float64Array(128).fill(0.5)], [2, 64]);
    expect(outputs).toHaveLength(20);
  });

  it('finds the folded integers again in the file that it wrote', () => {
    const folded = unearth('export', 'five.ticket', '--folded', '-o', 'folded.onnx');
    expect(folded).toMatchObject({ status: 0, stderr: '' });
    expect(folded.stdout).toMatch(/^network +integer network, 3 layers$/m);
    expect(folded.stdout).toMatch(/^arithmetic +float32, on the ticket's domain: /m);
    const again = unearth('find', 'folded.onnx', '--bits', '5', '--domain', 'box:0,1', '--json');
    expect(JSON.parse(again.stdout).ticket.path).toBe('folded.ticket');
    const same = unearth('verify', 'folded.ticket', '--model', 'folded.onnx', '--json');
    expect(JSON.parse(same.stdout)).toMatchObject({ proved: true, modelMatches: true });
  });

  it.each([
    [['export', 'five.ticket', '--folded', '--full'], /--folded and --full exclude each other/],
    [['export', 'five.ticket', '-o', 'five.bin'], /--format is needed for five\.bin/],
    [
      ['export', 'five.ticket', '-o', 'mine.onnx'],
      /mine\.onnx: it exists and is not an export written by/,
    ],
  ] as const)('%j is bad usage, in one line', (args, message) => {
    writeFileSync(at('mine.onnx'), readFileSync(digits));
    const { status, stdout, stderr } = unearth(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(readFileSync(at('mine.onnx'))).toEqual(readFileSync(digits));
  });
});

describe('export as a job', () => {
  it('writes the matrices as safetensors', () => {
    const request = { format: 'safetensors', form: 'live', compute: 'float' } as const;
    const result = job('five.ticket', 'five.safetensors', request);
    expect(result.proved).toBe(true);
    const { metadata, tensors } = decodeSafetensors(readFileSync(at('five.safetensors')));
    expect(metadata.get('unearth.seed')).toBe(found.seed.toString());
    expect(tensors.size).toBe(widthsOf(found.shape).length);
  });

  it('has nothing to do with a ticket that is not proved', () => {
    const { target } = found;
    const [first, ...rest] = target.matrices;
    const values = Float64Array.from(first.values as Float64Array);
    values[0] += 1;
    const wrong = { ...found, target: { ...target, matrices: [{ ...first, values }, ...rest] } };
    writeFileSync(at('wrong.ticket'), Buffer.concat(encodeTicket(wrong)));
    const request = { format: 'onnx', form: 'folded', compute: 'float' } as const;
    expect(job('wrong.ticket', 'wrong.onnx', request)).toMatchObject({
      proved: false,
      failure: { block: 1 },
    });
    expect(existsSync(at('wrong.onnx'))).toBe(false);
  });

  it('names the ticket that cannot be exported, and leaves nothing', () => {
    const box = {
      kind: 'box' as const,
      lower: new Float64Array(64),
      upper: new Float64Array(64).fill(2 ** 120),
    };
    writeFileSync(at('far.ticket'), Buffer.concat(encodeTicket({ ...found, domain: box })));
    const request = { format: 'onnx', form: 'live', compute: 'float' } as const;
    expect(() => job('far.ticket', 'far.onnx', request)).toThrow(
      /far\.ticket: target layer 1: its values reach 2\^\d+.*option "compute: double"/,
    );
    expect(readdirSync(folder).filter((name) => /far\.onnx|part$/.test(name))).toEqual([]);
  });
});
