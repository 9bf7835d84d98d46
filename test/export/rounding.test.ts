/** The stated ranges and error bounds, attacked: every sum in any order, on corners and inside the box. */

import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { complete } from '../../src/core/steps.js';
import type { InputBox } from '../../src/export/input-box.js';
import { foldedError, prunedError } from '../../src/export/rounding-error.js';
import { foldedRange, prunedRange } from '../../src/export/value-range.js';
import { blockFactors } from '../../src/inference/block-factors.js';
import { exactToNumber, runExact } from '../../src/inference/exact.js';
import { FLOAT32, FLOAT64 } from '../../src/inference/float-format.js';
import { compileTicket, type PrunedProgram } from '../../src/inference/pruned-program.js';
import { integerInputs } from '../../src/integer/evaluate-integers.js';
import { bigEntry } from '../../src/integer/integer-network.js';
import { quantizeLossless } from '../../src/integer/quantize.js';
import { findTicket } from '../../src/pipeline/find.js';
import type { InputSign } from '../../src/target/network.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomNetwork, randomStream } from '../networks.js';
import { findInteger } from '../pruned-sources.js';

interface Case {
  readonly ticket: ConstructedTicket;
  readonly program: PrunedProgram;
  readonly box: InputBox;
}

/** Networks in both constructions, on boxes of every sign. */
const cases = [0, 1, 2, 3, 4, 5].map((seed): Case => {
  const inputs = 1 + (seed % 3);
  const network = randomNetwork({ dimensions: [inputs, 4, 3, 2], seed, bits: 4, places: seed });
  const bounds: Record<InputSign, [number, number]> = {
    signed: [-1.5, 0.75],
    nonnegative: [0.25, 3],
    nonpositive: [-2, 0],
  };
  const sign = (['signed', 'nonnegative', 'nonpositive'] as const)[seed % 3];
  const [low, high] = bounds[sign];
  const box = {
    lower: new Float64Array(inputs).fill(low),
    upper: new Float64Array(inputs).fill(high),
  };
  if (seed < 4) {
    const domain = { kind: 'box' as const, ...box };
    const outcome = findTicket(network, { construction: horner, domain, delta: 1e-2 });
    if (!outcome.found) throw new Error('no seed has the network');
    return { ticket: outcome.ticket, program: compileTicket(outcome.ticket), box };
  }
  const signs = Array.from({ length: inputs }, () => sign);
  const { ticket } = findInteger(quantizeLossless(network), signs, 1e-2, BigInt(seed));
  return { ticket, program: compileTicket(ticket), box };
});

/** Points of a box: its corners and others, with few bits so that exact values stay small. */
function points({ lower, upper }: InputBox, count: number, seed: number): Float64Array[] {
  const random = randomStream(seed);
  return Array.from({ length: count }, (_, index) =>
    lower.map((low, input) => {
      const share = index < 8 ? (index >> input) & 1 : Math.floor(random() * 257) / 256;
      return low + share * (upper[input] - low);
    }),
  );
}

/** Largest sum of positive terms, or of negative ones, of each block, times 2^-exponent. */
function largestSums(
  program: PrunedProgram,
  point: Float64Array,
): { bits: bigint[]; exponent: number } {
  const { values, exponent } = integerInputs(point, 0, point.length, program.constant);
  let current = values;
  const bits: bigint[] = [];
  let largest = 0n;
  program.layers.forEach(({ neurons, offsets, edges }, index) => {
    current = Array.from(neurons, (_, neuron) => {
      let positive = 0n;
      let negative = 0n;
      for (let at = offsets[neuron]; at < offsets[neuron + 1]; at++) {
        const value = (edges[at] & 1) === 0 ? current[edges[at] >>> 1] : -current[edges[at] >>> 1];
        if (value > 0n) positive += value;
        else negative -= value;
      }
      if (positive > largest) largest = positive;
      if (negative > largest) largest = negative;
      return positive > negative ? positive - negative : 0n;
    });
    if (!program.blockEnds.includes(index + 1)) return;
    bits.push(largest);
    largest = 0n;
  });
  return { bits, exponent };
}

