/** Coefficients beyond 2^53: nothing is rounded, neither in sums nor in comparisons. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propagate } from '../../src/proof/propagate.js';
import {
  type CoefficientRows,
  NEGATIVE,
  POSITIVE,
  rowAccumulator,
  rowsBuilder,
} from '../../src/proof/rows.js';
import { layeredShape } from '../../src/source/shape.js';
import {
  type Claim,
  chosenSource,
  type Edge,
  integersOf,
  referenceInteger,
  referencePruned,
  sparseMask,
} from '../pruned-sources.js';

function prove(claim: Claim): boolean {
  const result = propagate({ ...claim, mask: (t) => claim.masks[t - 1] });
  return result.equal;
}

/**
 * `y = +-2^n x +- x`: neurons 0, 1 double n times, neuron 2 carries x, the output adds them up with
 * the given signs.
 */
function bigClaim(n: number, power: 1 | -1, unit: 1 | -1, coefficient: bigint): Claim {
  const widths = [1, ...Array.from({ length: n }, () => 3), 1];
  const doubling: Edge[] = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
    [2, 2],
  ];
  const masks = widths.slice(1).map((outputs, index) => {
    const first: Edge[] = [
      [0, 0],
      [0, 1],
      [0, 2],
    ];
    const last: Edge[] = [
      [0, 0],
      [1, 0],
      [2, 0],
    ];
    const edges = index === 0 ? first : index === n ? last : doubling;
    return sparseMask(widths[index], outputs, edges);
  });
  return {
    source: chosenSource(layeredShape(widths, [n + 1]), (t, column) =>
      t <= n ? 1 : column < 2 ? power : unit,
    ),
    masks,
    target: integersOf([[[coefficient]]]),
    inputSigns: ['nonnegative'],
    assignments: [],
  };
}

describe('coefficients beyond 2^53', () => {
  it('2^n + 1 is proved and every neighbour refused, also those that round to the same float64', () => {
    for (const n of [10, 51, 52, 53, 54, 55, 60, 64, 100, 300]) {
      for (const power of [1, -1] as const) {
        for (const unit of [1, -1] as const) {
          const value = BigInt(power) * 2n ** BigInt(n) + BigInt(unit);
          expect(prove(bigClaim(n, power, unit, value))).toBe(true);
          for (const error of [-2n, -1n, 1n, 2n, 2n ** 40n]) {
            expect(prove(bigClaim(n, power, unit, value + error))).toBe(false);
          }
        }
      }
    }
  });

  it('the claim above is what the reference evaluates', () => {
    const claim = bigClaim(60, -1, 1, 1n - 2n ** 60n);
    expect(referencePruned(claim.source, claim.masks, 'identity')([3n])).toEqual([
      3n - 3n * 2n ** 60n,
    ]);
    expect(referenceInteger(claim.target)([3n])).toEqual([3n - 3n * 2n ** 60n]);
  });

  it('large coefficients that cancel leave the small rest', () => {
    // Both large coefficients come from their own chain: 2^60 - 2^60 + 1.
    const n = 60;
    const widths = [1, ...Array.from({ length: n }, () => 5), 1];
    const masks = widths.slice(1).map((outputs, index) => {
      const columns = index === 0 ? [0] : [0, 1, 2, 3, 4];
      const rows = index === n ? [0] : [0, 1, 2, 3, 4];
      const group = (neuron: number): number => Math.floor(neuron / 2);
      const edges = columns.flatMap((column) =>
        rows
          .filter((row) => index === 0 || index === n || group(column) === group(row))
          .map((row): Edge => [column, row]),
      );
      return sparseMask(widths[index], outputs, edges);
    });
    const source = chosenSource(layeredShape(widths, [n + 1]), (t, column) =>
      t === n + 1 && (column === 2 || column === 3) ? -1 : 1,
    );
    const claim = (coefficient: bigint): Claim => ({
      source,
      masks,
      target: integersOf([[[coefficient]]]),
      inputSigns: ['nonnegative'],
      assignments: [],
    });
    expect(prove(claim(1n))).toBe(true);
    expect(prove(claim(0n))).toBe(false);
    expect(prove(claim(2n))).toBe(false);
  });
});

