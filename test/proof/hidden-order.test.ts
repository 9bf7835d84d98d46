/** A ticket whose hidden neurons are the model's in another order is refused, and told so. */
import { describe, expect, it } from 'vitest';
import type { Construction } from '../../src/constructions/construction.js';
import { constructionNamed } from '../../src/constructions/index.js';
import { firstDifference } from '../../src/integer/network-difference.js';
import { quantize, quantizeLossless } from '../../src/integer/quantize.js';
import { findTicket } from '../../src/pipeline/find.js';
import type { PrecisionRequest } from '../../src/precision/precision.js';
import { reorderedAs } from '../../src/proof/hidden-order.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Layer, Network } from '../../src/target/network.js';
import { partsOf, randomNetwork } from '../networks.js';

/** The network with the neurons of a hidden layer (from 1) in another order: `order[new] = old`. */
function permuted(network: Network, hidden: number, order: readonly number[]): Network {
  const layers = network.layers.map((layer, index): Layer => {
    const parts = partsOf(layer);
    const { inputs, outputs, weights, bias } = parts;
    if (index === hidden - 1) {
      return denseLayer({
        ...parts,
        weights: Float64Array.from(
          weights,
          (_, at) =>
            weights[(order[Math.floor(at / inputs)] as number) * inputs + (at % inputs)] as number,
        ),
        bias: Float64Array.from(order, (old) => bias[old] as number),
      });
    }
    if (index !== hidden) return layer;
    return denseLayer({
      ...parts,
      weights: Float64Array.from({ length: inputs * outputs }, (_, at) => {
        const old = order[at % inputs] as number;
        return weights[Math.floor(at / inputs) * inputs + old] as number;
      }),
    });
  });
  return { ...network, layers };
}

const network = randomNetwork({ dimensions: [3, 6, 5, 2], seed: 31, bits: 18, places: 16 });
const box = {
  kind: 'box' as const,
  lower: Float64Array.of(-1, 0, 0),
  upper: Float64Array.of(1, 1, 0.5),
};
const both = permuted(permuted(network, 1, [5, 0, 1, 2, 4, 3]), 2, [0, 1, 3, 4, 2]);

describe('the order of hidden neurons', () => {
  it.each<[string, PrecisionRequest]>([
    ['lossless', { mode: 'lossless' }],
    ['rounded', { mode: 'bits', bits: 7 }],
    ['certified', { mode: 'certified', epsilon: 0.05 }],
  ])('is told where the ticket is %s', (_, precision) => {
    const found = findTicket(both, {
      construction: constructionNamed('horner') as Construction,
      precision,
      domain: box,
      delta: 0.01,
    });
    if (!found.found) throw new Error('not found');
    expect(verifyTicket(found.ticket, { model: { network: both } }).proved).toBe(true);
    const verdict = verifyTicket(found.ticket, { model: { network } });
    expect(verdict).toMatchObject({ equal: true, proved: false, modelMatches: false });
    // order[0] = 5: neuron 0 of the ticket is the model's 5; the first of the model's is the ticket's 1.
    expect(verdict.failure?.reason).toContain(
      "in another order (of layer 1, neuron 1 is the model's 0)",
    );
  });

  it('is not blamed where something else differs', () => {
    const lossless = findTicket(both, {
      construction: constructionNamed('horner') as Construction,
      domain: box,
      delta: 0.01,
    });
    if (!lossless.found) throw new Error('not found');
    const [first, ...others] = network.layers as [Layer, ...Layer[]];
    const parts = partsOf(first);
    const weights = parts.weights.with(4, parts.weights[4] + 2 ** -16);
    const model = {
      network: { ...network, layers: [denseLayer({ ...parts, weights }), ...others] },
    };
    const { failure } = verifyTicket(lossless.ticket, { model });
    expect(failure?.reason).not.toContain('order');
    expect(failure?.reason).toContain('against');
  });

  it('is found among neurons with the same inputs by their outputs, and in big integers', () => {
    for (const big of [1, 2 ** 90]) {
      const layers: Layer[] = [
        denseLayer({
          inputs: 2,
          outputs: 3,
          weights: Float64Array.of(0, 0, 1, 2, 0, 0).map((value) => value * big),
          bias: Float64Array.of(0, 1, 0),
          activation: 'relu',
        }),
        denseLayer({
          inputs: 3,
          outputs: 2,
          weights: Float64Array.of(1, 2, 3, 4, 5, 6),
          bias: Float64Array.of(1, 0),
          activation: 'identity',
        }),
      ];
      const one: Network = { layers, domain: { kind: 'all' } };
      const model = quantizeLossless(one);
      const other = quantizeLossless(permuted(one, 1, [2, 0, 1]));
      const reordered = reorderedAs(other, model);
      expect(reordered && firstDifference(reordered.network, model)).toBeNull();
      expect(reordered).toMatchObject({ layer: 1 });
      expect(reorderedAs(model, model)).toBeNull();
    }
  });

  it('is not looked for between networks of other shapes', () => {
    const target = quantize(network, [3, 3, 3]);
    const other = randomNetwork({ dimensions: [3, 5, 5, 2], seed: 31 });
    expect(reorderedAs(target, quantize(other, [3, 3, 3]))).toBeNull();
  });
});
