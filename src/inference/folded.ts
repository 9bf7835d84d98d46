/**
 * The integer network itself, evaluated directly: what the pruned source is compared with, and what
 * the `folded` engine runs for those who only want answers. Multiplies; the pruned source does not.
 */
import { complete, everyFew, type Steps } from '../core/steps.js';
import { checkIntegerNetwork } from '../integer/check-integer-network.js';
import { evaluateIntegersSteps, integerInputs } from '../integer/evaluate-integers.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { type ExactValue, scaleOutput } from './exact.js';
import { checkBatch, type FloatEngine, type FloatEngineSteps } from './float.js';

/** Number of raw inputs, the constant not among them. */
export function rawInputs({ matrices, constant }: IntegerNetwork): number {
  return matrices[0].columns - (constant ? 1 : 0);
}

/**
 * The `folded` engine, for those who only want answers: float64 multiplications by the integers of the
 * network, in a fixed order. Each layer is divided by its own scale, so that the values are those of
 * the target network and nothing overflows. The batch is row-major, the constant not in it.
 */
export function foldedEngine(network: IntegerNetwork): FloatEngine {
  const run = foldedEngineSteps(network);
  return (batch, samples) => complete(run(batch, samples));
}

/** The same in steps. */
export function foldedEngineSteps(network: IntegerNetwork): FloatEngineSteps {
  checkIntegerNetwork(network);
  const { matrices, scale, activation, fractionalPlaces } = network;
  const raw = rawInputs(network);
  const width = matrices[0].columns;
  const weights = matrices.map(({ values }, index) =>
    realWeights(values, scale.base, fractionalPlaces[index]),
  );
  return function* (batch, samples) {
    checkBatch(batch, samples, raw);
    // What no input overwrites is the constant.
    let current = new Float64Array(samples * width).fill(1);
    for (let sample = 0; sample < samples; sample++) {
      current.set(batch.subarray(sample * raw, (sample + 1) * raw), sample * width);
    }
    for (const [index, { rows, columns }] of matrices.entries()) {
      const next = new Float64Array(samples * rows);
      yield* multiply(weights[index], current, next, { rows, columns, samples });
      if (index < matrices.length - 1 || activation === 'relu') {
        for (let at = 0; at < next.length; at++) if (next[at] < 0) next[at] = 0;
      }
      current = next;
    }
    yield { stage: 'run', done: samples, total: samples };
    return current;
  };
}

interface ProductSize {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
}

/** Multiplications between two steps: some milliseconds. */
const PRODUCTS_AT_ONCE = 2 ** 22;

/** `next = current * weights^T`, four samples to a row of weights, each sum from the first column on. */
function* multiply(
  weights: Float64Array,
  current: Float64Array,
  next: Float64Array,
  size: ProductSize,
): Steps<void> {
  const { rows, columns, samples } = size;
  const atOnce = Math.max(1, Math.floor(PRODUCTS_AT_ONCE / (4 * columns)));
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  for (let sample = 0; sample < samples; ) {
    const together = sample + 4 <= samples ? 4 : 1;
    const multiplyRows = together === 4 ? multiplyFour : multiplyOne;
    for (let from = 0; from < rows; from += atOnce) {
      const to = Math.min(rows, from + atOnce);
      if (isTurn((to - from) * together * columns)) yield;
      multiplyRows(weights, current, next, size, sample, from, to);
    }
    sample += together;
  }
}

/** Rows `from .. to - 1` of the product, for the samples from `sample` on. */
type MultiplyRows = (
  weights: Float64Array,
  current: Float64Array,
  next: Float64Array,
  size: ProductSize,
  sample: number,
  from: number,
  to: number,
) => void;

const multiplyFour: MultiplyRows = (weights, current, next, size, sample, from, to) => {
  const { rows, columns } = size;
  for (let row = from; row < to; row++) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let column = 0; column < columns; column++) {
      const weight = weights[row * columns + column];
      const at = sample * columns + column;
      a += weight * current[at];
      b += weight * current[at + columns];
      c += weight * current[at + 2 * columns];
      d += weight * current[at + 3 * columns];
    }
    const first = sample * rows + row;
    next[first] = a;
    next[first + rows] = b;
    next[first + 2 * rows] = c;
    next[first + 3 * rows] = d;
  }
};

const multiplyOne: MultiplyRows = (weights, current, next, size, sample, from, to) => {
  const { rows, columns } = size;
  for (let row = from; row < to; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      sum += weights[row * columns + column] * current[sample * columns + column];
    }
    next[sample * rows + row] = sum;
  }
};

/** One batch through the `folded` engine. */
export function runFolded(
  network: IntegerNetwork,
  batch: Float64Array,
  samples: number,
): Float64Array {
  return foldedEngine(network)(batch, samples);
}

/** `V / base^p` as float64s: exact if base is 2 and V fits a float64. */
export function realWeights(
  values: Float64Array | readonly bigint[],
  base: number,
  places: number,
): Float64Array {
  // Beyond 2^1023 the unit itself overflows: two factors.
  const half = Math.floor(places / 2);
  const low = base ** half;
  const high = base ** (places - half);
  const real = new Float64Array(values.length);
  // A loop: `Float64Array.from` takes ten times as long.
  for (let at = 0; at < real.length; at++) real[at] = Number(values[at]) / low / high;
  return real;
}

/** Exact evaluation of a batch; result[sample * outputs + output]. */
export function runFoldedExact(
  network: IntegerNetwork,
  batch: Float64Array,
  samples: number,
): ExactValue[] {
  return complete(runFoldedExactSteps(network, batch, samples));
}

/** The same in steps of stage `run`, counted in samples. */
export function* runFoldedExactSteps(
  network: IntegerNetwork,
  batch: Float64Array,
  samples: number,
): Steps<ExactValue[]> {
  checkIntegerNetwork(network);
  const raw = rawInputs(network);
  checkBatch(batch, samples, raw);
  const { constant, scale } = network;
  const result: ExactValue[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const { values, exponent } = integerInputs(batch, sample * raw, raw, constant);
    for (const value of yield* evaluateIntegersSteps(network, values))
      result.push(scaleOutput(value, exponent, scale));
    yield { stage: 'run', done: sample + 1, total: samples };
  }
  return result;
}