describe('row accumulator', () => {
  const coefficient = fc.oneof(
    fc.bigInt({ min: -20n, max: 20n }),
    fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
    fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }),
    fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n),
  );

  /** A row with these coefficients, built from powers of two of unit rows as a source would. */
  function rowOf(coefficients: readonly bigint[]): CoefficientRows {
    const variables = Uint32Array.from(coefficients.keys()).filter((v) => coefficients[v] !== 0n);
    const values = [...variables].map((variable) => coefficients[variable]);
    const big = values.some((value) => value > 2n ** 53n || value < -(2n ** 53n));
    const largest = big
      ? Number.POSITIVE_INFINITY
      : Math.max(0, ...values.map((v) => Math.abs(Number(v))));
    return {
      offsets: Float64Array.of(0, variables.length),
      variables,
      coefficients: Float64Array.from(values, (value) => (big ? Number.NaN : Number(value))),
      largest: Float64Array.of(largest),
      highest: largest,
      big: new Map(big ? [[0, values]] : []),
      bigBits: big ? 92 : 0,
      size: variables.length,
    };
  }

  it('sums are exact, also where a partial sum was beyond 2^53, and rows keep them', () => {
    const row = fc.array(coefficient, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(row, fc.boolean()), { maxLength: 8 }), (terms) => {
        const accumulator = rowAccumulator(3);
        const sums = [0, 1, 2].map((variable) =>
          terms.reduce(
            (sum, [values, negative]) => sum + (negative ? -1n : 1n) * values[variable],
            0n,
          ),
        );
        const bound = terms.reduce((sum, [values]) => sum + rowOf(values).largest[0], 0);
        const signs =
          (sums.some((sum) => sum > 0n) ? POSITIVE : 0) |
          (sums.some((sum) => sum < 0n) ? NEGATIVE : 0);
        // Known bounds with few and with many additions, and unknown ones, one after the other: what an
        // earlier neuron left behind must not show.
        for (const kind of ['few', 'many', 'few', '', 'many', 'many', '', '', 'few', 'many', '']) {
          accumulator.clear(kind === '' ? undefined : bound, kind === 'many' ? 3 : 0);
          for (const [values, negative] of terms) accumulator.add(rowOf(values), 0, negative);
          const builder = rowsBuilder(2);
          expect([0, 1, 2].map((variable) => BigInt(accumulator.value(variable)))).toEqual(sums);
          expect(builder.append(accumulator)).toBe(signs);
          builder.dropLast();
          builder.appendZero();
          expect(builder.append(accumulator)).toBe(signs);
          const again = rowAccumulator(3);
          const rows = builder.finish();
          again.add(rows, 0, false);
          expect(again.count).toBe(0);
          again.add(rows, 1, true);
          expect([0, 1, 2].map((variable) => -BigInt(again.value(variable)))).toEqual(sums);
          expect(again.count).toBe(sums.filter((sum) => sum !== 0n).length);
          const largest = Math.max(...sums.map((sum) => Math.abs(Number(sum))));
          expect(rows.largest[0]).toBe(0);
          expect(rows.largest[1]).toBeGreaterThanOrEqual(largest);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('rows grow beyond their first capacity', () => {
    const builder = rowsBuilder(3000);
    for (let row = 0; row < 2999; row++) builder.appendUnit(row);
    builder.appendZero();
    const rows = builder.finish();
    expect(rows.variables.subarray(0, 2999)).toEqual(
      Uint32Array.from({ length: 2999 }, (_, row) => row),
    );
    expect(rows.coefficients.subarray(0, 2999).every((value) => value === 1)).toBe(true);
    expect([...rows.offsets.subarray(2998)]).toEqual([2998, 2999, 2999]);
  });
});
