/** Folding loses nothing: the network read is, as a rational function, the graph that was written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDyadic,
  DYADIC_ZERO,
  type Dyadic,
  dyadicFromNumber,
  multiplyDyadic,
  negateDyadic,
} from '../../../src/core/dyadic.js';
import { evaluateExactly } from '../../../src/target/evaluate.js';
import { matrixOf } from '../../../src/target/network.js';
import { readOnnx } from '../../../src/target/onnx/read-onnx.js';
import { buildModel, type ChainStep, chain, doubles, integers } from '../onnx-writer.js';

type Step =
  | { readonly kind: 'Add' | 'Sub' | 'From' | 'Mul' | 'Div'; readonly values: readonly number[] }
  | { readonly kind: 'MatMul' | 'Gemm'; readonly rows: number; readonly values: readonly number[] }
  | { readonly kind: 'Relu' | 'Neg' | 'Shuffle' };

/** Any float64 of moderate size, so that products and sums outgrow a float64 at once. */
const number = fc.oneof(
  fc.double({ min: -8, max: 8, noNaN: true }),
  fc.integer({ min: -9, max: 9 }),
  fc.constantFrom(0.1, 2 ** -40, 1 + 2 ** -52, 3e20, 1e-20),
);
const pool = fc.array(number, { minLength: 8, maxLength: 24 });
const step = fc.record({
  kind: fc.constantFrom(
    'Add',
    'Sub',
    'From',
    'Mul',
    'Div',
    'MatMul',
    'Gemm',
    'Relu',
    'Neg',
    'Shuffle',
  ),
  rows: fc.integer({ min: 1, max: 4 }),
  values: pool,
});

/** Gives each step constants of the width that it meets, drawn from its pool of numbers. */
function fitted(
  width: number,
  steps: readonly { kind: string; rows: number; values: number[] }[],
): Step[] {
  let current = width;
  return steps.map(({ kind, rows, values }) => {
    const take = (count: number): number[] =>
      Array.from({ length: count }, (_, index) => values[index % values.length]);
    if (kind === 'MatMul' || kind === 'Gemm') {
      const matrix = take(rows * current);
      current = rows;
      return { kind, rows, values: matrix };
    }
    if (kind === 'Relu' || kind === 'Neg' || kind === 'Shuffle') return { kind };
    const constants = take(current);
    if (kind !== 'Div') return { kind: kind as 'Add', values: constants };
    return { kind, values: constants.map((value) => (value < 0 ? -1 : 1) * 2 ** (value & 7)) };
  });
}

function modelOf(width: number, steps: readonly Step[]): Uint8Array {
  let current = width;
  const widths: number[] = [];
  const initializers = steps.flatMap((each, index) => {
    widths.push(current);
    if (!('values' in each)) return [];
    const before = current;
    if ('rows' in each) current = each.rows;
    if (!('rows' in each)) return [doubles(`c${index}`, [1, before], each.values)];
    const { kind, rows, values } = each;
    if (kind === 'Gemm') return [doubles(`c${index}`, [rows, before], values)];
    // MatMul wants it inputs by outputs.
    const stored = Array.from(
      { length: before * rows },
      (_, at) => values[(at % rows) * before + Math.floor(at / rows)],
    );
    return [doubles(`c${index}`, [before, rows], stored)];
  });
  const nodes = chain([
    ...steps.flatMap((each, index): ChainStep[] => {
      const constant = `c${index}`;
      switch (each.kind) {
        case 'From':
          return [['Sub', [constant, '_']]];
        case 'Gemm':
          return [['Gemm', ['_', constant], { transB: 1n, alpha: 0.375 }]];
        case 'Shuffle':
          // An Identity for widths that are no square.
          return widths[index] === 4
            ? [
                ['Reshape', ['_', 'square']],
                ['Transpose', ['_']],
                ['Reshape', ['_', 'flat']],
              ]
            : [['Identity', ['_']]];
        case 'Relu':
        case 'Neg':
          return [[each.kind, ['_']]];
        default:
          return [[each.kind, ['_', constant]]];
      }
    }),
    ['Identity', ['_']],
  ]);
  initializers.push(integers('square', [2, 2]), integers('flat', [1, 4]));
  return buildModel({ inputDims: ['N', width], nodes, initializers });
}

