/** Layers as users write them. */
import { describe, expect, it } from 'vitest';
import { dyadic } from '../../src/core/dyadic.js';
import { InputError } from '../../src/core/errors.js';
import { checkNetwork } from '../../src/target/check-network.js';
import { evaluateNetwork } from '../../src/target/evaluate.js';
import { convolutionMap, denseLayer } from '../../src/target/make-layers.js';
import { matrixOf, type Network, parameterCount } from '../../src/target/network.js';

describe('denseLayer', () => {
  it('takes plain numbers, and zeros for a bias', () => {
    const layer = denseLayer({
      inputs: 2,
      outputs: 3,
      weights: [1, 2, 3, 4, 5, 6],
      activation: 'identity',
    });
    expect(layer.bias.values).toEqual(new Float64Array(3));
    const network: Network = { layers: [layer], domain: { kind: 'all' } };
    checkNetwork(network);
    expect(parameterCount(network)).toBe(9);
    expect([...evaluateNetwork(network, Float64Array.of(10, 1))]).toEqual([12, 34, 56]);
  });

  it('refuses a part of another name, which is not one left out', () => {
    const parts = { inputs: 1, outputs: 1, weights: [1], activation: 'relu' } as const;
    const misspelt = { ...parts, biass: [1] };
    expect(() => denseLayer(misspelt)).toThrow(
      /^part "biass": a dense layer has none of that name; did you mean "bias"\?$/,
    );
  });

  it('keeps Float64Arrays and exact numbers, without a copy', () => {
    const weights = {
      values: Float64Array.of(1),
      exact: new Map([[0, dyadic(2n ** 60n + 1n, -60)]]),
    };
    const bias = Float64Array.of(7);
    const layer = denseLayer({ inputs: 1, outputs: 1, weights, bias, activation: 'relu' });
    expect(matrixOf(layer)).toBe(weights);
    expect(layer.bias.values).toBe(bias);
  });
});

describe('matrixOf', () => {
  it('refuses a convolution by its place', () => {
    const map = convolutionMap({
      input: { channels: 1, height: 1, width: 3 },
      outputChannels: 1,
      kernel: { height: 1, width: 2 },
      weights: [1, 2],
    });
    const bias = { values: new Float64Array(1), exact: new Map() };
    const layer = { ...map, bias, activation: 'relu' } as const;
    expect(() => matrixOf(layer, 'layer 4')).toThrow(InputError);
    expect(() => matrixOf(layer, 'layer 4')).toThrow(/^layer 4: it is a convolution/);
    const network: Network = { layers: [layer], domain: { kind: 'all' } };
    expect(() => checkNetwork(network)).toThrow(/^network\.layers\[0\]: it is a convolution/);
  });
});
