/** Block floating point of the fast engine: nothing overflows, what is rounded is bounded, and kernels agree. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/core/steps.js';
import { inputConstants, nextConstants } from '../../src/inference/fast/constant-columns.js';
import {
  digitExtent,
  fixedErrors,
  fixedKernels,
  unitInverse,
} from '../../src/inference/fast/fixed-point.js';
import { floatBoundSteps } from '../../src/inference/fast/float-bound.js';
import { jsMachines } from '../../src/inference/fast/js-kernels.js';
import type { MachineFactory } from '../../src/inference/fast/kernels.js';
import { mixedChains } from '../../src/inference/fast/mixed-chains.js';
import type { Row, Segment } from '../../src/inference/fast/segments.js';
import { hasWasmSimd, wasmMachines } from '../../src/inference/fast/wasm-kernels.js';
import { randomStream } from '../networks.js';

const row = (digits: number[], terms: number[] = []): Row => ({
  ...{ digits: Int32Array.from(digits), terms, level: terms.length > 0 ? 1 : 0 },
});

/** A block of linear forms, each a row of digits of its own: rows of weights that are small integers. */
function blockOf(weights: readonly (readonly number[])[]): Segment {
  const columns = weights[0]?.length ?? 0;
  return {
    columns,
    rows: weights.map((own) =>
      row(own.flatMap((weight, column) => (weight === 0 ? [] : [column, weight]))),
    ),
    outputs: weights.map((_, index) => columns + index),
    forms: weights.map((own) => ({
      ...{ indices: null, values: Float64Array.from(own), slack: 0, exact: true, largest: 0 },
    })),
    rectified: [],
    endsBlock: 0,
    bounds: {
      columns: new Float64Array(columns).fill(1),
      ...{ signed: false, outputs: 100 * columns, all: 100 * columns },
    },
  };
}

const factories: MachineFactory[] = hasWasmSimd() ? [wasmMachines, jsMachines] : [jsMachines];

describe('units of integers of 32 bits', () => {
  const extents = fc.record({ most: fc.integer({ min: 1, max: 64 }), count: fc.nat(2 ** 20) });
  const sums = fc.double({ min: 2 ** -1000, max: 2 ** 900, noNaN: true });

  it('keep what is added up in range, and are no smaller than they must be', () => {
    fc.assert(
      fc.property(extents, sums, ({ most, count }, sum) => {
        const inverse = unitInverse(sum, { most, count });
        expect(Number.isInteger(Math.log2(inverse))).toBe(true);
        // Each value is rounded up by half a unit at most.
        expect(most * (sum * inverse + count / 2)).toBeLessThan(2 ** 31);
        if (inverse < 2 ** 899)
          expect(most * (2 * sum * inverse + count) * 1.001).toBeGreaterThan(2 ** 31 - 1);
      }),
    );
  });

  it('round columns by no more than is stated', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 2 ** 40, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (values, most) => {
          const extent = { most, count: values.length };
          const perSize = Float64Array.from(values);
          const sizes = { perSize, constant: new Float64Array(values.length) };
          const errors = fixedErrors(sizes, extent);
          const inverse = unitInverse(
            values.reduce((one, other) => one + other, 0),
            extent,
          );
          for (const [column, value] of values.entries()) {
            const off = Math.abs(Math.round(value * inverse) / inverse - value);
            expect(off).toBeLessThanOrEqual(
              (errors.perSize[column] as number) + (errors.constant[column] as number),
            );
          }
        },
      ),
    );
  });

  it('are none where a row would hold a column too often', () => {
    expect(
      digitExtent(
        blockOf([
          [3, -5],
          [1, 1],
        ]),
      ),
    ).toEqual({ most: 5, count: 2 });
    expect(digitExtent(blockOf([[2 ** 28, 1]]))).toBeNull();
  });
});

