/**
 * The integer network itself, evaluated directly: what the pruned source is compared with, and what
 * the `folded` engine runs for those who only want answers. Multiplies; the pruned source does not.
 */
import { checkIntegerNetwork } from '../integer/check-integer-network.js';
import { evaluateIntegers, integerInputs } from '../integer/evaluate-integers.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { type ExactValue, scaleOutput } from './exact.js';
import { checkBatch } from './float.js';

/** Number of raw inputs, the constant not among them. */
export function rawInputs({ matrices, constant }: IntegerNetwork): number {
  return matrices[0].columns - (constant ? 1 : 0);
}

/**
 * The `folded` engine, for those who only want answers: float64 multiplications by the integers of the
 * network, in a fixed order. Each layer is divided by its own scale, so that the values are those of
 * the target network and nothing overflows. The batch is row-major, the constant not in it.
 */
export function foldedEngine(
  network: IntegerNetwork,
): (batch: Float64Array, samples: number) => Float64Array {
  checkIntegerNetwork(network);
  const { matrices, scale, activation, fractionalPlaces } = network;
  const raw = rawInputs(network);
  const width = matrices[0].columns;
  const weights = matrices.map(({ values }, index) =>
    realWeights(values, scale.base, fractionalPlaces[index]),
  );
  return (batch, samples) => {
    checkBatch(batch, samples, raw);
    // What no input overwrites is the constant.
    let current = new Float64Array(samples * width).fill(1);
    for (let sample = 0; sample < samples; sample++) {
      current.set(batch.subarray(sample * raw, (sample + 1) * raw), sample * width);
    }
    for (const [index, { rows, columns }] of matrices.entries()) {
      const next = new Float64Array(samples * rows);
      multiply(weights[index], current, next, { rows, columns, samples });
      if (index < matrices.length - 1 || activation === 'relu') {
        for (let at = 0; at < next.length; at++) if (next[at] < 0) next[at] = 0;
      }
      current = next;
    }
    return current;
  };
}

/** `next = current * weights^T`, four samples to a row of weights, each sum from the first column on. */
function multiply(
  weights: Float64Array,
  current: Float64Array,
  next: Float64Array,
  { rows, columns, samples }: { rows: number; columns: number; samples: number },
): void {
  let sample = 0;
  for (; sample + 4 <= samples; sample += 4) {
    for (let row = 0; row < rows; row++) {
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let column = 0; column < columns; column++) {
        const weight = weights[row * columns + column];
        const at = sample * columns + column;
        a += weight * current[at];
        b += weight * current[at + columns];
        c += weight * current[at + 2 * columns];
        d += weight * current[at + 3 * columns];
      }
      const to = sample * rows + row;
      next[to] = a;
      next[to + rows] = b;
      next[to + 2 * rows] = c;
      next[to + 3 * rows] = d;
    }
  }
  for (; sample < samples; sample++) {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let column = 0; column < columns; column++) {
        sum += weights[row * columns + column] * current[sample * columns + column];
      }
      next[sample * rows + row] = sum;
    }
  }
}

/** One batch through the `folded` engine. */
export function runFolded(
  network: IntegerNetwork,
  batch: Float64Array,
  samples: number,
): Float64Array {
  return foldedEngine(network)(batch, samples);
}

/** `V / base^p` as float64s: exact if base is 2 and V fits a float64. */
function realWeights(
  values: Float64Array | readonly bigint[],
  base: number,
  places: number,
): Float64Array {
  // Beyond 2^1023 the unit itself overflows: two factors.
  const half = Math.floor(places / 2);
  const low = base ** half;
  const high = base ** (places - half);
  return Float64Array.from(
    values as ArrayLike<number | bigint>,
    (value) => Number(value) / low / high,
  );
}

/** Exact evaluation of a batch; result[sample * outputs + output]. */
export function runFoldedExact(
  network: IntegerNetwork,
  batch: Float64Array,
  samples: number,
): ExactValue[] {
  checkIntegerNetwork(network);
  const raw = rawInputs(network);
  checkBatch(batch, samples, raw);
  const { constant, scale } = network;
  const result: ExactValue[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const { values, exponent } = integerInputs(batch, sample * raw, raw, constant);
    for (const value of evaluateIntegers(network, values))
      result.push(scaleOutput(value, exponent, scale));
  }
  return result;
}
