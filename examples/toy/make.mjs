/**
 * Makes the toy example: a 2-12-8-3 ReLU network that tells apart the three parts of a yin-yang figure in the
 * unit square, with weights rounded to multiples of 1/16.
 *
 *   node examples/toy/make.mjs           writes toy.onnx
 *   node examples/toy/make.mjs --check   makes it anew and compares; exit code 1 if it differs
 *
 * Additions, multiplications and comparisons only, so that every platform trains the same network.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { onnxModel } from '../digits/onnx.mjs';
import { createRandom } from '../digits/random.mjs';

const WIDTHS = [2, 12, 8, 3];
const STEPS = 120_000;
const BATCH = 8;
const GRID = 16;
const MARGIN = 1;

/** 0 and 1: the two halves; 2: the dots. Points of the square outside of the figure belong to its halves. */
export function classOf(x, y) {
  const square = (centre) => (x - 0.5) ** 2 + (y - centre) ** 2;
  const upper = square(0.74);
  const lower = square(0.26);
  if (upper < 0.012 || lower < 0.012) return 2;
  if (upper < 0.0576) return 0;
  if (lower < 0.0576) return 1;
  return x < 0.5 ? 0 : 1;
}

/** A network of plain arrays; the layers' weights are outputs x inputs, row-major. */
function firstLayers(random) {
  return WIDTHS.slice(1).map((outputs, at) => {
    const inputs = WIDTHS[at];
    const bound = Math.sqrt(3 / inputs);
    const draw = (count) =>
      Float64Array.from({ length: count }, () => random.uniform(-bound, bound));
    return { inputs, outputs, weights: draw(outputs * inputs), bias: draw(outputs) };
  });
}

function valuesOf(layers, point) {
  const values = [point];
  for (const [at, { inputs, outputs, weights, bias }] of layers.entries()) {
    const next = new Float64Array(outputs);
    for (let row = 0; row < outputs; row++) {
      let sum = bias[row];
      for (let column = 0; column < inputs; column++) {
        sum += weights[row * inputs + column] * values[at][column];
      }
      next[row] = at < layers.length - 1 && sum < 0 ? 0 : sum;
    }
    values.push(next);
  }
  return values;
}

const best = (outputs) => outputs.indexOf(Math.max(...outputs));

/** Subgradient descent with momentum on the hinge loss of the largest wrong output. */
function train() {
  const random = createRandom(11, 1);
  const layers = firstLayers(random);
  const speeds = layers.map(({ weights, bias }) => ({
    weights: new Float64Array(weights.length),
    bias: new Float64Array(bias.length),
  }));
  for (let step = 0; step < STEPS; step++) {
    const rate = 0.02 * (1 - step / STEPS);
    const gradients = layers.map(({ weights, bias }) => ({
      weights: new Float64Array(weights.length),
      bias: new Float64Array(bias.length),
    }));
    for (let sample = 0; sample < BATCH; sample++) {
      const point = Float64Array.of(random.uniform(0, 1), random.uniform(0, 1));
      if (sample < 3) {
        // The dots are small: some points are drawn around them.
        point[0] = random.uniform(0.34, 0.66);
        point[1] = random.uniform(0.1, 0.42) + (random.happens(0.5) ? 0.48 : 0);
      }
      const label = classOf(point[0], point[1]);
      const values = valuesOf(layers, point);
      const outputs = values[layers.length];
      const wrong = [0, 1, 2].filter((each) => each !== label);
      const worst = outputs[wrong[0]] > outputs[wrong[1]] ? wrong[0] : wrong[1];
      if (outputs[label] - outputs[worst] >= MARGIN) continue;
      let error = new Float64Array(3);
      error[worst] = 1;
      error[label] = -1;
      for (let at = layers.length - 1; at >= 0; at--) {
        const { inputs, outputs: rows, weights } = layers[at];
        const before = new Float64Array(inputs);
        for (let row = 0; row < rows; row++) {
          if (error[row] === 0) continue;
          gradients[at].bias[row] += error[row];
          for (let column = 0; column < inputs; column++) {
            gradients[at].weights[row * inputs + column] += error[row] * values[at][column];
            before[column] += error[row] * weights[row * inputs + column];
          }
        }
        error = before.map((value, column) => (values[at][column] > 0 ? value : 0));
      }
    }
    for (const [at, layer] of layers.entries()) {
      for (const name of ['weights', 'bias']) {
        for (let index = 0; index < layer[name].length; index++) {
          speeds[at][name][index] =
            0.9 * speeds[at][name][index] - (rate * gradients[at][name][index]) / BATCH;
          layer[name][index] += speeds[at][name][index];
        }
      }
    }
  }
  const rounded = (values) => Float32Array.from(values, (value) => Math.round(value * GRID) / GRID);
  return layers.map((layer) => ({
    ...layer,
    weights: rounded(layer.weights),
    bias: rounded(layer.bias),
  }));
}

function accuracy(layers) {
  let right = 0;
  const side = 100;
  for (let at = 0; at < side * side; at++) {
    const point = Float64Array.of(((at % side) + 0.5) / side, (Math.floor(at / side) + 0.5) / side);
    if (best(valuesOf(layers, point)[layers.length]) === classOf(point[0], point[1])) right++;
  }
  return right / (side * side);
}

const layers = train();
const bytes = onnxModel(layers);
const file = new URL('toy.onnx', import.meta.url);
process.stdout.write(`right at ${(100 * accuracy(layers)).toFixed(2)} % of 10,000 points\n`);
if (!process.argv.includes('--check')) writeFileSync(file, bytes);
else if (!Buffer.from(bytes).equals(readFileSync(file))) {
  process.stderr.write('toy.onnx differs\n');
  process.exitCode = 1;
}
