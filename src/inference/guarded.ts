/**
 * An engine in float64 that computes a sample only where it provably keeps the accuracy, and hands the
 * others to exact arithmetic; it remembers how large they were, so that the error can be stated.
 */
import { InputError } from '../core/errors.js';
import { retold, type Steps } from '../core/steps.js';
import { checkOutputs, type FloatEngineSteps } from './float.js';
import {
  boundAt,
  isInRange,
  largerBound,
  type SizeBound,
  type SizeRange,
  sampleSize,
} from './sample-size.js';

/** One way to compute a batch, with its rounding error. */
export interface Arithmetic {
  /** What it computes with, for people. */
  readonly text: string;
  readonly runSteps: FloatEngineSteps;
  /** Null where no bound holds beforehand. */
  readonly error: SizeBound | null;
}

/** The float arithmetic: for samples of these sizes, up to `reach`, it is accurate enough. */
export interface FloatArithmetic extends Arithmetic {
  readonly sizes: SizeRange;
  readonly reach: number;
  /** Whether all this holds outside the signs of the domain too. */
  readonly anySign: boolean;
  /** In words, why a sample of this size is not computed so. */
  readonly refusal: (size: number) => string;
}

/** What has been computed so far. */
export interface GuardedState {
  /** Samples that the float arithmetic took, and that went to the exact one. */
  readonly float: number;
  readonly exact: number;
  readonly arithmetic: string;
  /** Why some went to the exact one; empty if none did. */
  readonly reason: string;
  /** How far any output may be off; null where no bound is known. */
  readonly error: Float64Array | null;
}

export interface GuardedEngine {
  /** `wrongSigns[s]` is 1 for a sample outside the domain's signs. In steps of stage `run`. */
  runSteps(
    batch: Float64Array,
    samples: number,
    first: number,
    wrongSigns: Uint8Array,
  ): Steps<Float64Array>;
  state(): GuardedState;
}

export interface GuardedOptions {
  readonly outputs: number;
  readonly scales: Float64Array;
  /** What the batch's numbers are divided by within the arithmetic. */
  readonly unit: number;
  /** Null where there is only the exact one. */
  readonly float: FloatArithmetic | null;
  /** Null where there is none: then the float arithmetic takes what it can compute at all. */
  readonly exact: Arithmetic | null;
}

export function guardedEngine(options: GuardedOptions): GuardedEngine {
  const { outputs, scales, unit, float, exact } = options;
  const inputs = scales.length;
  const counts = { float: 0, exact: 0 };
  const largest = { float: 0, exact: 0 };
  /** The largest sample that the float arithmetic was too inaccurate for; -1 if there is none. */
  let refused = -1;
  let anyWrong = false;
  let known = true;

  /** Which samples go to which arithmetic. */
  function share(batch: Float64Array, samples: number, first: number, wrongSigns: Uint8Array) {
    const members = { float: [] as number[], exact: [] as number[] };
    for (let sample = 0; sample < samples; sample++) {
      const size = sampleSize(batch, sample * inputs, scales) / unit;
      const wrong = wrongSigns[sample] === 1;
      const fits =
        float !== null &&
        size <= float.reach &&
        (exact === null || isInRange(float.sizes, size)) &&
        (!wrong || float.anySign);
      if (exact === null && float !== null && size > float.reach) throw tooLarge(first + sample);
      const kind = fits || exact === null ? 'float' : 'exact';
      if (kind === 'exact' && float !== null) {
        if (wrong) anyWrong = true;
        else refused = Math.max(refused, size);
      }
      if (wrong && !(fits && float?.anySign)) known = false;
      members[kind].push(sample);
      largest[kind] = Math.max(largest[kind], size);
    }
    return members;
  }

  return {
    *runSteps(batch, samples, first, wrongSigns) {
      const members = share(batch, samples, first, wrongSigns);
      const result = new Float64Array(samples * outputs);
      for (const kind of ['float', 'exact'] as const) {
        const list = members[kind];
        const arithmetic = kind === 'float' ? float : exact;
        if (list.length === 0 || arithmetic === null) continue;
        counts[kind] += list.length;
        if (list.length === samples) {
          result.set(yield* arithmetic.runSteps(batch, samples));
          continue;
        }
        const part = new Float64Array(list.length * inputs);
        list.forEach((sample, index) => {
          part.set(batch.subarray(sample * inputs, (sample + 1) * inputs), index * inputs);
        });
        // What it tells of its own samples is not the batch's.
        const steps = arithmetic.runSteps(part, list.length);
        const values = yield* retold(steps, () => undefined);
        list.forEach((sample, index) => {
          result.set(values.subarray(index * outputs, (index + 1) * outputs), sample * outputs);
        });
      }
      checkOutputs(result, outputs, first);
      return result;
    },
    state() {
      const used = (['float', 'exact'] as const).filter((kind) => counts[kind] > 0);
      let error: Float64Array | null = known ? new Float64Array(outputs) : null;
      for (const kind of used) {
        const bound = (kind === 'float' ? float : exact)?.error ?? null;
        if (bound === null || error === null) error = null;
        else {
          const here = error.map((_, output) => boundAt(bound, output, largest[kind]));
          error = largerBound(error, here);
        }
      }
      const text = used.map((kind) => (kind === 'float' ? float : exact)?.text ?? '');
      const reasons = [
        ...(refused >= 0 && float !== null ? [float.refusal(refused)] : []),
        ...(anyWrong ? ['inputs outside the signs of the domain'] : []),
      ];
      return { ...counts, arithmetic: text.join('; '), reason: reasons.join('; '), error };
    },
  };
}

function tooLarge(sample: number): InputError {
  return new InputError({
    place: `sample ${sample}`,
    problem: 'values computed from it may be beyond float64',
    remedy: 'give smaller inputs',
  });
}
