/** Composition of affine layers is exact, and inner layers end up with relu. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeLayers, mergeAffineLayers } from '../../src/target/affine.js';
import { denseLayer } from '../../src/target/make-layers.js';
import { dimensions, type Layer, matrixOf, type Network } from '../../src/target/network.js';
import { evaluateNaively } from './exact-evaluation.js';

const number = fc.oneof(
  fc.double({ min: -4, max: 4, noNaN: true }),
  fc.integer({ min: -3, max: 3 }),
  // Four factors of 1e60 in a row stay inside float64.
  fc.constantFrom(1e60, 1e-150, 1e-300),
);

/** Layers of the given widths with random activations. */
function layersOf(
  widths: readonly number[],
  numbers: readonly number[],
  relus: readonly boolean[],
): Layer[] {
  let next = 0;
  const take = (count: number): Float64Array =>
    Float64Array.from({ length: count }, () => numbers[next++ % numbers.length]);
  return widths.slice(1).map((outputs, index): Layer => {
    const inputs = widths[index];
    const weights = take(inputs * outputs);
    const activation = relus[index] ? 'relu' : 'identity';
    return denseLayer({ inputs, outputs, weights, bias: take(outputs), activation });
  });
}

const network = (layers: readonly Layer[]): Network => ({ layers, domain: { kind: 'all' } });

describe('affine layers', () => {
  it('merging keeps the exact function', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 }),
        fc.array(number, { minLength: 5, maxLength: 40 }),
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (widths, numbers, relus, point) => {
          const layers = layersOf(widths, numbers, relus);
          const merged = mergeAffineLayers(layers);
          expect(merged.slice(0, -1).every(({ activation }) => activation === 'relu')).toBe(true);
          expect(dimensions(network(merged)).at(-1)).toBe(widths.at(-1));
          const input = point.slice(0, widths[0]);
          expect(evaluateNaively(network(merged), input)).toEqual(
            evaluateNaively(network(layers), input),
          );
        },
      ),
      { numRuns: 400, seed: 1 },
    );
  });

  it('composes chains of layers that have exact entries already', () => {
    const tenth: Layer = denseLayer({
      inputs: 1,
      outputs: 1,
      weights: Float64Array.of(0.1),
      bias: Float64Array.of(0.1),
      activation: 'identity',
    });
    const chain = [tenth, tenth, tenth, { ...tenth, activation: 'relu' as const }];
    const [merged, ...rest] = mergeAffineLayers(chain);
    expect(rest).toEqual([]);
    expect(merged.activation).toBe('relu');
    expect(matrixOf(merged).exact.size).toBe(1);
    expect(evaluateNaively(network([merged]), [3])).toEqual(evaluateNaively(network(chain), [3]));
  });

  it('takes only identity layers of fitting width as the first', () => {
    const layer = layersOf([2, 3], [1], [false])[0];
    expect(() => composeLayers(layer, layer)).toThrow(RangeError);
    expect(() =>
      composeLayers({ ...layer, activation: 'relu' }, layersOf([3, 1], [1], [])[0]),
    ).toThrow(RangeError);
  });

  it('folds large layers in a row without exact arithmetic for each term', () => {
    const width = 128;
    const numbers = Array.from({ length: 1000 }, (_, index) => Math.fround(Math.sin(index)));
    const layers = layersOf([width, width, width], numbers, [false, false]);
    const [merged] = mergeAffineLayers(layers);
    const input = numbers.slice(0, width);
    expect(evaluateNaively(network([merged]), input)).toEqual(
      evaluateNaively(network(layers), input),
    );
  });
});
