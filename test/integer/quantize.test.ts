/** Target to integer network: lossless is exact, rounding is to nearest, nothing overflows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDyadic,
  compareDyadic,
  type Dyadic,
  dyadic,
  dyadicFromNumber,
  fractionalBits,
  multiplyDyadic,
  negateDyadic,
} from '../../src/core/dyadic.js';
import { UsageError } from '../../src/core/errors.js';
import { bigEntry, type IntegerNetwork, isBig } from '../../src/integer/integer-network.js';
import {
  losslessPlaces,
  needsConstant,
  quantize,
  quantizeLossless,
  quantizeToBits,
  truncateDecimal,
} from '../../src/integer/quantize.js';
import { exactEntry } from '../../src/target/exact-array.js';
import { denseLayer } from '../../src/target/make-layers.js';
import { type Layer, matrixOf, type Network } from '../../src/target/network.js';
import { partsOf } from '../networks.js';

const weight = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -64, max: 64 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1000, max: 1000 }).map((value) => value / 16),
  fc.constantFrom(0, -0, 5e-324, -5e-324, 2 ** -1022, 1 + 2 ** -52, 2 ** 53 + 2, Number.MAX_VALUE),
);
const network = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 }),
    fc.array(weight, { minLength: 60, maxLength: 60 }),
    fc.boolean(),
  )
  .map(([dimensions, pool, biased]): Network => {
    let next = 0;
    const draw = (count: number): Float64Array =>
      Float64Array.from({ length: count }, () => pool[next++ % pool.length]);
    const layers = dimensions.slice(1).map((outputs, index) =>
      denseLayer({
        inputs: dimensions[index],
        outputs,
        weights: draw(outputs * dimensions[index]),
        bias: biased ? draw(outputs) : new Float64Array(outputs),
        activation: index < dimensions.length - 2 ? 'relu' : 'identity',
      }),
    );
    return { layers, domain: { kind: 'all' } };
  });

function single(
  weights: readonly number[],
  exact: ReadonlyMap<number, Dyadic> = new Map(),
): Network {
  const layer: Layer = denseLayer({
    inputs: weights.length,
    outputs: 1,
    weights: { values: Float64Array.from(weights), exact },
    activation: 'identity',
  });
  return { layers: [layer], domain: { kind: 'all' } };
}

/** Calls back with every weight and bias and the integer that stands for it. */
function forEntries(
  { layers }: Network,
  { matrices, constant }: IntegerNetwork,
  check: (value: Dyadic, integer: bigint, layer: number) => void,
): void {
  for (const [index, layer] of layers.entries()) {
    const matrix = matrices[index];
    for (let row = 0; row < layer.outputs; row++) {
      for (let column = 0; column < layer.inputs; column++) {
        const value = exactEntry(matrixOf(layer), row * layer.inputs + column);
        check(value, bigEntry(matrix, row * matrix.columns + column), index);
      }
      if (!constant) continue;
      const bias = exactEntry(layer.bias, row);
      check(bias, bigEntry(matrix, row * matrix.columns + layer.inputs), index);
    }
  }
}

