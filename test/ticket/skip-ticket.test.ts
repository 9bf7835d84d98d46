/** Tickets of sources whose layers read several: told only where there is something to tell, and bounded. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { layeredShape, maskSizes, sameShape, withReads } from '../../src/source/shape.js';
import { admitTicket } from '../../src/ticket/cost.js';
import { readTicket } from '../../src/ticket/read.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { createTicketWriter, encodeTicket } from '../../src/ticket/write.js';
import { changed } from '../ticket-changes.js';
import { joined, readConstructed, sameEdges, sampleTicket } from './sample.js';

/** Everything that the sample's two blocks of two layers may read. */
const ALL_READS = [[[0]], [[1], [0], [0, 1]], [[2]], [[3], [2], [2, 3]]];

const skip = sampleTicket({ seed: 3, reads: [[0], [0, 1], [2], [2, 3]] });
const bytes = joined(encodeTicket(skip));

function bodyOf(file: Uint8Array): Record<string, unknown> {
  const text = Buffer.from(file).toString('latin1');
  const header = JSON.parse(text.slice(8, 8 + Number(Buffer.from(file).readBigUInt64LE(0))));
  return JSON.parse(header.__metadata__.constructed) as Record<string, unknown>;
}

describe('a ticket of a skip source', () => {
  it('comes back as it was, whatever its layers read', () => {
    for (const second of ALL_READS[1] as number[][]) {
      for (const fourth of ALL_READS[3] as number[][]) {
        const reads = [[0], second, [2], fourth];
        const ticket = sampleTicket({ seed: 5, reads });
        const file = joined(encodeTicket(ticket));
        const back = readConstructed(file);
        expect(back.shape).toEqual(ticket.shape);
        for (const [index, { inputs, outputs }] of maskSizes(ticket.shape).entries()) {
          expect(back.mask(index + 1)).toMatchObject({ inputs, outputs });
          expect(sameEdges(back.mask(index + 1), ticket.mask(index + 1))).toBe(true);
        }
        expect(joined(encodeTicket(back))).toEqual(file);
        const layered = `${reads}` === '0,1,2,3';
        expect(bodyOf(file).reads).toEqual(layered ? undefined : reads);
      }
    }
  });

  it('says nothing of reads where each layer reads the one before, however that is written', () => {
    const layered = sampleTicket({ seed: 5 });
    const long = {
      ...layered,
      shape: {
        ...layered.shape,
        layers: layered.shape.layers.map((layer, index) => ({ ...layer, reads: [index] })),
      },
    };
    expect(joined(encodeTicket(long))).toEqual(joined(encodeTicket(layered)));
    const told = changed(joined(encodeTicket(layered)), 'constructed.reads = [[0],[1],[2],[3]]');
    expect(readConstructed(told).shape).toEqual(layered.shape);
  });

  it('has the same bytes from masks that come one by one', () => {
    const writer = createTicketWriter(skip);
    for (let t = 1; t <= 4; t++) writer.addMask(t, skip.mask(t));
    expect(joined(writer.finish(skip.assignments))).toEqual(bytes);
    const other = createTicketWriter(skip);
    expect(() => other.addMask(1, skip.mask(2))).toThrow(RangeError);
  });

  it.each([
    ['out of its block', '[[0],[0,1],[2],[1,3]]', /layer 4: reads: layer 1 is none of 2 to 3/],
    ['of the inputs in a later block', '[[0],[0,1],[0],[2,3]]', /layer 3: .* none of 2 to 2/],
    ['of a later layer', '[[0],[0,3],[2],[2,3]]', /layer 2: reads: layer 3 is none of 0 to 1/],
    ['of itself', '[[0],[0,2],[2],[2,3]]', /layer 2: reads: layer 2 is none of/],
    ['unsorted', '[[0],[1,0],[2],[2,3]]', /layer 2: reads: layer 0 after layer 1/],
    ['repeated', '[[0],[0,0],[2],[2,3]]', /layer 2: reads: layer 0 twice/],
    ['empty', '[[0],[],[2],[2,3]]', /layer 2: reads: no list of layers/],
    ['of too few layers', '[[0],[0,1],[2]]', /reads of 3 layers of 4/],
    ['of too many layers', '[[0],[0,1],[2],[2,3],[4]]', /reads of 5 layers of 4/],
    ['of none', '[]', /reads of 0 layers of 4/],
    ['below 0', '[[0],[-1,1],[2],[2,3]]', /"reads": not a list/],
    ['of halves', '[[0],[0.5,1],[2],[2,3]]', /"reads": not a list/],
    ['of words', '[[0],["0",1],[2],[2,3]]', /"reads": not a list/],
    ['of null', '[[0],[null],[2],[2,3]]', /"reads": not a list/],
    ['that are no lists', '[0,1,2,3]', /"reads": not a list/],
    ['that are no list', '{"1":[0]}', /"reads": not a list/],
    ['that are null', 'null', /"reads": not a list/],
    ['of a layer beyond any', '[[0],[0,100001],[2],[2,3]]', /"reads": not a list/],
  ])('is refused with reads %s', (_, reads, problem) => {
    const hostile = changed(bytes, `constructed.reads = ${reads}`);
    try {
      readTicket(hostile);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      const { place, problem: found } = error as InputError;
      expect(`${place}: ${found}`).toMatch(problem);
      return;
    }
    throw new Error('nothing was refused');
  });

  it('is refused with millions of reads, and with more columns than a generator counts', () => {
    const many = Array.from({ length: 1500 }, (_, t) => upToList(t + 1));
    const widths = [1, 11, ...Array<number>(1497).fill(1), 2];
    const edit = (ends: string, all: unknown, sizes: readonly number[]): Uint8Array =>
      changed(
        bytes,
        [
          `widths = ${JSON.stringify([5, ...sizes])}`,
          `kept = ${JSON.stringify(sizes.map(() => 0))}`,
          `constructed.blockEnds = ${ends}`,
          `constructed.reads = ${JSON.stringify(all)}`,
        ].join('; '),
      );
    expect(() => readTicket(edit('[2,1500]', many, widths))).toThrow(
      /1125750 reads, more than 1048576/,
    );
    const wide = edit('[1,4]', [[0], [1], [1, 2], [1, 2, 3]], [11, 2 ** 32 - 1, 9, 2]);
    expect(() => readTicket(wide)).toThrow(/layer 3: 4294967306 columns, more than 4294967295/);
  });
});