function directly(input: readonly number[], steps: readonly Step[]): Dyadic[] {
  return steps.reduce((values, each): Dyadic[] => {
    const constants = 'values' in each ? each.values.map(dyadicFromNumber) : [];
    switch (each.kind) {
      case 'Add':
        return values.map((value, index) => addDyadic(value, constants[index]));
      case 'Sub':
        return values.map((value, index) => addDyadic(value, negateDyadic(constants[index])));
      case 'From':
        return values.map((value, index) => addDyadic(constants[index], negateDyadic(value)));
      case 'Mul':
        return values.map((value, index) => multiplyDyadic(value, constants[index]));
      case 'Div':
        return values.map((value, index) =>
          multiplyDyadic(value, dyadicFromNumber(1 / each.values[index])),
        );
      case 'Relu':
        return values.map((value) => (value.mantissa < 0n ? DYADIC_ZERO : value));
      case 'Neg':
        return values.map(negateDyadic);
      case 'MatMul':
      case 'Gemm': {
        const alpha = dyadicFromNumber(each.kind === 'Gemm' ? 0.375 : 1);
        return Array.from({ length: each.rows }, (_, row) =>
          multiplyDyadic(
            alpha,
            values.reduce(
              (sum, value, column) =>
                addDyadic(sum, multiplyDyadic(value, constants[row * values.length + column])),
              DYADIC_ZERO,
            ),
          ),
        );
      }
      default:
        return values.length === 4 ? [0, 2, 1, 3].map((index) => values[index]) : values;
    }
  }, input.map(dyadicFromNumber));
}

describe('folding of dyadic constants', () => {
  it('keeps the exact function for any chain of affine steps and Relu', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.array(
          fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 4, maxLength: 4 }),
          {
            minLength: 3,
            maxLength: 3,
          },
        ),
        (width, draws, inputs) => {
          const steps = fitted(width, draws);
          const { network, notices } = readOnnx(modelOf(width, steps));
          expect(notices).toEqual([]);
          expect(network.layers.slice(0, -1).every(({ activation }) => activation === 'relu')).toBe(
            true,
          );
          for (const input of inputs) {
            const cut = input.slice(0, width);
            expect(evaluateExactly(network, cut)).toEqual(directly(cut, steps));
          }
        },
      ),
      { numRuns: 400, seed: 20261123 },
    );
  });

  it('keeps nearest float64 values beside the exact ones', () => {
    const nodes = chain([
      ['Mul', ['_', 'c']],
      ['MatMul', ['_', 'w']],
    ]);
    const { network } = readOnnx(
      buildModel({
        inputDims: [1, 2],
        nodes,
        initializers: [doubles('c', [2], [0.1, 0.5]), doubles('w', [2, 1], [0.1, 0.1])],
      }),
    );
    const [layer] = network.layers;
    expect([...matrixOf(layer).values]).toEqual([0.1 * 0.1, 0.05]);
    expect([...matrixOf(layer).exact]).toEqual([
      [0, multiplyDyadic(dyadicFromNumber(0.1), dyadicFromNumber(0.1))],
    ]);
  });

  it('rounds each quotient once where a divisor is no power of two', () => {
    const nodes = chain([
      ['MatMul', ['_', 'w']],
      ['Add', ['_', 'b']],
      ['Div', ['_', 'c']],
    ]);
    const { network, notices } = readOnnx(
      buildModel({
        inputDims: [1, 1],
        nodes,
        initializers: [
          doubles('w', [1, 2], [0.7, 0.7]),
          doubles('b', [2], [1, 2]),
          doubles('c', [2], [3, 4]),
        ],
      }),
    );
    expect([...matrixOf(network.layers[0]).values]).toEqual([0.7 / 3, 0.7 / 4]);
    expect([...network.layers[0].bias.values]).toEqual([1 / 3, 0.5]);
    expect(matrixOf(network.layers[0]).exact.size + network.layers[0].bias.exact.size).toBe(0);
    expect(notices).toEqual([
      'node 3 (Div): 1 of 2 divisors are no powers of two; the weights and biases that the division changes are rounded to float64',
    ]);
  });
});
