/**
 * The integer network itself, evaluated directly: what the pruned source is compared with, and what
 * the `folded` engine runs for those who only want answers. Multiplies; the pruned source does not.
 */
import { bigEntry, type IntegerNetwork } from '../precision/integer-network.js';
import { type ExactValue, integerInputs, scaleOutput } from './exact.js';
import { checkBatch } from './float.js';

/** Number of raw inputs, the constant not among them. */
export function rawInputs({ matrices, constant }: IntegerNetwork): number {
  return matrices[0].columns - (constant ? 1 : 0);
}

/**
 * Float64 evaluation of a batch, row-major. Each layer is divided by its own scale, so that the values
 * are those of the target network and nothing overflows.
 */
export function runFolded(
  network: IntegerNetwork,
  batch: Float64Array,
  samples: number,
): Float64Array {
  const raw = rawInputs(network);
  checkBatch(batch, samples, raw);
  const { matrices, scale, activation, fractionalPlaces } = network;
  const width = matrices[0].columns;
  // What no input overwrites is the constant.
  let current = new Float64Array(samples * width).fill(1);
  for (let sample = 0; sample < samples; sample++) {
    current.set(batch.subarray(sample * raw, (sample + 1) * raw), sample * width);
  }
  matrices.forEach((matrix, index) => {
    const { rows, columns } = matrix;
    const relu = index < matrices.length - 1 || activation === 'relu';
    const weights = realWeights(matrix.values, scale.base, fractionalPlaces[index]);
    const next = new Float64Array(samples * rows);
    for (let sample = 0; sample < samples; sample++) {
      for (let row = 0; row < rows; row++) {
        let sum = 0;
        const from = sample * columns;
        for (let column = 0; column < columns; column++) {
          sum += weights[row * columns + column] * current[from + column];
        }
        next[sample * rows + row] = relu && sum < 0 ? 0 : sum;
      }
    }
    current = next;
  });
  return current;
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
  const raw = rawInputs(network);
  checkBatch(batch, samples, raw);
  const { matrices, constant, scale, activation } = network;
  const result: ExactValue[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const { values, exponent } = integerInputs(batch, sample * raw, raw, constant);
    let current = values;
    matrices.forEach((matrix, index) => {
      const relu = index < matrices.length - 1 || activation === 'relu';
      const next: bigint[] = [];
      for (let row = 0; row < matrix.rows; row++) {
        let sum = 0n;
        for (let column = 0; column < matrix.columns; column++) {
          sum += bigEntry(matrix, row * matrix.columns + column) * current[column];
        }
        next.push(relu && sum < 0n ? 0n : sum);
      }
      current = next;
    });
    for (const value of current) result.push(scaleOutput(value, exponent, scale));
  }
  return result;
}
