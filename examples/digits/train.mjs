/**
 * Trains the classifier: a 64-32-16-10 ReLU network with biases, by stochastic gradient descent with
 * momentum on the cross entropy. Runs in jax-js's WebAssembly backend on one thread, whose arithmetic
 * (its exponential included) is the same everywhere; batches and first weights come from a seed.
 */
import { init, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { createRandom } from './random.mjs';

/** Widths of the network, inputs first. */
export const WIDTHS = [64, 32, 16, 10];

const SEED = 1;
const EPOCHS = 24;
const BATCH = 100;
const LEARNING_RATE = 0.1;
const MOMENTUM = 0.9;
const WEIGHT_DECAY = 1e-4;
const LABEL_COUNT = 10;

/**
 * @typedef {object} TrainedLayer
 * @property {number} inputs
 * @property {number} outputs
 * @property {Float32Array} weights outputs x inputs, row-major
 * @property {Float32Array} bias
 */

/** Uniform in +-1/sqrt(inputs), weights and biases alike. */
function firstParameters() {
  const random = createRandom(SEED, 1);
  const draw = (inputs, count) => {
    const bound = 1 / Math.sqrt(inputs);
    return Float32Array.from({ length: count }, () => random.uniform(-bound, bound));
  };
  return WIDTHS.slice(1).flatMap((outputs, at) => {
    const inputs = WIDTHS[at];
    const weights = np.array(draw(inputs, outputs * inputs)).reshape([outputs, inputs]);
    return [weights, np.array(draw(inputs, outputs))];
  });
}

// jax-js counts references: a value used again is passed as `.ref`, its last use takes it.

function logits(parameters, images) {
  let activations = images;
  for (let at = 0; at < parameters.length; at += 2) {
    const product = np.matmul(activations, np.transpose(parameters[at]));
    activations = product.add(parameters[at + 1]);
    if (at + 2 < parameters.length) activations = nn.relu(activations);
  }
  return activations;
}

function meanLoss(parameters, images, targets) {
  const logProbabilities = nn.logSoftmax(logits(parameters, images));
  return logProbabilities
    .mul(targets)
    .sum()
    .mul(-1 / BATCH);
}

const step = jit((parameters, velocities, images, targets, learningRate) => {
  const [loss, gradients] = valueAndGrad(meanLoss)(
    parameters.map((parameter) => parameter.ref),
    images,
    targets,
  );
  const nextVelocities = velocities.map((velocity, at) =>
    velocity.mul(MOMENTUM).add(gradients[at]).add(parameters[at].ref.mul(WEIGHT_DECAY)),
  );
  const nextParameters = parameters.map((parameter, at) =>
    parameter.sub(nextVelocities[at].ref.mul(learningRate.ref)),
  );
  learningRate.dispose();
  return [nextParameters, nextVelocities, loss];
});

/** 0 .. count - 1 in random order. */
export function shuffled(count, random) {
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  for (let at = count - 1; at > 0; at--) {
    const other = random.index(at + 1);
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

function batchArrays(set, order, start) {
  const pixels = set.images.length / set.count;
  const images = new Float32Array(BATCH * pixels);
  const targets = new Float32Array(BATCH * LABEL_COUNT);
  for (let row = 0; row < BATCH; row++) {
    const from = order[start + row];
    for (let pixel = 0; pixel < pixels; pixel++) {
      images[row * pixels + pixel] = set.images[from * pixels + pixel] / 255;
    }
    targets[row * LABEL_COUNT + set.labels[from]] = 1;
  }
  return [
    np.array(images).reshape([BATCH, pixels]),
    np.array(targets).reshape([BATCH, LABEL_COUNT]),
  ];
}

/**
 * Trains on `set` (a multiple of 100 images) and returns the layers, inputs first.
 *
 * @param {import('./dataset.mjs').DigitSet} set
 * @param {(epoch: number, epochs: number, loss: number) => void} report told the mean loss of each epoch
 * @returns {Promise<TrainedLayer[]>}
 */
export async function train(set, report) {
  await init('wasm');
  const random = createRandom(SEED, 2);
  let parameters = firstParameters();
  let velocities = parameters.map((parameter) => np.zeros(parameter.shape));
  const steps = EPOCHS * (set.count / BATCH);
  let done = 0;
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    const order = shuffled(set.count, random);
    let total = 0;
    for (let start = 0; start < set.count; start += BATCH) {
      const [images, targets] = batchArrays(set, order, start);
      const learningRate = np.array(LEARNING_RATE * (1 - done / steps));
      const [nextParameters, nextVelocities, loss] = step(
        parameters,
        velocities,
        images,
        targets,
        learningRate,
      );
      parameters = nextParameters;
      velocities = nextVelocities;
      total += (await loss.data())[0];
      done++;
    }
    report(epoch, EPOCHS, (total * BATCH) / set.count);
  }
  for (const velocity of velocities) velocity.dispose();

  const values = [];
  for (const parameter of parameters) values.push(new Float32Array(await parameter.data()));
  return WIDTHS.slice(1).map((outputs, at) => ({
    inputs: WIDTHS[at],
    outputs,
    weights: values[2 * at],
    bias: values[2 * at + 1],
  }));
}

/**
 * The fraction of images whose largest output, computed in float64, is at their label.
 *
 * @param {readonly TrainedLayer[]} layers
 * @param {import('./dataset.mjs').DigitSet} set
 */
export function accuracy(layers, set) {
  const pixels = set.images.length / set.count;
  let right = 0;
  for (let image = 0; image < set.count; image++) {
    let values = Array.from(
      set.images.subarray(image * pixels, (image + 1) * pixels),
      (v) => v / 255,
    );
    layers.forEach(({ inputs, weights, bias }, at) => {
      const sums = Array.from(bias, (offset, row) =>
        values.reduce((sum, value, column) => sum + weights[row * inputs + column] * value, offset),
      );
      values = at === layers.length - 1 ? sums : sums.map((sum) => Math.max(0, sum));
    });
    if (values.indexOf(Math.max(...values)) === set.labels[image]) right++;
  }
  return right / set.count;
}
