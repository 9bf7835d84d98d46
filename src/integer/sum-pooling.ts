/**
 * Average pooling without its divisor: `A mean(x) = (A / k) sum(x)`, so that pooling adds up and nothing
 * else, and the factor is in the weights of what reads it. The same real function, exactly.
 */
import { dyadicFromNumber, multiplyDyadic } from '../core/dyadic.js';
import {
  type ExactArray,
  exactArray,
  exactBuilder,
  exactEntry,
  isZero,
  storeDyadic,
} from '../target/exact-array.js';
import {
  type ConvolutionMap,
  type FeatureShape,
  featureCount,
  type SimpleMap,
} from '../target/linear-map.js';
import { inputsOf, type Layer, type Network, outputShapeOf, readsOf } from '../target/network.js';

/** Whether a convolution adds up each channel by itself, all taps alike, and more than one of them. */
export function isPoolingOf(layer: Layer): layer is Layer & ConvolutionMap {
  if (layer.kind !== 'convolution' || layer.groups !== layer.input.channels) return false;
  const { input, output, kernel, weights, bias } = layer;
  return (
    output.channels === input.channels &&
    kernel.height * kernel.width > 1 &&
    weights.exact.size === 0 &&
    (weights.values[0] as number) > 0 &&
    weights.values.every((value) => value === weights.values[0]) &&
    isZero(bias)
  );
}

/** A layer that multiplies each channel by itself. */
function pointwise(channels: FeatureShape, factor: number): Layer {
  const one = { height: 1, width: 1 };
  const count = featureCount(channels);
  return {
    kind: 'convolution',
    ...{ inputs: count, outputs: count, input: channels, output: channels },
    ...{ kernel: one, stride: one, dilation: one, groups: channels.channels },
    pads: { top: 0, left: 0, bottom: 0, right: 0 },
    weights: exactArray(new Float64Array(channels.channels).fill(factor)),
    bias: exactArray(new Float64Array(channels.channels)),
    activation: 'relu',
  };
}

/**
 * The network with average poolings as sums, their divisors in the weights that read them; after a last
 * layer that pools, or takes a maximum, one that multiplies by the divisor, or by 1. Numbers of layers stay
 * the same but for that. An average of which a maximum is taken keeps its divisor.
 */
export function withSumPooling(network: Network): Network {
  const layers: Layer[] = [];
  const maximised = new Set<number>();
  network.layers.forEach((layer, index) => {
    if (layer.kind !== 'max-pooling') return;
    for (const number of readsOf(layer, index)) maximised.add(number);
  });
  /** What the outputs of a layer have to be multiplied by; of those that pool. */
  const factors = new Map<number, number>();
  network.layers.forEach((original, index) => {
    const before = readsOf(original, index).map((number) => factors.get(number) ?? 1);
    const layer = before.every((factor) => factor === 1)
      ? original
      : multiplied(original, index, network.layers, before);
    if (!isPoolingOf(layer) || maximised.has(index + 1)) {
      layers.push(layer);
      return;
    }
    factors.set(index + 1, layer.weights.values[0] as number);
    const ones = new Float64Array(layer.weights.values.length).fill(1);
    layers.push({ ...layer, weights: exactArray(ones) });
  });
  const last = layers.at(-1) as Layer;
  const divisor = factors.get(layers.length);
  if (last.kind === 'max-pooling' || divisor !== undefined) {
    layers.push({ ...pointwise(outputShapeOf(last), divisor ?? 1), activation: last.activation });
    layers[layers.length - 2] = { ...last, activation: 'relu' };
  }
  return layers.length === network.layers.length && factors.size === 0
    ? network
    : { ...network, layers };
}

/** Outputs of what a layer reads, one number for each entry of `reads`. */
function widthsRead(layer: Layer, index: number, layers: readonly Layer[]): number[] {
  return readsOf(layer, index).map((number) =>
    number === 0 ? inputsOf(layers) : (layers[number - 1] as Layer).outputs,
  );
}

/** A layer whose weights are multiplied by the factors of what they read. */
function multiplied(
  layer: Layer,
  index: number,
  layers: readonly Layer[],
  factors: readonly number[],
): Layer {
  const widths = widthsRead(layer, index, layers);
  let next = 0;
  const factorsFor = (map: SimpleMap): { upTo: number; factor: number }[] => {
    const own: { upTo: number; factor: number }[] = [];
    let sum = 0;
    while (sum < map.inputs) {
      sum += widths[next] as number;
      own.push({ upTo: sum, factor: factors[next++] as number });
    }
    return own;
  };
  switch (layer.kind) {
    case 'sum':
      return {
        ...layer,
        parts: layer.parts.map((part) => scaledConvolution(part, factorsFor(part))),
      };
    case 'convolution':
      return { ...layer, ...scaledConvolution(layer, factorsFor(layer)) };
    case 'dense': {
      const own = factorsFor(layer);
      return {
        ...layer,
        matrix: scaled(layer.matrix, (at) => factorAt(own, at % layer.inputs)),
      };
    }
    default:
      return layer;
  }
}

function factorAt(own: readonly { upTo: number; factor: number }[], input: number): number {
  return own.find(({ upTo }) => input < upTo)?.factor ?? 1;
}

function scaledConvolution(
  map: ConvolutionMap,
  own: readonly { upTo: number; factor: number }[],
): ConvolutionMap {
  const area = map.input.height * map.input.width;
  const taps = map.kernel.height * map.kernel.width;
  const perGroup = map.input.channels / map.groups;
  const outputsPerGroup = map.output.channels / map.groups;
  return {
    ...map,
    weights: scaled(map.weights, (at) => {
      const output = Math.floor(at / (taps * perGroup));
      const channel =
        Math.floor(output / outputsPerGroup) * perGroup + (Math.floor(at / taps) % perGroup);
      return factorAt(own, channel * area);
    }),
  };
}

/** Each number times its factor, exactly. */
function scaled(numbers: ExactArray, factorOf: (at: number) => number): ExactArray {
  const result = exactBuilder(numbers.values.length);
  for (let at = 0; at < numbers.values.length; at++) {
    const factor = factorOf(at);
    storeDyadic(result, at, multiplyDyadic(exactEntry(numbers, at), dyadicFromNumber(factor)));
  }
  return result;
}