describe('the range of the values', () => {
  it('holds every partial sum of the pruned source, and is no wider than it must be', () => {
    for (const { ticket, program, box } of cases) {
      const range = complete(prunedRange(program, ticket.target, ticket.assignments, box));
      const seen = range.blocks.map(() => 0);
      for (const point of points(box, 60, 1)) {
        const { bits, exponent } = largestSums(program, point);
        bits.forEach((largest, block) => {
          // Both sides in units of 2^-places.
          const size = Number(largest) * 2 ** (exponent + range.places);
          expect(size).toBeLessThanOrEqual(2 ** range.blocks[block].bits);
          seen[block] = Math.max(seen[block], size);
        });
      }
      // The first block's bound is reached at a corner; it counts both halves of a signed input.
      const signed = box.lower.some((low, input) => low < 0 && box.upper[input] > 0);
      expect(seen[0]).toBeGreaterThan(2 ** (range.blocks[0].bits - (signed ? 2.01 : 1.01)));
    }
  });

  it('bounds the inputs of every block, and the sums of the integer network', () => {
    for (const { ticket, box } of cases) {
      const { target } = ticket;
      const range = complete(foldedRange(target, box));
      const { exponents } = blockFactors(target);
      for (const point of points(box, 60, 2)) {
        let values = [...point, ...(target.constant ? [1] : [])];
        let places = range.places;
        target.matrices.forEach((matrix, block) => {
          for (const [input, value] of values.entries()) {
            expect(Math.abs(value)).toBeLessThanOrEqual(range.blocks[block].inputs[input]);
          }
          values = Array.from({ length: matrix.rows }, (_, row) => {
            const terms = values.map(
              (value, column) => Number(bigEntry(matrix, row * matrix.columns + column)) * value,
            );
            const positive = terms.filter((term) => term > 0).reduce((sum, term) => sum + term, 0);
            const total = terms.reduce((sum, term) => sum + term, 0);
            const limit = 2 ** (range.blocks[block].bits - places);
            expect(Math.max(positive, positive - total)).toBeLessThanOrEqual(
              limit * (1 + 2 ** -40),
            );
            return Math.max(0, total) * 2 ** -exponents[block];
          });
          places += exponents[block];
        });
      }
    }
  });
});

/** The pruned source in float32 or float64, the terms of every sum in random order. */
function runRounded(
  program: PrunedProgram,
  point: Float64Array,
  round: (value: number) => number,
  random: () => number,
): number[] {
  const { factors } = blockFactors(program);
  let current = [...point, ...(program.constant ? [1] : [])].map(round);
  program.layers.forEach(({ neurons, offsets, edges }, index) => {
    const block = program.blockEnds.indexOf(index + 1);
    const relu = index < program.layers.length - 1 || program.activation === 'relu';
    current = Array.from(neurons, (_, neuron) => {
      const own = [...edges.subarray(offsets[neuron], offsets[neuron + 1])];
      const order = own.map((edge) => [random(), edge]).sort(([first], [second]) => first - second);
      let sum = 0;
      for (const [, edge] of order) {
        sum = round((edge & 1) === 0 ? sum + current[edge >>> 1] : sum - current[edge >>> 1]);
      }
      const value = relu && sum < 0 ? 0 : sum;
      return block < 0 ? value : value * factors[block];
    });
  });
  return current;
}

describe('the error bound', () => {
  it('holds for sums in any order, in both types', () => {
    const random = randomStream(5);
    for (const { ticket, program, box } of cases) {
      const { target, assignments } = ticket;
      const range = complete(prunedRange(program, target, assignments, box));
      for (const [format, round] of [
        [FLOAT32, Math.fround],
        [FLOAT64, (value: number) => value],
      ] as const) {
        const bound = complete(prunedError(program, target, assignments, range, format));
        expect(bound).toBeGreaterThanOrEqual(0);
        expect(
          complete(foldedError(target, complete(foldedRange(target, box)), format)),
        ).toBeLessThanOrEqual(bound);
        for (let trial = 0; trial < 40; trial++) {
          const point = box.lower.map((low, input) =>
            Math.fround(low + random() * (box.upper[input] - low)),
          );
          const exact = runExact(program, point, 1).map(exactToNumber);
          const rounded = runRounded(program, point, round, random);
          program.layers[program.layers.length - 1].neurons.forEach((output, index) => {
            // The exact outputs were rounded to float64 themselves.
            const slack = 2 ** -52 * Math.abs(exact[output]);
            expect(Math.abs(rounded[index] - exact[output])).toBeLessThanOrEqual(bound + slack);
          });
        }
      }
    }
  });
});
