/** Random networks of feature maps, small enough to be judged exactly: every kind of layer and of reading. */

import { exactArray } from '../src/target/exact-array.js';
import {
  type ConvolutionMap,
  type FeatureShape,
  featureCount,
  outputLength,
  type Pads,
  type PlaneSize,
} from '../src/target/linear-map.js';
import { convolutionMap, denseMap } from '../src/target/make-layers.js';
import type { Domain, Layer, Network } from '../src/target/network.js';
import { randomStream } from './networks.js';

export interface MapNetworkOptions {
  readonly seed: number;
  /** Bits of a weight's integer part and fraction together. */
  readonly bits?: number;
  readonly layers?: number;
  readonly side?: number;
  /** Default: numbers from 0 to 1 in all coordinates. */
  readonly domain?: 'box' | 'all';
  readonly channelsLast?: boolean;
}

const POINT: PlaneSize = { height: 1, width: 1 };
const NO_PADS: Pads = { top: 0, left: 0, bottom: 0, right: 0 };

/** A network whose layers are drawn at random: convolutions, residual sums, concatenations, pooling. */
export function randomMapNetwork(options: MapNetworkOptions): Network {
  const {
    seed,
    bits = 4,
    layers: count = 4,
    side = 6,
    domain = 'box',
    channelsLast = false,
  } = options;
  const random = randomStream(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const number = (): number => (below(2 ** bits) - 2 ** (bits - 1)) / 2 ** below(bits);
  const numbers = (length: number) =>
    exactArray(Float64Array.from({ length }, () => (random() < 0.2 ? 0 : number())));
  const biased = random() < 0.8;
  const biasOf = (length: number) =>
    biased ? numbers(length) : exactArray(new Float64Array(length));

  const shapes: FeatureShape[] = [
    { channels: 1 + below(3), height: 1 + below(side), width: 1 + below(side) },
  ];
  const layers: Layer[] = [];
  /** Layers that nobody reads yet. */
  const unread = new Set([0]);
  const add = (layer: Layer, shape: FeatureShape): void => {
    for (const number of layer.reads ?? [layers.length]) unread.delete(number);
    layers.push(layer);
    shapes.push(shape);
    unread.add(layers.length);
  };

  const convolution = (
    input: FeatureShape,
    outputChannels: number,
    { fit }: { fit?: PlaneSize } = {},
  ): ConvolutionMap | null => {
    for (let attempt = 0; attempt < 30; attempt++) {
      const kernel = { height: 1 + below(3), width: 1 + below(3) };
      const stride = { height: 1 + below(2), width: 1 + below(2) };
      const dilation = random() < 0.2 ? { height: 1 + below(2), width: 1 + below(2) } : POINT;
      // More zeros than these leave no tap for the constant, which is refused.
      const [top, left] = [below(kernel.height), below(kernel.width)];
      const more = random() < 0.03 ? 1 : 0;
      const pads = {
        ...{ top, left, bottom: below(kernel.height - top) + more },
        right: below(kernel.width - left),
      };
      const height = outputLength(
        input.height + pads.top + pads.bottom,
        kernel.height,
        stride.height,
        dilation.height,
      );
      const width = outputLength(
        input.width + pads.left + pads.right,
        kernel.width,
        stride.width,
        dilation.width,
      );
      if (height < 1 || width < 1) continue;
      if (fit !== undefined && (fit.height !== height || fit.width !== width)) continue;
      const grouped = random() < 0.2 && outputChannels % input.channels === 0;
      const groups = grouped ? input.channels : 1;
      const taps = (input.channels / groups) * kernel.height * kernel.width;
      return convolutionMap({
        ...{ input, outputChannels, kernel, stride, pads, dilation, groups },
        weights: numbers(outputChannels * taps),
      });
    }
    return null;
  };
  const identity = (input: FeatureShape): ConvolutionMap =>
    convolutionMap({
      ...{ input, outputChannels: input.channels, kernel: POINT, groups: input.channels },
      weights: new Float64Array(input.channels).fill(1),
    });

  const addConvolution = (): void => {
    const input = shapes.at(-1) as FeatureShape;
    const map = convolution(input, 1 + below(3));
    if (map === null) return;
    add({ ...map, bias: biasOf(map.output.channels), activation: 'relu' }, map.output);
  };

  const addResidual = (): void => {
    const from = layers.length;
    const skip = shapes[from] as FeatureShape;
    addConvolution();
    if (layers.length === from) return;
    const input = shapes.at(-1) as FeatureShape;
    const same = skip.height === input.height && skip.width === input.width && random() < 0.6;
    const main = same
      ? convolutionMap({
          ...{ input, outputChannels: skip.channels, kernel: { height: 3, width: 3 } },
          pads: { top: 1, left: 1, bottom: 1, right: 1 },
          weights: numbers(skip.channels * input.channels * 9),
        })
      : convolution(input, 1 + below(3));
    if (main === null) return;
    const other = same
      ? identity(skip)
      : convolution(skip, main.output.channels, { fit: main.output });
    if (other === null) return;
    add(
      {
        kind: 'sum',
        inputs: main.inputs + other.inputs,
        outputs: main.outputs,
        parts: [main, other],
        bias: biasOf(main.output.channels),
        activation: 'relu',
        reads: [from + 1, from],
      },
      main.output,
    );
  };

  const addPooling = (): void => {
    const input = shapes.at(-1) as FeatureShape;
    const kernel = {
      height: 1 + below(Math.min(3, input.height)),
      width: 1 + below(Math.min(3, input.width)),
    };
    const stride = { height: 1 + below(2), width: 1 + below(2) };
    const [top, left] = [below(kernel.height), below(kernel.width)];
    const pads = {
      ...{ top, left, bottom: below(kernel.height - top), right: below(kernel.width - left) },
    };
    const average = random() < 0.4;
    const map = convolutionMap({
      ...{ input, outputChannels: input.channels, kernel, stride, groups: input.channels },
      pads: average ? NO_PADS : pads,
      weights: new Float64Array(input.channels * kernel.height * kernel.width).fill(
        average ? 2 ** -below(4) * (1 + below(3)) : 1,
      ),
    });
    const { inputs, outputs, output, dilation } = map;
    const window = { inputs, outputs, input, output, kernel, stride, pads: map.pads, dilation };
    // ONNX asks for a tap inside of every window, too.
    if (average) {
      const bias = exactArray(new Float64Array(output.channels));
      add({ ...map, bias, activation: 'relu' }, output);
    } else {
      const bias = exactArray(new Float64Array(0));
      add({ kind: 'max-pooling', ...window, bias, activation: 'relu' }, output);
    }
  };

  const addConcatenation = (): void => {
    const first = layers.length;
    const { height, width } = shapes[first] as FeatureShape;
    addConvolution();
    const second = shapes.at(-1) as FeatureShape;
    if (layers.length === first || second.height !== height || second.width !== width) return;
    const channels = (shapes[first] as FeatureShape).channels + second.channels;
    const map = convolution({ channels, height, width }, 1 + below(3));
    if (map === null) return;
    const reads = [first, layers.length];
    add({ ...map, bias: biasOf(map.output.channels), activation: 'relu', reads }, map.output);
  };

  // Pooling of inputs of either sign is refused: it comes later.
  addConvolution();
  for (let index = 1; index < count; index++) {
    const kind = random();
    if (kind < 0.3) addConvolution();
    else if (kind < 0.6) addResidual();
    else if (kind < 0.8) addPooling();
    else addConcatenation();
  }
  const outputs = 1 + below(3);
  const rest = [...unread].sort((a, b) => a - b);
  const inputs = rest.reduce((sum, index) => sum + featureCount(shapes[index] as FeatureShape), 0);
  const last = denseMap(inputs, outputs, numbers(outputs * inputs));
  layers.push({ ...last, bias: biasOf(outputs), activation: 'identity', reads: rest });
  const shape = shapes[0] as FeatureShape;
  const width = featureCount(shape);
  const box: Domain = {
    kind: 'box',
    lower: new Float64Array(width),
    upper: new Float64Array(width).fill(1),
  };
  return {
    layers,
    domain: domain === 'box' ? box : { kind: 'all' },
    ...(channelsLast && { channelsLast: shape }),
  };
}
