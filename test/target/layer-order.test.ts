/** Orders of layers: another one only where the given one leaves larger maps too coarse, and the same function. */
import { describe, expect, it } from 'vitest';
import { compareDyadic } from '../../src/core/dyadic.js';
import { losslessMapPlaces } from '../../src/integer/map-places.js';
import { withSumPooling } from '../../src/integer/sum-pooling.js';
import { evaluateExactly } from '../../src/target/evaluate.js';
import { exactArray } from '../../src/target/exact-array.js';
import { orderedByPlanes } from '../../src/target/layer-order.js';
import type { FeatureShape } from '../../src/target/linear-map.js';
import { convolutionMap, denseMap } from '../../src/target/make-layers.js';
import { inputsOf, type Layer, type Network, outputShapeOf } from '../../src/target/network.js';
import { integerOutputs, loweredAt } from '../map-integers.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';

const random = randomStream(5);
const numbers = (length: number) =>
  Float64Array.from({ length }, () => Math.round(32 * random() - 16) / 8);

function convolution(
  input: FeatureShape,
  outputChannels: number,
  side: number,
  { stride = 1, pad = 0, reads }: { stride?: number; pad?: number; reads: number[] },
): Layer {
  const map = convolutionMap({
    ...{ input, outputChannels, kernel: { height: side, width: side } },
    stride: { height: stride, width: stride },
    pads: { top: pad, left: pad, bottom: pad, right: pad },
    weights: numbers(outputChannels * input.channels * side * side),
  });
  return { ...map, bias: exactArray(numbers(outputChannels)), activation: 'relu', reads };
}

function dense(layers: readonly Layer[], reads: number[]): Layer {
  const inputs = reads.reduce((sum, read) => sum + (layers[read - 1] as Layer).outputs, 0);
  const bias = exactArray(numbers(3));
  return { ...denseMap(inputs, 3, numbers(3 * inputs)), bias, activation: 'identity', reads };
}

const networkOf = (layers: readonly Layer[]): Network => ({ layers, domain: { kind: 'all' } });
const shapeBehind = (layers: readonly Layer[], number: number): FeatureShape =>
  outputShapeOf(layers[number - 1] as Layer);

/** A branch of stride 2 before another one that reads the same maps at every position, as in Inception's reductions. */
function reduction(): Network {
  const input = { channels: 2, height: 9, width: 9 };
  const layers = [convolution(input, 3, 3, { stride: 2, reads: [0] })];
  layers.push(convolution(input, 2, 1, { reads: [0] }));
  layers.push(convolution(shapeBehind(layers, 2), 2, 3, { pad: 1, reads: [2] }));
  layers.push(convolution(shapeBehind(layers, 3), 2, 3, { stride: 2, reads: [3] }));
  const side = { ...shapeBehind(layers, 1), channels: 5 };
  layers.push(convolution(side, 3, 3, { pad: 1, reads: [1, 4] }));
  layers.push(dense(layers, [5]));
  return networkOf(layers);
}

/** Kernels of several sizes without pads on the same maps: each needs the larger ones still. */
function valid(): Network {
  const input = { channels: 2, height: 7, width: 8 };
  const layers = [
    convolution(input, 3, 3, { reads: [0] }),
    convolution(input, 2, 5, { reads: [0] }),
  ];
  layers.push(convolution(shapeBehind(layers, 1), 2, 3, { pad: 1, reads: [1] }));
  layers.push(dense(layers, [2, 3]));
  return networkOf(layers);
}

function expectFound(network: Network, seed: number): void {
  const target = loweredAt(network, losslessMapPlaces(withSumPooling(network)));
  const stream = randomStream(seed);
  for (let turn = 0; turn < 5; turn++) {
    const input = Float64Array.from({ length: inputsOf(network.layers) }, () =>
      network.domain.kind === 'all'
        ? Math.round(32 * stream() - 16) / 16
        : Math.round(16 * stream()) / 16,
    );
    const exact = evaluateExactly(network, input);
    integerOutputs(network, target, input).forEach((own, at) => {
      expect(compareDyadic(own, exact[at] as (typeof exact)[number])).toBe(0);
    });
  }
}

