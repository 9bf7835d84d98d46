/**
 * The convolutional classifier: two convolutions of 3x3 with zeros around the maps, each with ReLU and the
 * maximum of 2x2 behind it, then a dense layer: 1x8x8, 6x8x8, 6x4x4, 12x4x4, 12x2x2, 10. Trained by
 * stochastic gradient descent with momentum on the cross entropy, with nothing but additions,
 * multiplications and divisions in float64, which every platform rounds alike. Batches and first weights
 * come from a seed.
 */
import { SIZE } from './draw.mjs';
import { createRandom } from './random.mjs';
import { shuffled } from './train.mjs';

/** Channels, those of the image first. */
export const CHANNELS = [1, 6, 12];
export const KERNEL = 3;
const TAPS = KERNEL ** 2;
const LABELS = 10;
/** Numbers that the dense layer reads: each convolution's maps are halved in both directions. */
const FLAT = CHANNELS[2] * (SIZE / 4) ** 2;

const SEED = 1;
const EPOCHS = 6;
const BATCH = 50;
const LEARNING_RATE = 0.1;
const MOMENTUM = 0.9;

/**
 * @typedef {object} TrainedLayer
 * @property {Float32Array} weights outputs first; of a convolution outputs x inputs x KERNEL x KERNEL
 * @property {Float32Array} bias
 */

/** Weights or biases with their gradient and velocity; uniform in +-1/sqrt(inputs) at first. */
function parameter(count, inputs, random) {
  const bound = 1 / Math.sqrt(inputs);
  return {
    values: Float64Array.from({ length: count }, () => random.uniform(-bound, bound)),
    gradient: new Float64Array(count),
    velocity: new Float64Array(count),
  };
}

/**
 * A convolution, ReLU and the maximum of 2x2 over maps of `side`. Maps that are read have a rim of zeros, as
 * wide as the kernel reaches; maps that are made have one of `rim`.
 */
function convolution(inputs, outputs, side, rim, random) {
  const wide = side + KERNEL - 1;
  const half = side / 2;
  const madeWide = half + 2 * rim;
  const weights = parameter(outputs * inputs * TAPS, inputs * TAPS, random);
  const bias = parameter(outputs, inputs * TAPS, random);
  const made = new Float64Array(outputs * madeWide * madeWide);
  /** Of each number that is made, the place of its maximum in the maps read; -1 where ReLU makes it 0. */
  const origin = new Int32Array(made.length);
  const sums = new Float64Array(side * side);

  /** Sums of one output channel at every position. */
  function addUp(output, read) {
    sums.fill(bias.values[output]);
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < TAPS; tap++) {
        const weight = weights.values[(output * inputs + input) * TAPS + tap];
        const first = input * wide * wide + Math.floor(tap / KERNEL) * wide + (tap % KERNEL);
        for (let y = 0; y < side; y++) {
          const from = first + y * wide;
          for (let x = 0; x < side; x++) sums[y * side + x] += weight * read[from + x];
        }
      }
    }
  }

  function forward(read) {
    for (let output = 0; output < outputs; output++) {
      addUp(output, read);
      for (let y = 0; y < half; y++) {
        for (let x = 0; x < half; x++) {
          let largest = 0;
          let place = -1;
          for (let part = 0; part < 4; part++) {
            const row = 2 * y + (part >> 1);
            const column = 2 * x + (part & 1);
            if (sums[row * side + column] <= largest) continue;
            largest = sums[row * side + column];
            place = row * wide + column;
          }
          const to = (output * madeWide + y + rim) * madeWide + x + rim;
          made[to] = largest;
          origin[to] = place;
        }
      }
    }
    return made;
  }

  /** Adds to the gradients; `slopes` are those of what was made, the result those of what was read. */
  function backward(read, slopes) {
    const before = new Float64Array(read.length);
    for (let at = 0; at < made.length; at++) {
      const slope = slopes[at];
      if (origin[at] < 0 || slope === 0) continue;
      const output = Math.floor(at / (madeWide * madeWide));
      bias.gradient[output] += slope;
      for (let input = 0; input < inputs; input++) {
        for (let tap = 0; tap < TAPS; tap++) {
          const weight = (output * inputs + input) * TAPS + tap;
          const from =
            input * wide * wide + origin[at] + Math.floor(tap / KERNEL) * wide + (tap % KERNEL);
          weights.gradient[weight] += slope * read[from];
          before[from] += slope * weights.values[weight];
        }
      }
    }
    return before;
  }
  origin.fill(-1);
  return { forward, backward, parameters: [weights, bias] };
}