describe.each(factories)('kernels of fixed point', (factory) => {
  it('round rows to whole units, ties to even, over themselves', () => {
    const machine = factory.create(1 << 12);
    const values = new Float64Array(machine.buffer, 0, 24);
    values.set([0.5, 1.5, -0.5, -1.5, 2.5, 2 ** 30 + 0.25, -7.75, 0, ...Array(16).fill(3.3)]);
    const inverses = new Float64Array(machine.buffer, 1024, 3 + 8);
    inverses.set(Array.from({ length: 11 }, (_, at) => [1, 2, 4][at % 3] as number));
    const expected = Array.from(values, (value, lane) => {
      const scaled = value * (inverses[lane % 3] as number);
      const floor = Math.floor(scaled);
      const isTie = scaled - floor === 0.5;
      return (isTie ? floor + (floor & 1) : Math.round(scaled)) + 0;
    });
    fixedKernels(machine).round(0, 3, 0, 1024, 3);
    const rounded = new Int32Array(machine.buffer, 0, 24);
    // 2^30 in the sixth lane is times 4: beyond what units allow.
    const within = expected
      .map((value, lane) => [value, rounded[lane]])
      .filter((_, at) => at !== 5);
    for (const [value, own] of within) expect(own).toBe(value);
  });

  it('add up magnitudes of channels, and put units back', () => {
    const machine = factory.create(1 << 12);
    const planes = new Float64Array(machine.buffer, 0, 48);
    planes.set(Array.from({ length: 48 }, (_, at) => (at % 2 === 0 ? at : -at) / 4));
    const { magnitudes, scale } = fixedKernels(machine);
    magnitudes(0, 2, 3, 128, 512);
    expect([...new Float64Array(machine.buffer, 512, 16)]).toEqual(
      Array.from({ length: 16 }, (_, lane) => (3 * lane + 48) / 4),
    );
    new Uint32Array(machine.buffer, 2048, 2).set([512, 576]);
    new Float64Array(machine.buffer, 1024, 8).set([1, 2, 4, 8, 1, 2, 4, 8]);
    scale(2048, 2056, 1024);
    const scaled = new Float64Array(machine.buffer, 512, 16);
    expect(scaled[3]).toBe(8 * ((9 + 48) / 4));
    expect(scaled[9]).toBe(2 * ((27 + 48) / 4));
  });
});

describe.runIf(hasWasmSimd())('mixed chains in WebAssembly', () => {
  it('are what they are in JavaScript, and widen as it does', () => {
    const results = factories.map((factory) => {
      const machine = factory.create(1 << 14);
      const random = randomStream(7);
      const narrow = new Int32Array(machine.buffer, 0, 16 * 8);
      narrow.forEach((_, at) => {
        narrow[at] = Math.round((random() - 0.5) * 2 ** 28);
      });
      const wide = new Float64Array(machine.buffer, 4096, 16 * 8);
      wide.forEach((_, at) => {
        wide[at] = (random() - 0.5) * 2 ** 40;
      });
      const [small, large] = [(at: number) => 32 * at, (at: number) => 4096 + 64 * at];
      const words = [
        ...[large(8), 1, 2, 3, ...[1, 2, 3, 4, 5].map(small), 0, 0, 0],
        ...[large(9), 3, 0, 1, small(6), 1, 2, 0, ...[1, 2, 8].map(large)],
        ...[1, 0, small(7), 0, 0, 2, 0, 4, ...[8, 9, 10, 11].map(small), 0, 1, 3, large(3)],
      ];
      const stream = 1 << 13;
      new Uint32Array(machine.buffer, stream, words.length).set(words);
      mixedChains(machine)(stream, stream + 4 * words.length);
      new Uint32Array(machine.buffer, stream, 2).set([small(12), large(12)]);
      machine.widen('fixed32', 'float64').set(stream, stream + 8, 0);
      machine.widen('fixed32', 'float64').add(stream, stream + 8, 0);
      return Array.from(wide);
    });
    expect(results[0]).toEqual(results[1]);
  });

  it('are the sums they stand for', () => {
    const machine = wasmMachines.create(1 << 14);
    new Int32Array(machine.buffer, 0, 24).set(Array.from({ length: 24 }, (_, at) => at - 9));
    const wide = new Float64Array(machine.buffer, 4096, 32);
    wide.fill(0.5, 0, 8);
    const words = [4160, 2, 1, 1, 0, 32, 0, 0, 0, 0, 1, 64, 1, 0, 2, 4096];
    new Uint32Array(machine.buffer, 8192, words.length).set(words);
    mixedChains(machine)(8192, 8192 + 4 * words.length);
    // First row 1 without row 0, always 8; twice that, row 2, and the half is subtracted.
    const expected = Array.from({ length: 8 }, (_, lane) => 16 + (16 + lane - 9) - 0.5);
    expect([...wide.subarray(8, 16)]).toEqual(expected);
  });
});