describe('quantizeLossless', () => {
  it('is exact: every integer over 2^p is the weight it stands for', () => {
    fc.assert(
      fc.property(network, (target) => {
        const integers = quantizeLossless(target);
        expect(integers.constant).toBe(needsConstant(target));
        forEntries(target, integers, (value, integer, layer) => {
          expect(dyadic(integer, -integers.fractionalPlaces[layer])).toEqual(value);
        });
        expect(integers.scale.exponent).toBe(
          integers.fractionalPlaces.reduce((sum, places) => sum + places, 0),
        );
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('takes the least places that do', () => {
    fc.assert(
      fc.property(network, (target) => {
        for (const [index, places] of losslessPlaces(target).entries()) {
          const needed = (value: Dyadic): number => Math.max(0, -value.exponent);
          const { weights, bias } = partsOf(target.layers[index]);
          const all = [...weights, ...bias].map((number) => needed(dyadicFromNumber(number)));
          expect(places).toBe(Math.max(...all));
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('carries the constant in rows (0, .., 0, 2^p) of every layer but the last', () => {
    fc.assert(
      fc.property(network, (target) => {
        const { matrices, constant, fractionalPlaces } = quantizeLossless(target);
        for (const [index, matrix] of matrices.entries()) {
          const { inputs, outputs } = target.layers[index];
          const carried = constant && index < matrices.length - 1;
          expect(matrix.rows).toBe(outputs + (carried ? 1 : 0));
          expect(matrix.columns).toBe(inputs + (constant ? 1 : 0));
          expect(matrix.values).toHaveLength(matrix.rows * matrix.columns);
          if (!carried) continue;
          for (let column = 0; column < matrix.columns; column++) {
            const entry = bigEntry(matrix, outputs * matrix.columns + column);
            expect(entry).toBe(column < inputs ? 0n : 2n ** BigInt(fractionalPlaces[index]));
          }
        }
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('takes BigInts where an integer exceeds 2^53, and only there', () => {
    const wide = quantizeLossless(single([2 ** 40, 2 ** -40]));
    expect(isBig(wide.matrices[0].values)).toBe(true);
    expect(wide.matrices[0].values).toEqual([2n ** 80n, 1n]);
    const narrow = quantizeLossless(single([1, 2 ** -53]));
    expect(narrow.matrices[0].values).toEqual(Float64Array.of(2 ** 53, 1));
    const above = quantizeLossless(single([1 + 2 ** -52, 2 ** -53]));
    expect(above.matrices[0].values).toEqual([2n ** 53n + 2n, 1n]);
  });

  it('asks the exact entries first, where a folded weight exceeds float64', () => {
    const exact = dyadic(2n ** 70n + 1n, -70);
    const integers = quantizeLossless(single([1, 0.5], new Map([[0, exact]])));
    expect(integers.fractionalPlaces).toEqual([70]);
    expect(integers.matrices[0].values).toEqual([2n ** 70n + 1n, 2n ** 69n]);
    // A bias that shows in the exact entries only is a bias.
    const [layer] = single([1]).layers;
    const bias = { values: new Float64Array(1), exact: new Map([[0, dyadic(1n, -2000)]]) };
    const tiny: Network = {
      layers: [{ ...layer, bias }],
      domain: { kind: 'all' },
    };
    const folded = quantizeLossless(tiny);
    expect(folded.constant).toBe(true);
    expect(folded.matrices[0].values).toEqual([2n ** 2000n, 1n]);
  });

  it('subnormal weights and both zeros', () => {
    const integers = quantizeLossless(single([5e-324, -5e-324, 0, -0]));
    expect(integers.fractionalPlaces).toEqual([1074]);
    expect(integers.matrices[0].values).toEqual(Float64Array.of(1, -1, 0, 0));
    expect(Object.is(bigEntry(integers.matrices[0], 3), 0n)).toBe(true);
    expect(Object.is(integers.matrices[0].values[3], 0)).toBe(true);
    // An integer has one zero, on the fast path too; so has what rounds to it.
    const rounded = quantizeToBits(single([-0, -0.25, -0.5, 1]), 0);
    expect(rounded.matrices[0].values).toEqual(Float64Array.of(0, 0, 0, 1));
  });
});

describe('quantizeToBits', () => {
  it('rounds every weight to within 2^-(N+1), ties to even', () => {
    fc.assert(
      fc.property(network, fc.integer({ min: 0, max: 1200 }), (target, bits) => {
        const integers = quantizeToBits(target, bits);
        const lossless = losslessPlaces(target);
        integers.fractionalPlaces.forEach((places, layer) => {
          expect(places).toBe(Math.min(bits, lossless[layer]));
        });
        forEntries(target, integers, (value, integer, layer) => {
          const places = integers.fractionalPlaces[layer];
          const error = addDyadic(value, negateDyadic(dyadic(integer, -places)));
          const size = error.mantissa < 0n ? negateDyadic(error) : error;
          if (places < bits) expect(size.mantissa).toBe(0n);
          const comparison = compareDyadic(size, dyadic(1n, -bits - 1));
          expect(comparison).toBeLessThanOrEqual(0);
          if (comparison === 0) expect(integer % 2n).toBe(0n);
        });
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it('refuses bits that are no count of places, at once', () => {
    for (const bits of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 4097, 1e6]) {
      expect(() => quantizeToBits(single([0.5]), bits)).toThrow(UsageError);
    }
    expect(quantizeToBits(single([0.75]), 4096).fractionalPlaces).toEqual([2]);
  });

  it('ties on both paths: 0.5, 1.5, -2.5 and the same far above 2^53', () => {
    const rounded = quantizeToBits(single([0.5, 1.5, 2.5, -0.5, -1.5, -2.5]), 0);
    expect(rounded.matrices[0].values).toEqual(Float64Array.of(0, 2, 2, 0, -2, -2));
    const big = 2n ** 60n;
    const tie = (integer: bigint): Dyadic => dyadic(2n * integer + 1n, -1);
    const exact = new Map([big, big + 1n, -big - 1n].map((value, index) => [index, tie(value)]));
    const { values } = quantizeToBits(single([2 ** 60, 2 ** 60, -(2 ** 60)], exact), 0).matrices[0];
    expect(values).toEqual([big, big + 2n, -big]);
  });

  it('is the target itself from the lossless places on', () => {
    fc.assert(
      fc.property(network, fc.nat(5), (target, more) => {
        const places = losslessPlaces(target).map((count) => count + more);
        const integers = quantize(target, places);
        forEntries(target, integers, (value, integer, layer) => {
          expect(dyadic(integer, -places[layer])).toEqual(value);
        });
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  it('refuses places that are not one non-negative integer per layer', () => {
    for (const places of [[], [1, 2], [-1], [0.5], [Number.NaN]]) {
      expect(() => quantize(single([1]), places)).toThrow(UsageError);
    }
  });
});

describe('truncateDecimal', () => {
  it('keeps the leading decimal digits, towards zero, exactly', () => {
    fc.assert(
      fc.property(network, fc.integer({ min: 0, max: 30 }), (target, digits) => {
        const integers = truncateDecimal(target, digits);
        const unit = dyadic(10n ** BigInt(digits));
        forEntries(target, integers, (value, integer) => {
          const scaled = multiplyDyadic(value, unit);
          const rest = addDyadic(scaled, negateDyadic(dyadic(integer)));
          // What is cut off has the weight's sign and is less than one.
          const sign = value.mantissa < 0n ? -1n : 1n;
          expect(rest.mantissa * sign >= 0n).toBe(true);
          const size = rest.mantissa < 0n ? negateDyadic(rest) : rest;
          expect(compareDyadic(size, dyadic(1n))).toBe(-1);
        });
        expect(integers.scale).toEqual({ base: 10, exponent: digits * target.layers.length });
      }),
      { seed: 6, numRuns: 100 },
    );
  });

  it('reads the float64, not the decimal it was written as', () => {
    // The float64 next to 0.6 lies below it, the one next to 0.8 above.
    expect(truncateDecimal(single([0.6, 0.8, -0.6]), 1).matrices[0].values).toEqual(
      Float64Array.of(5, 8, -5),
    );
  });
});

describe('fractionalBits', () => {
  it('is the least p with 2^p w an integer', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(fractionalBits(value)).toBe(Math.max(0, -dyadicFromNumber(value).exponent));
      }),
      { seed: 7, numRuns: 1000 },
    );
  });
});
