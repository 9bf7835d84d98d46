/**
 * A step length for each free parameter of the ellipsoid chain, as Rprop has them (Riedmiller and Braun, 1993): shorter
 * where what the conditions ask for turns round, longer where it goes on. Conditions of many neurons are coupled, and
 * steps of one length for all swing about their solution.
 */
import { cloneParameters, type LayerParameters } from './chain-parameters.js';

const SHORTER = 0.5;
const LONGER = 1.2;
const SHORTEST = 2 ** -6;

/** By layer, and in it by what `numbersOf` lists. */
export interface OwnSteps {
  readonly lengths: readonly (readonly Float64Array[])[];
  /** Whether each parameter was last to grow (1) or to shrink (-1). */
  readonly ways: readonly (readonly Int8Array[])[];
}

/** All that is blended; the shares are a copy. */
function numbersOf(layer: LayerParameters): Float64Array[] {
  return [
    layer.errorMultipliers,
    layer.activationMultipliers,
    layer.errorImportance,
    layer.activationImportance,
    Float64Array.from(layer.shares),
  ];
}

export function newSteps(parameters: readonly LayerParameters[]): OwnSteps {
  const numbers = parameters.map(numbersOf);
  return {
    lengths: numbers.map((parts) => parts.map(({ length }) => new Float64Array(length).fill(1))),
    ways: numbers.map((parts) => parts.map(({ length }) => new Int8Array(length))),
  };
}

/** Takes note of where the conditions point now. */
export function turnSteps(
  { lengths, ways }: OwnSteps,
  from: readonly LayerParameters[],
  to: readonly LayerParameters[],
): void {
  for (const [index, start] of from.entries()) {
    const target = numbersOf(to[index]);
    for (const [part, numbers] of numbersOf(start).entries()) {
      const length = lengths[index][part];
      const way = ways[index][part];
      for (let k = 0; k < numbers.length; k++) {
        const now = Math.sign(target[part][k] - numbers[k]);
        if (now * way[k] < 0) length[k] = Math.max(SHORTEST, length[k] * SHORTER);
        else if (now * way[k] > 0) length[k] = Math.min(1, length[k] * LONGER);
        if (now !== 0) way[k] = now;
      }
    }
  }
}

/** Between a and b by a factor, like a geometric mean, in operations that are the same on every platform. */
export function between(a: number, b: number, step: number): number {
  // What is not yet learned is taken over.
  if (!(a > 0 && b > 0)) return b;
  return b >= a ? a * (1 - step + (step * b) / a) : a / (1 - step + (step * a) / b);
}

/** From one set of parameters towards another, each as far as its own length of `share` says. */
export function blendOwn(
  { lengths }: OwnSteps,
  from: readonly LayerParameters[],
  to: readonly LayerParameters[],
  share: number,
): LayerParameters[] {
  return cloneParameters(to).map((target, index) => {
    const start = numbersOf(from[index]);
    const [error, activation, errorBox, activationBox, shares] = numbersOf(target).map(
      (numbers, part) =>
        numbers.map((value, k) => between(start[part][k], value, share * lengths[index][part][k])),
    );
    return {
      errorMultipliers: error,
      activationMultipliers: activation,
      errorImportance: errorBox,
      activationImportance: activationBox,
      shares: [shares[0], shares[1], shares[2]],
      source: target.source,
    };
  });
}
