/** Tickets of sources with kernels one behind another: written, read, proved, and refused where changed. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { sameShape } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import { encodeTicket } from '../../src/ticket/write.js';
import { changed } from '../ticket-changes.js';
import { claimOfLines, twice } from './lines.js';

const unitBox = (width: number) => ({
  lower: new Float64Array(width),
  upper: new Float64Array(width).fill(1),
});

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

describe('a ticket of such a source', () => {
  const claim = claimOfLines(twice);
  const { shape } = claim.source;
  /** The first source whose four signs are +1. */
  const seed = Array.from({ length: 1000 }, (_, index) => BigInt(index)).find((tried) =>
    [1, 2].every((t) => [0, 1].every((c) => createSource(tried, shape).layer(t).sign(c, 0) === 1)),
  );
  const bytes = joined(
    encodeTicket({
      ...{ kind: 'constructed', construction: 'by-hand', delta: 1, seed: seed ?? 0n, shape },
      ...{ precision: { mode: 'lossless' }, domain: { kind: 'box', ...unitBox(5) } },
      ...{ inputSigns: ['nonnegative'], assignments: [], target: claim.target },
      ...{ kept: [2, 2], mask: (t) => claim.masks[t - 1] },
    }),
  );
  const ticket = ticketOfKind(readTicket(bytes), 'constructed', 'this test');

  it('states its kernels, and is read and proved', () => {
    expect(sameShape(ticket.shape, shape)).toBe(true);
    expect(verifyTicket(ticket)).toMatchObject({ proved: true });
  });

  it('is not run, nor exported, but as its integer network', () => {
    const input = Float64Array.of(1, 2, 4, 8, 16);
    expect([...openEngine(ticket, { engine: 'folded' }).evaluate(input, 1)]).toEqual([9, 18, 36]);
    for (const engine of ['exact', 'float', 'fast'] as const) {
      expect(() => openEngine(ticket, { engine })).toThrow(/a kernel of its own.*folded/);
    }
  });

  it.each([
    'constructed.maps.kernels.0.0 = 2',
    'constructed.maps.kernels.1.0 = 1',
    'constructed.maps.kernels.1.0 = 3',
    'constructed.maps.kernels.1.1 = [1, 1]',
    'constructed.maps.kernels.1.1 = [1, 3]',
    'constructed.maps.kernels.1.1 = [1, 9]',
    'constructed.maps.kernels.1.3 = [0, 67108864, 0, 67108864]',
    'constructed.maps.kernels.1.3 = [0, 1, 0]',
    'constructed.maps.kernels.1.4 = [1, 4]',
    'remove constructed.maps.kernels',
  ])('is refused, or not proved, with %s', (changes) => {
    let other: ReturnType<typeof readTicket>;
    try {
      other = readTicket(changed(bytes, changes));
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return;
    }
    expect(verifyTicket(ticketOfKind(other, 'constructed', 'this test')).proved).toBe(false);
  });
});
