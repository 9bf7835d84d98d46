/**
 * The judge of every attack: `f(x) - f^(x)` as an exact rational. Both networks are integer networks (the
 * model losslessly), the input is a vector of float64s, so everything is an integer over a known scale.
 */
import {
  bitLength,
  type Dyadic,
  dyadicFromNumber,
  dyadicToNumber,
  fractionalBits,
} from '../core/dyadic.js';
import { bigEntry, type IntegerMatrix, type IntegerNetwork } from '../integer/integer-network.js';
import { quantizeLossless } from '../integer/quantize.js';
import type { Network } from '../target/network.js';

/** `numerator / denominator`, the denominator positive. */
export interface ExactError {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Whether `|error| > bound`, exactly. */
export function exceeds({ numerator, denominator }: ExactError, bound: number): boolean {
  if (bound === Number.POSITIVE_INFINITY) return false;
  const { mantissa, exponent }: Dyadic = dyadicFromNumber(bound);
  const magnitude = numerator < 0n ? -numerator : numerator;
  const left = magnitude << BigInt(Math.max(0, -exponent));
  return left > (mantissa * denominator) << BigInt(Math.max(0, exponent));
}

/** `|error|` as the nearest float64 or one beside it. */
export function errorMagnitude({ numerator, denominator }: ExactError): number {
  if (numerator === 0n) return 0;
  const magnitude = numerator < 0n ? -numerator : numerator;
  const shift = Math.max(0, bitLength(denominator) - bitLength(magnitude) + 70);
  return dyadicToNumber({
    mantissa: (magnitude << BigInt(shift)) / denominator,
    exponent: -shift,
  });
}

function applyMatrix(matrix: IntegerMatrix, vector: readonly bigint[]): bigint[] {
  const { rows, columns } = matrix;
  return Array.from({ length: rows }, (_, row) => {
    let sum = 0n;
    for (let column = 0; column < columns; column++) {
      const entry = bigEntry(matrix, row * columns + column);
      if (entry !== 0n) sum += entry * vector[column];
    }
    return sum;
  });
}

/** Outputs of the integer network for integers `input / 2^shift`, before the output scale. */
function evaluate(network: IntegerNetwork, input: readonly bigint[], shift: number): bigint[] {
  let current = network.constant ? [...input, 1n << BigInt(shift)] : [...input];
  network.matrices.forEach((matrix, index) => {
    const last = index === network.matrices.length - 1;
    current = applyMatrix(matrix, current);
    if (!last || network.activation === 'relu') {
      current = current.map((value) => (value < 0n ? 0n : value));
    }
  });
  return current;
}

function scaleOf({ scale }: IntegerNetwork): bigint {
  return BigInt(scale.base) ** BigInt(scale.exponent);
}

/** A function that gives `f_j(x) - f^_j(x)` for every output, exactly; x must be finite float64s. */
export function createJudge(
  network: Network,
  integerNetwork: IntegerNetwork,
): (input: ArrayLike<number>) => ExactError[] {
  const target = quantizeLossless(network);
  const targetScale = scaleOf(target);
  const ownScale = scaleOf(integerNetwork);
  return (input) => {
    let shift = 0;
    for (let k = 0; k < input.length; k++) shift = Math.max(shift, fractionalBits(input[k]));
    const integers = Array.from(input, (value) => {
      const { mantissa, exponent } = dyadicFromNumber(value);
      return mantissa << BigInt(exponent + shift);
    });
    const wanted = evaluate(target, integers, shift);
    const got = evaluate(integerNetwork, integers, shift);
    const denominator = (targetScale * ownScale) << BigInt(shift);
    return wanted.map((value, j) => ({
      numerator: value * ownScale - got[j] * targetScale,
      denominator,
    }));
  };
}
