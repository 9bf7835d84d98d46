/** Tickets of sources with kernels one behind another: written, read, proved, and refused where changed. */
import { describe, expect, it } from 'vitest';
import { InputError, MisfitError } from '../../src/core/errors.js';
import { exportTicket } from '../../src/export/export-ticket.js';
import { ticketFigures } from '../../src/figures/ticket-figures.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { trace } from '../../src/inference/trace.js';
import { firstDifference } from '../../src/proof/first-difference.js';
import { rowOf } from '../../src/proof/row-of.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { rolesOf } from '../../src/roles/roles-of-now.js';
import { sameShape } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import { encodeTicket } from '../../src/ticket/write.js';
import { changed } from '../ticket-changes.js';
import { across, claimOfLines, type Lines, row, twice } from './lines.js';

const unitBox = (width: number) => ({
  lower: new Float64Array(width),
  upper: new Float64Array(width).fill(1),
});

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

/** A ticket of a source whose signs are all +1 where an edge is kept. */
function ticketOf(lines: Lines, from: readonly number[]) {
  const claim = claimOfLines(lines);
  const { shape } = claim.source;
  const seed = Array.from({ length: 1000 }, (_, index) => BigInt(index)).find((tried) =>
    claim.masks.every((_, t) =>
      from.every(
        (c) =>
          createSource(tried, shape)
            .layer(t + 1)
            .sign(c, 0) === 1,
      ),
    ),
  );
  const bytes = joined(
    encodeTicket({
      ...{ kind: 'constructed', construction: 'by-hand', delta: 1, seed: seed ?? 0n, shape },
      ...{ precision: { mode: 'lossless' }, domain: { kind: 'box', ...unitBox(lines.length) } },
      ...{ inputSigns: ['nonnegative'], assignments: [], target: claim.target },
      ...{ kept: lines.layers.map(({ edges }) => edges.length), mask: (t) => claim.masks[t - 1] },
    }),
  );
  return { shape, bytes, ticket: ticketOfKind(readTicket(bytes), 'constructed', 'this test') };
}

describe('a ticket of such a source', () => {
  const { shape, bytes, ticket } = ticketOf(twice, [0, 1]);

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

  it('is not followed, nor drawn, where a kernel of its own has the taps of the window', () => {
    // Zeros at the left in place of the right, and the other tap: proved, and other rows than the window's.
    const other = ticketOf(
      {
        length: 4,
        layers: [{ width: 2, pads: across(1, 0), edges: [[1, 0]] }],
        matrices: [row(1, 0)],
        windows: [{ kernel: { height: 1, width: 2 }, pads: across(0, 1) }],
      },
      [1],
    ).ticket;
    expect(verifyTicket(other)).toMatchObject({ proved: true });
    const input = Float64Array.of(1, 2, 4, 8);
    expect([...openEngine(other, { engine: 'folded' }).evaluate(input, 1)]).toEqual([1, 2, 4, 8]);
    for (const follow of [
      () => trace(other, input),
      () => rowOf(other, 1, 0),
      () => rolesOf(other),
      () => firstDifference(other, other),
    ]) {
      expect(follow).toThrow(MisfitError);
      expect(follow).toThrow(/layer 1 reads with a kernel, stride, pads or dilation of its own/);
    }
    for (const engine of ['exact', 'float', 'fast'] as const) {
      expect(() => openEngine(other, { engine })).toThrow(/a kernel of its own.*folded/);
    }
    for (const form of ['live', 'full'] as const) {
      for (const format of ['onnx', 'safetensors'] as const) {
        expect(() => exportTicket(other, { format, form, compute: 'float' })).toThrow(
          /a kernel of its own/,
        );
      }
    }
    const { figures, omitted } = ticketFigures(other, { of: 'a ticket' });
    expect(figures.map(({ name }) => name)).toEqual(['masks']);
    expect(omitted.map(({ reason }) => reason)).toEqual(
      new Array(3).fill(expect.stringMatching(/kernel, stride, pads or dilation of its own/)),
    );
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
