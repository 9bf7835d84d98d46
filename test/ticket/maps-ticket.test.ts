/** The maps of a ticket: what is written is read back, and what is spoiled is refused, or not proved. */
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { InputError } from '../../src/core/errors.js';
import { findTicket } from '../../src/pipeline/find.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { sameShape } from '../../src/source/shape.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomMapNetwork } from '../map-networks.js';
import { changed } from '../ticket-changes.js';

const network = randomMapNetwork({ seed: 3, bits: 2, layers: 4, side: 5, domain: 'all' });
const found = findTicket(network, { construction: horner });
if (!found.found) throw new Error('not found');
const bytes = found.bytes[0] as Uint8Array;
const { ticket } = found;
const { maps } = ticket.target;
if (maps === undefined) throw new Error('no maps');
const windowed = maps.blocks.findIndex(({ window }) => window !== undefined);

function read(changes: string): ConstructedTicket {
  return ticketOfKind(readTicket(changed(bytes, changes)), 'constructed', 'this test');
}

describe('the maps of a ticket', () => {
  it('are read back as they were found', () => {
    const again = read('(none)');
    expect(again.target.maps).toEqual(maps);
    expect(sameShape(again.shape, ticket.shape)).toBe(true);
    expect(verifyTicket(again, { model: { network } }).proved).toBe(true);
  });

  const block = `constructed.maps.blocks.${windowed}`;
  it.each([
    'constructed.maps = 3',
    'constructed.maps = {}',
    'constructed.maps.input = [1, 2]',
    'constructed.maps.input = [0, 1, 1]',
    'constructed.maps.input = [1, 1e9, 1e9]',
    'constructed.maps.input = [1, 67108864, 67108864]',
    'constructed.maps.channelsLast = false',
    'constructed.maps.more = 1',
    'constructed.maps.blocks = []',
    `${block}.form = "none"`,
    `${block}.handedOn = -1`,
    `${block}.handedOn = 10000`,
    `${block}.extra = 1`,
    `remove ${block}.window`,
    `${block}.window = null`,
    `${block}.window.kernel = [0, 1]`,
    `${block}.window.kernel = [67108864, 67108864]`,
    `${block}.window.kernel = [9, 9]`,
    `${block}.window.stride = [0, 1]`,
    `${block}.window.pads = [0, 0, 0]`,
    `${block}.window.pads = [67108864, 67108864, 67108864, 67108864]`,
    `${block}.window.dilation = [1.5, 1]`,
    `${block}.window.columns = []`,
    `${block}.window.columns = [[4294967295, [0]]]`,
    `${block}.window.columns = [[1, [[0, 4000000000]]]]`,
    `${block}.window.columns = [[1, [1, 0]]]`,
    // Would be lists of tens of millions of taps, and maps of as many numbers.
    `${block}.window.kernel = [8192, 8192]; ${block}.window.pads = [8192, 8192, 8192, 8192]; ${block}.window.columns = [[1, [[0, 67108863]]]]`,
    'constructed.maps.input = [1, 8192, 8192]',
    `${block}.window.pads = [8192, 8192, 8192, 8192]`,
    `remove ${block}.window.columns`,
    'remove constructed.maps',
  ])('are refused with %s', (changes) => {
    expect(() => read(changes)).toThrow(InputError);
  });

  it.each([
    `${block}.window.stride = [1, 1]; ${block}.window.pads = [0, 0, 0, 0]`,
    `${block}.window.pads = [1, 1, 1, 1]`,
    `${block}.window.dilation = [2, 2]`,
  ])('prove nothing with %s', (changes) => {
    let other: ConstructedTicket;
    try {
      other = read(changes);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return;
    }
    expect(verifyTicket(other, { model: { network } }).proved).toBe(false);
  });
});