function dense(random) {
  const weights = parameter(LABELS * FLAT, FLAT, random);
  const bias = parameter(LABELS, FLAT, random);
  function forward(read) {
    return Float64Array.from(bias.values, (offset, row) => {
      let sum = offset;
      for (let at = 0; at < FLAT; at++) sum += weights.values[row * FLAT + at] * read[at];
      return sum;
    });
  }
  function backward(read, slopes) {
    const before = new Float64Array(FLAT);
    slopes.forEach((slope, row) => {
      bias.gradient[row] += slope;
      for (let at = 0; at < FLAT; at++) {
        weights.gradient[row * FLAT + at] += slope * read[at];
        before[at] += slope * weights.values[row * FLAT + at];
      }
    });
    return before;
  }
  return { forward, backward, parameters: [weights, bias] };
}

/** The network with its first weights. */
function firstNetwork() {
  const random = createRandom(SEED, 1);
  return [
    convolution(CHANNELS[0], CHANNELS[1], SIZE, (KERNEL - 1) / 2, random),
    convolution(CHANNELS[1], CHANNELS[2], SIZE / 2, 0, random),
    dense(random),
  ];
}

/** One image of a set with a rim of zeros, pixels from 0 to 1. */
function padded({ images }, image) {
  const wide = SIZE + KERNEL - 1;
  const reach = (KERNEL - 1) / 2;
  const maps = new Float64Array(wide * wide);
  for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
    const to = (Math.floor(pixel / SIZE) + reach) * wide + (pixel % SIZE) + reach;
    maps[to] = images[image * SIZE * SIZE + pixel] / 255;
  }
  return maps;
}

/** `e^x` for x <= 0, the same everywhere, to some ten digits: the series at x / 1024, squared ten times. */
function exponential(x) {
  const t = x / 1024;
  let power = 1 + t * (1 + (t / 2) * (1 + (t / 3) * (1 + t / 4)));
  for (let squaring = 0; squaring < 10; squaring++) power *= power;
  return power;
}

/** Probabilities of the labels. */
function softmax(outputs) {
  const largest = Math.max(...outputs);
  const powers = outputs.map((output) => exponential(Math.max(output - largest, -100)));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Adds one image to the gradients, and returns the probability that the network gives another label. */
function learn(network, set, image) {
  const values = [padded(set, image)];
  for (const { forward } of network) values.push(forward(values[values.length - 1]));
  const own = set.labels[image];
  let slopes = softmax(values[network.length]).map((share, label) =>
    label === own ? share - 1 : share,
  );
  const error = -slopes[own];
  for (let layer = network.length - 1; layer >= 0; layer--) {
    slopes = network[layer].backward(values[layer], slopes);
  }
  return error;
}

function descend({ values, gradient, velocity }, learningRate) {
  for (let at = 0; at < values.length; at++) {
    velocity[at] = MOMENTUM * velocity[at] + gradient[at] / BATCH;
    values[at] -= learningRate * velocity[at];
    gradient[at] = 0;
  }
}

/**
 * Trains on `set` (a multiple of 50 images) and returns the layers, rounded to float32.
 *
 * @param {import('./dataset.mjs').DigitSet} set
 * @param {(epoch: number, epochs: number, error: number) => void} report told the mean probability of wrong labels
 * @returns {TrainedLayer[]} two convolutions and a dense layer
 */
export function trainConvolutions(set, report) {
  const network = firstNetwork();
  const parameters = network.flatMap((layer) => layer.parameters);
  const random = createRandom(SEED, 2);
  const steps = EPOCHS * (set.count / BATCH);
  let done = 0;
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    let total = 0;
    shuffled(set.count, random).forEach((image, at) => {
      total += learn(network, set, image);
      if ((at + 1) % BATCH !== 0) return;
      for (const each of parameters) descend(each, LEARNING_RATE * (1 - done / steps));
      done++;
    });
    report(epoch, EPOCHS, total / set.count);
  }
  return network.map(({ parameters: [weights, bias] }) => ({
    weights: Float32Array.from(weights.values),
    bias: Float32Array.from(bias.values),
  }));
}

/**
 * The fraction of images whose largest output, computed in float64, is at their label.
 *
 * @param {readonly TrainedLayer[]} layers
 * @param {import('./dataset.mjs').DigitSet} set
 */
export function convolutionAccuracy(layers, set) {
  const network = firstNetwork();
  network.forEach(({ parameters: [weights, bias] }, at) => {
    weights.values.set(layers[at].weights);
    bias.values.set(layers[at].bias);
  });
  let right = 0;
  for (let image = 0; image < set.count; image++) {
    const values = network.reduce((read, { forward }) => forward(read), padded(set, image));
    if (values.indexOf(Math.max(...values)) === set.labels[image]) right++;
  }
  return right / set.count;
}