function upToList(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe('what a ticket of a skip source may cost', () => {
  /** A ticket that states these sizes; its masks must never be asked for. */
  function stated(
    widths: readonly number[],
    reads: readonly (readonly number[])[],
    kept: readonly number[],
  ): ConstructedTicket {
    return {
      ...skip,
      shape: withReads(layeredShape(widths), reads),
      kept,
      fileBytes: 10_000,
      mask: () => {
        throw new Error('a mask was decoded');
      },
    };
  }

  it('is counted over all columns: a full mask of layers that are read together', () => {
    const side = 2 ** 12;
    const widths = [side, side, side, side];
    const kept = [side ** 2, side ** 2, side ** 2];
    const some = stated(
      widths,
      [[0], [1], [2]],
      kept.map(() => side),
    );
    const spare = admitTicket(some, 'proof');
    // The last layer's mask has three times as many columns, and as many edges as they allow.
    const all = stated(widths, [[0], [1], [0, 1, 2]], [side, side, 3 * side ** 2]);
    expect(() => admitTicket(all, 'proof')).toThrow(InputError);
    expect(spare.memory).toBeGreaterThan(0);
  });

  it('is counted for every layer that reads a large one, with edges or without', () => {
    const depth = 5000;
    const side = 2 ** 11;
    const widths = [side, side, ...Array<number>(depth).fill(1)];
    const kept = [side ** 2, ...Array<number>(depth).fill(0)];
    const chain = [[0], ...Array.from({ length: depth }, (_, index) => [index + 1])];
    const fed = [[0], ...Array.from({ length: depth }, (_, i) => (i === 0 ? [1] : [1, i + 1]))];
    const layered = admitTicket(stated(widths, chain, kept), 'proof');
    const skipping = admitTicket(stated(widths, fed, kept), 'proof');
    // 4 steps for each of the neurons that are looked through again.
    expect(layered.steps - skipping.steps).toBeGreaterThanOrEqual(4 * (depth - 1) * side);
    const wide = 2 ** 25;
    const endless = stated([1, wide, ...widths.slice(2)], fed, [wide, ...kept.slice(1)]);
    expect(() => admitTicket(endless, 'proof')).toThrow(/over the limit/);
  });

  it('counts the masks that read a block’s outputs twice in a proof, all of them', () => {
    const widths = [4, 8, 8, 8, 8, 2];
    const kept = [8, 8, 8, 8, 8];
    const ticket = (reads: readonly (readonly number[])[]) => ({
      ...stated(widths, reads, kept),
      shape: withReads(layeredShape(widths, [2, 5]), reads),
    });
    const one = ticket([[0], [1], [2], [3], [4]]);
    const three = ticket([[0], [1], [2], [2, 3], [2, 4]]);
    const taken = (t: ConstructedTicket): number =>
      admitTicket(t, 'pictures').steps - admitTicket(t, 'proof').steps;
    expect(taken(three)).toBeGreaterThan(2.9 * taken(one));
    expect(sameShape(one.shape, three.shape)).toBe(false);
    // To run it, what two layers read is joined: 16 neurons each.
    const joined = (t: ConstructedTicket): number =>
      admitTicket(t, 'pictures').steps - admitTicket(t, 'program').steps;
    expect(joined(one)).toBe(0);
    expect(joined(three)).toBe(64 * (16 + 16));
  });
});
