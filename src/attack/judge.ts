/**
 * The judge of every attack: `f(x) - f^(x)` as an exact rational. The input is a vector of float64s, so
 * everything is an integer over a known scale.
 */
import { bitLength, type Dyadic, dyadicFromNumber, dyadicToNumber } from '../core/dyadic.js';
import { complete } from '../core/steps.js';
import { evaluateIntegers, integerInputs } from '../integer/evaluate-integers.js';
import { evaluateMapsSteps } from '../integer/evaluate-maps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { evaluateExactly } from '../target/evaluate.js';
import type { Network } from '../target/network.js';
import { channelsFirst } from '../target/planes.js';

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

function scaleOf({ scale }: IntegerNetwork): bigint {
  return BigInt(scale.base) ** BigInt(scale.exponent);
}

/** Outputs of the integer network before its scale, in units of `2^exponent`. */
function integersAt(
  { channelsLast }: Network,
  integerNetwork: IntegerNetwork,
  input: Float64Array | readonly number[],
): { readonly outputs: readonly bigint[]; readonly exponent: number } {
  const { constant, maps } = integerNetwork;
  if (maps === undefined) {
    const { values, exponent } = integerInputs(input, 0, input.length, constant);
    return { outputs: evaluateIntegers(integerNetwork, values), exponent };
  }
  const first =
    channelsLast === undefined
      ? input
      : Array.from(channelsFirst(channelsLast), (from) => input[from]);
  const { values, exponent } = integerInputs(first, 0, first.length, constant);
  // The constant is a map of its own, everywhere the same.
  const more = constant ? maps.input.height * maps.input.width - 1 : 0;
  const one = values[values.length - 1];
  const steps = evaluateMapsSteps({ ...integerNetwork, maps }, [
    ...values,
    ...new Array<bigint>(more).fill(one),
  ]);
  return { outputs: complete(steps), exponent };
}

/** A function that gives `f_j(x) - f^_j(x)` for every output, exactly; x must be finite float64s. */
export function createJudge(
  network: Network,
  integerNetwork: IntegerNetwork,
): (input: Float64Array | readonly number[]) => ExactError[] {
  const scale = scaleOf(integerNetwork);
  return (input) => {
    const wanted = evaluateExactly(network, input);
    const { outputs, exponent } = integersAt(network, integerNetwork, input);
    // f^ counts units of `2^exponent / scale`, f units of its own power of two: the smaller is common.
    return outputs.map((got, j) => {
      const { mantissa, exponent: own } = wanted[j];
      const common = Math.min(own, exponent);
      return {
        numerator: scale * (mantissa << BigInt(own - common)) - (got << BigInt(exponent - common)),
        denominator: scale << BigInt(-common),
      };
    });
  };
}