describe('the bound of blocks in fixed point', () => {
  const boundOf = (segment: Segment, scales: number[], fixes = true, constant = false) =>
    complete(
      floatBoundSteps({
        ...{ segments: [segment], type: 'float64', exactDigits: false, constant, fixes },
        ...{ scales: Float64Array.from(scales), factors: [1], last: 1, inputRoundings: 0 },
        ...{ differences: true, follow: 0 },
      }),
    );
  const many = Array.from({ length: 8 }, (_, output) =>
    Array.from({ length: 8 }, (_, column) => 1 + ((output + column) % 5)),
  );

  it('takes blocks whose rounding is as good as a few float32 evaluations of them', () => {
    const plain = boundOf(blockOf(many), new Array(8).fill(1), false);
    const fixed = boundOf(blockOf(many), new Array(8).fill(1));
    expect(plain.fixed).toEqual([]);
    expect(fixed.fixed).toEqual([0]);
    for (const [output, error] of fixed.error.perSize.entries()) {
      expect(error).toBeGreaterThan(plain.error.perSize[output] as number);
      // Float32 would be off by this on the same inputs.
      const sum = (many[output] as number[]).reduce((one, other) => one + other, 0);
      expect(error).toBeLessThan(8 * 8 * 2 ** -24 * sum);
    }
  });

  it('leaves blocks that hand on what is far smaller than the rest', () => {
    const handsOn = [...many, [0, 0, 0, 0, 0, 0, 0, 1]];
    expect(boundOf(blockOf(handsOn), new Array(8).fill(1)).fixed).toEqual([0]);
    expect(boundOf(blockOf(handsOn), [...new Array(7).fill(1), 2 ** -10]).fixed).toEqual([]);
  });

  it('leaves blocks whose rounding costs more than it saves', () => {
    expect(boundOf(blockOf([[1, 1, -1]]), [1, 1, 1]).fixed).toEqual([]);
  });

  it('knows the constant to be exact, for samples up to a size', () => {
    const handsOn = [...many, [0, 0, 0, 0, 0, 0, 0, 1]];
    const bound = boundOf(blockOf(handsOn), new Array(7).fill(2 ** 12), true, true);
    expect(bound.fixed).toEqual([0]);
    expect(bound.error.perSize[8]).toBe(0);
    // Of seven inputs and with digits five times, units are at most 1 up to here.
    expect(bound.reach).toBeLessThan(2 ** 31 / (5 * 7 * 2 ** 12));
    expect(bound.reach).toBeGreaterThan(2 ** 31 / (5 * 7 * 2 ** 12) / 1.001);
    expect(boundOf(blockOf(handsOn), new Array(7).fill(2 ** 40), true, true).fixed).toEqual([]);
  });
});

describe('constants', () => {
  it('are what is added up of them alone, and nothing else', () => {
    const constants = inputConstants(2, true);
    expect([...constants]).toEqual([Number.NaN, Number.NaN, 1]);
    const segment: Segment = {
      ...blockOf([[0, 0, 1]]),
      rows: [row([2, 1]), row([2, -1], [0, 4]), row([0, 1], [1, 1]), row([2, -3])],
      outputs: [2, 3, 4, 5, 6],
      rectified: [3],
    };
    const next = nextConstants(segment, constants, 0.25);
    expect([...next]).toEqual([1, 0.25, 0.75, Number.NaN, 0]);
  });
});