describe('the order of layers', () => {
  it('is another one where a layer makes planes smaller too soon, and the network the same', () => {
    const given = reduction();
    expect(() => loweredAt(given, losslessMapPlaces(withSumPooling(given)))).toThrow(
      /finer stride/,
    );
    const network = orderedByPlanes(given);
    expect(network.layers.map(({ outputs }) => outputs)).toEqual(
      [1, 2, 0, 3, 4, 5].map((index) => given.layers[index]?.outputs),
    );
    const input = Float64Array.from({ length: 162 }, () => Math.round(32 * random() - 16) / 16);
    evaluateExactly(network, input).forEach((own, at) => {
      expect(compareDyadic(own, evaluateExactly(given, input)[at] as typeof own)).toBe(0);
    });
    expectFound(network, 1);
  });

  it('stays where it will do, and where no other will', () => {
    const branches = valid();
    expect(orderedByPlanes(branches)).toBe(branches);
    const input = { channels: 1, height: 8, width: 8 };
    const layers = [convolution(input, 1, 2, { stride: 2, reads: [0] })];
    layers.push(convolution(shapeBehind(layers, 1), 1, 1, { reads: [1] }));
    layers.push(dense(layers, [2]));
    const chain = networkOf(layers);
    expect(orderedByPlanes(chain)).toBe(chain);
  });

  it('gives up looking where that would take long', () => {
    const input = { channels: 1, height: 7, width: 7 };
    const layers = [convolution(input, 1, 1, { stride: 2, reads: [0] })];
    const chain = 3000;
    for (let index = 0; index < chain; index++) {
      const reads = [index === 0 ? 0 : index + 1];
      layers.push(convolution(input, 1, 1, { reads }));
    }
    // All of the chain is read in the end, and so held all along.
    const reads = Array.from({ length: chain + 1 }, (_, index) => index + 1);
    layers.push(dense(layers, reads));
    const network = networkOf(layers);
    expect(orderedByPlanes(network)).toBe(network);
    const few = networkOf([...layers.slice(0, 20), dense(layers, reads.slice(0, 20))]);
    expect(orderedByPlanes(few)).not.toBe(few);
  });

  it('changes nothing of networks that are found as they are', () => {
    let kept = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const network = randomMapNetwork({ seed, layers: 1 + (seed % 6), side: 1 + (seed % 7) });
      try {
        loweredAt(network, losslessMapPlaces(withSumPooling(network)));
      } catch {
        continue;
      }
      expect(orderedByPlanes(network)).toBe(network);
      kept++;
    }
    expect(kept).toBeGreaterThan(150);
  });
});

describe('maps beside larger ones that are still read', () => {
  it('are found exactly where kernels without pads make them smaller', () => {
    expectFound(valid(), 2);
  });

  it('are cut to their own plane before a layer pads them with zeros', () => {
    const input = { channels: 2, height: 8, width: 6 };
    const layers = [convolution(input, 3, 3, { reads: [0] })];
    layers.push(convolution(input, 2, 3, { reads: [0] }));
    // Both are done with the larger plane; these pad.
    layers.push(convolution(shapeBehind(layers, 1), 2, 3, { pad: 1, reads: [1] }));
    layers.push(convolution(shapeBehind(layers, 2), 2, 3, { pad: 1, reads: [2] }));
    layers.push(dense(layers, [3, 4]));
    expectFound(networkOf(layers), 3);
    // Here the input is needed to the end.
    const longer = [...layers.slice(0, 4), convolution(input, 1, 5, { reads: [0] })];
    const last = { ...dense(longer, [3, 4, 5]) };
    const network = networkOf(
      [longer[0], longer[2], longer[1], longer[3], longer[4], last].map(
        (layer, index) =>
          ({ ...(layer as Layer), reads: [[0], [1], [0], [3], [0], [2, 4, 5]][index] }) as Layer,
      ),
    );
    expect(() => loweredAt(network, losslessMapPlaces(withSumPooling(network)))).toThrow(
      /layer 2: it pads maps with zeros, which maps of a larger plane/,
    );
  });
});
