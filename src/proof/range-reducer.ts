/**
 * What the ranges of a block say together. Signs that were seen of a hidden neuron are OR-ed: one whose
 * coefficients have both signs, be it in different ranges, is not decided. Of all that stands against the
 * proof the first counts, in the order in which a check of the whole block comes to it: up to there each
 * range has the rows of the whole block, restricted to its variables.
 */
import { UNDECIDED } from './block-rows.js';
import type { RangeResult, SeenSigns } from './range-proof.js';
import { NEGATIVE, POSITIVE } from './rows.js';

export interface RangeReducer {
  /** Takes the next range's result, in the order of the ranges. */
  add(result: RangeResult): void;
  /** What a range with all the variables of those that were added would have said. */
  result(): RangeResult;
}

type Failure = NonNullable<RangeResult['failure']>;

/** Whether a failure comes before another in a check of the whole block. */
function isBefore(one: Failure, other: Failure | null): boolean {
  if (other === null) return true;
  const layers = one.failure.layer - other.failure.layer;
  return layers === 0 ? one.order < other.order : layers < 0;
}

/** Two lists in one, and the signs of both. */
function union(one: SeenSigns, other: SeenSigns): SeenSigns {
  const most = one.neurons.length + other.neurons.length;
  const neurons = new Uint32Array(most);
  const signs = new Uint8Array(most);
  let left = 0;
  let right = 0;
  let count = 0;
  while (left < one.neurons.length || right < other.neurons.length) {
    // Behind the end of a list is a number above all others.
    const a = left < one.neurons.length ? one.neurons[left] : 2 ** 32;
    const b = right < other.neurons.length ? other.neurons[right] : 2 ** 32;
    neurons[count] = Math.min(a, b);
    if (a <= b) signs[count] |= one.signs[left++];
    if (b <= a) signs[count] |= other.signs[right++];
    count++;
  }
  return { neurons: neurons.slice(0, count), signs: signs.slice(0, count) };
}

/** Of block `number` (from 1), whose first source layer is `first`. */
export function rangeReducer(first: number, number: number): RangeReducer {
  let seen: readonly SeenSigns[] | undefined;
  let additions = 0;
  let earliest: Failure | null = null;
  return {
    add(result) {
      additions += result.additions;
      const { failure } = result;
      if (failure !== null && isBefore(failure, earliest)) earliest = failure;
      seen =
        seen === undefined
          ? result.seen
          : seen.map((known, index) => union(known, result.seen[index]));
    },
    result() {
      let failure = earliest;
      for (const [index, { neurons, signs }] of (seen ?? []).entries()) {
        const at = signs.indexOf(POSITIVE | NEGATIVE);
        if (at < 0) continue;
        const place = { block: number, layer: first + index, neuron: neurons[at] };
        const undecided = { failure: { ...place, reason: UNDECIDED }, order: neurons[at] };
        if (isBefore(undecided, failure)) failure = undecided;
        break;
      }
      return { seen: seen ?? [], additions, failure };
    },
  };
}
