/**
 * Published convolutional networks as targets, of random weights: their shapes, whatever was trained in them.
 * ResNet-18 (He et al. 2016, table 1; 224 x 224 inputs, normalisations folded into biases) and VGG-16
 * (Simonyan and Zisserman 2015, configuration D).
 */
import { exactArray } from '../dist/target/exact-array.js';
import { convolutionMap, denseLayer } from '../dist/target/make-layers.js';

/** Uniform numbers of float32 in (-1, 1). */
function numbersOf(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return Math.fround((2 * state) / 2147483647 - 1);
  };
}

const square = (side) => ({ height: side, width: side });

/** Layers after one another, on feature maps that are squares. */
class Layers {
  layers = [];
  shapes;
  #random;

  constructor(input, seed) {
    this.shapes = [input];
    this.#random = numbersOf(seed);
  }

  get last() {
    return this.layers.length;
  }

  #numbers(length, fan) {
    const scale = Math.sqrt(2 / fan);
    return Float64Array.from({ length }, () => Math.fround(scale * this.#random()));
  }

  map(from, channels, side, stride = 1, groups = 1, weights = undefined) {
    const input = this.shapes[from];
    const pad = (side - 1) >> 1;
    const fan = (input.channels / groups) * side * side;
    return convolutionMap({
      ...{ input, outputChannels: channels, kernel: square(side), stride: square(stride), groups },
      pads: { top: pad, left: pad, bottom: side - 1 - pad, right: side - 1 - pad },
      weights: weights ?? this.#numbers(channels * fan, fan),
    });
  }

  #add(layer, output) {
    this.layers.push(layer);
    this.shapes.push(output);
    return this.last;
  }

  convolution(channels, side, stride = 1) {
    const map = this.map(this.last, channels, side, stride);
    const bias = exactArray(this.#numbers(channels, 100));
    return this.#add({ ...map, bias, activation: 'relu' }, map.output);
  }

  /** Two convolutions of 3 x 3, added to what they read, or to a projection of it. */
  residual(channels, stride) {
    const before = this.last;
    const changes = stride > 1 || this.shapes[before].channels !== channels;
    const skip = changes
      ? this.map(before, channels, 1, stride)
      : this.map(before, channels, 1, 1, channels, new Float64Array(channels).fill(1));
    this.convolution(channels, 3, stride);
    const second = this.map(this.last, channels, 3);
    const parts = [second, skip];
    const bias = exactArray(this.#numbers(channels, 100));
    const inputs = second.inputs + skip.inputs;
    const { outputs } = second;
    const reads = [this.last, before];
    return this.#add(
      { kind: 'sum', inputs, outputs, parts, bias, activation: 'relu', reads },
      second.output,
    );
  }

  maximum(side, stride, pad) {
    const input = this.shapes[this.last];
    const length = Math.floor((input.height + 2 * pad - side) / stride) + 1;
    const output = { channels: input.channels, ...square(length) };
    const count = ({ channels, height, width }) => channels * height * width;
    return this.#add(
      {
        ...{ kind: 'max-pooling', input, output, inputs: count(input), outputs: count(output) },
        ...{ kernel: square(side), stride: square(stride), dilation: square(1) },
        pads: { top: pad, left: pad, bottom: pad, right: pad },
        ...{ bias: exactArray(new Float64Array(0)), activation: 'relu' },
      },
      output,
    );
  }

  /** The mean of each map. */
  average() {
    const { channels, height } = this.shapes[this.last];
    const share = Math.fround(1 / height ** 2);
    const map = convolutionMap({
      ...{ input: this.shapes[this.last], outputChannels: channels, kernel: square(height) },
      ...{ groups: channels, weights: new Float64Array(channels * height ** 2).fill(share) },
    });
    const bias = exactArray(new Float64Array(channels));
    return this.#add({ ...map, bias, activation: 'relu' }, map.output);
  }

  dense(outputs, activation = 'relu') {
    const { channels, height, width } = this.shapes[this.last];
    const inputs = channels * height * width;
    const weights = this.#numbers(inputs * outputs, inputs);
    const bias = this.#numbers(outputs, 100);
    const output = { channels: outputs, ...square(1) };
    return this.#add(denseLayer({ inputs, outputs, activation, weights, bias }), output);
  }

  /** Images of numbers from 0 to 1. */
  network() {
    const { channels, height, width } = this.shapes[0];
    const lower = new Float64Array(channels * height * width);
    const upper = new Float64Array(lower.length).fill(1);
    return { layers: this.layers, domain: { kind: 'box', lower, upper } };
  }
}

/** `share` of the published channels of each layer. */
export function resnet18(share = 1, classes = 1000) {
  const channels = (count) => Math.round(share * count);
  const layers = new Layers({ channels: 3, ...square(224) }, 18);
  layers.convolution(channels(64), 7, 2);
  layers.maximum(3, 2, 1);
  for (const [count, stride] of [
    [64, 1],
    [128, 2],
    [256, 2],
    [512, 2],
  ]) {
    layers.residual(channels(count), stride);
    layers.residual(channels(count), 1);
  }
  layers.average();
  layers.dense(classes, 'identity');
  return layers.network();
}

export function vgg16(share = 1, classes = 1000) {
  const layers = new Layers({ channels: 3, ...square(224) }, 16);
  for (const [count, times] of [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ]) {
    for (let time = 0; time < times; time++) layers.convolution(Math.round(share * count), 3);
    layers.maximum(2, 2, 0);
  }
  layers.dense(Math.round(share * 4096));
  layers.dense(Math.round(share * 4096));
  layers.dense(classes, 'identity');
  return layers.network();
}
