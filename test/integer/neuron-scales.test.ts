/** Neurons in other units: the same function, exactly, and nothing else is taken. */
import { describe, expect, it } from 'vitest';
import { dyadicFromNumber, multiplyDyadic } from '../../src/core/dyadic.js';
import { MisfitError, UsageError } from '../../src/core/errors.js';
import { rescaledNetwork } from '../../src/integer/neuron-scales.js';
import { evaluateExactly } from '../../src/target/evaluate.js';
import { exactEntry } from '../../src/target/exact-array.js';
import { matrixOf } from '../../src/target/network.js';
import { randomNetwork } from '../networks.js';

describe('rescaledNetwork', () => {
  const network = randomNetwork({ dimensions: [3, 4, 2, 2], seed: 5, bits: 20, places: 18 });
  const scales = [
    [0, -3, 7, 1],
    [2, -64],
  ];

  it('changes the numbers and not one output', () => {
    const other = rescaledNetwork(network, scales);
    expect(matrixOf(other.layers[0]).values).not.toEqual(matrixOf(network.layers[0]).values);
    for (const input of [
      [0.1, -2, 3],
      [-1, 0.5, 0],
      [7, 7, -7],
    ]) {
      expect(evaluateExactly(other, input)).toEqual(evaluateExactly(network, input));
    }
  });

  it('keeps what needs more than a float64, and what is too small for its range, exactly', () => {
    const tiny = 2 ** -1060;
    const exact = multiplyDyadic(dyadicFromNumber(1 + 2 ** -52), dyadicFromNumber(1 + 2 ** -30));
    const [first, second, third] = network.layers;
    const matrix = matrixOf(first);
    const values = matrix.values.slice();
    values[0] = tiny;
    values[1] = (1 + 2 ** -52) * (1 + 2 ** -30);
    const odd = {
      ...network,
      layers: [
        { ...first, kind: 'dense' as const, matrix: { values, exact: new Map([[1, exact]]) } },
        second,
        third,
      ],
    } as typeof network;
    const up = [[-60, 0, 0, 0], scales[1]];
    const scaled = matrixOf(rescaledNetwork(odd, up).layers[0]);
    expect(exactEntry(scaled, 0).exponent).toBe(-1120);
    expect(exactEntry(scaled, 1)).toEqual({ ...exact, exponent: exact.exponent - 60 });
    expect(evaluateExactly(rescaledNetwork(odd, up), [1, 2, 3])).toEqual(
      evaluateExactly(odd, [1, 2, 3]),
    );
  });

  it('refuses scales of other neurons, and such as are none', () => {
    expect(() => rescaledNetwork(network, [scales[0]])).toThrow(MisfitError);
    expect(() => rescaledNetwork(network, [[0, 1], scales[1]])).toThrow(MisfitError);
    for (const wrong of [0.5, 65, Number.NaN, '1']) {
      const own = [[0, 0, 0, wrong as number], scales[1]];
      expect(() => rescaledNetwork(network, own)).toThrow(UsageError);
    }
    expect(() => rescaledNetwork(network, null as never)).toThrow(UsageError);
  });
});
