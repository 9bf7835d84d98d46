/** The segments of a program, split once for the expected signs of its inputs and once for any. */
import type { Steps } from '../../core/steps.js';
import type { InputSign } from '../../target/network.js';
import type { FastSetting } from './fast-options.js';
import { type FloatCandidates, type FloatKind, floatCandidateSteps } from './float-kinds.js';
import { floatReach } from './number-types.js';
import { type Segment, segmentsOfSteps } from './segments.js';

/** What samples are sorted by, which is less than the segments. */
export interface SegmentLimits {
  readonly reach: ReturnType<typeof floatReach>;
  /** Ways to compute in floats that some sample asked for. */
  readonly candidates: FloatCandidates;
}

/** By whether inputs have the expected signs. */
export type KnownLimits = ReadonlyMap<boolean, SegmentLimits>;

export interface SegmentStore {
  /** Those that are there already, for inputs of the expected signs or of any. */
  known(expected: boolean): SegmentLimits | undefined;
  all(): KnownLimits;
  /** The same, made where they are not there; in steps of stage `compile`. */
  limitsSteps(expected: boolean): Steps<SegmentLimits>;
  /** Looks for a way to compute in floats, which is among the limits then. */
  candidateSteps(expected: boolean, kind: FloatKind): Steps<void>;
  /** The segments themselves. */
  segmentsSteps(expected: boolean): Steps<readonly Segment[]>;
}

/** `given` are limits that are known from elsewhere: segments are then made only where they are needed. */
export function segmentStore(setting: FastSetting, given: KnownLimits = new Map()): SegmentStore {
  const { program, inputSigns, inputRoundings, blocks } = setting;
  const made = new Map<boolean, readonly Segment[]>();
  const limits = new Map(given);

  function* segmentsSteps(expected: boolean): Steps<readonly Segment[]> {
    const before = made.get(expected);
    if (before !== undefined) return before;
    const known = program.maps?.channelSigns ?? inputSigns;
    const signs = expected ? known : known.map((): InputSign => 'signed');
    const segments = yield* segmentsOfSteps(program, signs);
    made.set(expected, segments);
    return segments;
  }

  function* limitsSteps(expected: boolean): Steps<SegmentLimits> {
    const before = limits.get(expected);
    if (before !== undefined) return before;
    const segments = yield* segmentsSteps(expected);
    const own = { reach: floatReach(segments, blocks.factors), candidates: new Map() };
    limits.set(expected, own);
    return own;
  }

  return {
    known: (expected) => limits.get(expected),
    all: () => limits,
    segmentsSteps,
    limitsSteps,
    *candidateSteps(expected, kind) {
      const { reach, candidates } = yield* limitsSteps(expected);
      const segments = yield* segmentsSteps(expected);
      const found = yield* floatCandidateSteps(kind, segments, program, inputRoundings);
      limits.set(expected, { reach, candidates: new Map([...candidates, [kind.kind, found]]) });
    },
  };
}
