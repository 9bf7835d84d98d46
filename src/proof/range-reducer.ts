/**
 * What the ranges of a block say together. Signs that were seen of a hidden neuron are OR-ed: one whose
 * coefficients have both signs, be it in different ranges, is not decided. Of all that stands against the
 * proof the first counts, in the order in which a check of the whole block comes to it: up to there each
 * range has the rows of the whole block, restricted to its variables.
 */
import type { BlockFrame } from './block-frame.js';
import { UNDECIDED } from './block-rows.js';
import type { RangeResult } from './range-proof.js';
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

/** `number` is the block's, from 1. */
export function rangeReducer({ first, live }: BlockFrame, number: number): RangeReducer {
  const hidden = live.slice(0, -1);
  const signs = hidden.map(({ length }) => new Uint8Array(length));
  let additions = 0;
  let earliest: Failure | null = null;
  return {
    add(result) {
      additions += result.additions;
      const { failure } = result;
      if (failure !== null && isBefore(failure, earliest)) earliest = failure;
      for (const [index, seen] of result.seen.entries()) {
        const ids = hidden[index];
        const all = signs[index];
        let at = 0;
        for (let position = 0; position < seen.neurons.length; position++) {
          const neuron = seen.neurons[position];
          while (ids[at] < neuron) at++;
          if (ids[at] !== neuron)
            throw new RangeError(`neuron ${neuron} is not among the live ones`);
          all[at] |= seen.signs[position];
        }
      }
    },
    result() {
      let failure = earliest;
      for (const [index, all] of signs.entries()) {
        const at = all.indexOf(POSITIVE | NEGATIVE);
        if (at < 0) continue;
        const neuron = hidden[index][at];
        const place = { block: number, layer: first + index, neuron };
        const undecided = { failure: { ...place, reason: UNDECIDED }, order: neuron };
        if (isBefore(undecided, failure)) failure = undecided;
        break;
      }
      return {
        seen: hidden.map((neurons, index) => ({ neurons, signs: signs[index] })),
        additions,
        failure,
      };
    },
  };
}
