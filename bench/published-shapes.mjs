/**
 * Published convolutional networks as targets, of random weights: their shapes, whatever was trained in them.
 * The architectures are those of `examples/shapes/`, with normalisations folded into biases.
 */
import { readFileSync } from 'node:fs';
import { architectureNetwork } from '../dist/target/architecture/network.js';
import { readArchitecture } from '../dist/target/architecture/record.js';

/** Weights and biases of float32, uniform, of the spread that keeps values at their size. */
function numbersOf(seed) {
  let state = seed;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return Math.fround((2 * state) / 2147483647 - 1);
  };
  return (length, fan) => {
    const scale = Math.sqrt(2 / fan);
    return Float64Array.from({ length }, () => Math.fround(scale * random()));
  };
}

/** The same layers with `share` of their channels; the last keeps its classes. */
function thinned(record, share) {
  const least = (count) => Math.max(1, Math.round(share * count));
  const thin = (layer) => ({
    ...layer,
    ...('channels' in layer && { channels: least(layer.channels) }),
    ...('outputs' in layer && { outputs: least(layer.outputs) }),
    ...('body' in layer && { body: layer.body.map(thin) }),
  });
  return { ...record, layers: [...record.layers.slice(0, -1).map(thin), record.layers.at(-1)] };
}

/** Images of numbers from 0 to 1. */
function published(name, seed, share) {
  const file = new URL(`../examples/shapes/${name}.json`, import.meta.url);
  const record = thinned(readArchitecture(readFileSync(file, 'utf8')), share);
  const { channels, height, width } = record.input;
  const lower = new Float64Array(channels * height * width);
  const upper = new Float64Array(lower.length).fill(1);
  const network = architectureNetwork(record, numbersOf(seed));
  return { ...network, domain: { kind: 'box', lower, upper } };
}

/** `share` of the published channels of each layer. */
export const resnet18 = (share = 1) => published('resnet18', 18, share);
export const vgg16 = (share = 1) => published('vgg16', 16, share);
