/** The segments of a program, split once for the expected signs of its inputs and once for any. */
import type { Steps } from '../../core/steps.js';
import type { InputSign } from '../../target/network.js';
import type { FastSetting } from './fast-options.js';
import { type FloatCandidate, floatCandidateSteps } from './float-kinds.js';
import { floatReach } from './number-types.js';
import { type Segment, segmentsOfSteps } from './segments.js';

export interface ReadySegments {
  readonly segments: readonly Segment[];
  readonly reach: ReturnType<typeof floatReach>;
  /** Ways to compute in floats, the fastest first; none where bits are asked for. */
  readonly candidates: readonly FloatCandidate[];
}

export interface SegmentStore {
  /** Those that are there already, for inputs of the expected signs or of any. */
  known(expected: boolean): ReadySegments | undefined;
  /** The same, made where they are not there; in steps of stage `compile`. */
  readySteps(expected: boolean): Steps<ReadySegments>;
}

export function segmentStore(setting: FastSetting): SegmentStore {
  const { program, exactness, inputSigns, inputRoundings, blocks } = setting;
  const made = new Map<boolean, ReadySegments>();
  return {
    known: (expected) => made.get(expected),
    *readySteps(expected) {
      const before = made.get(expected);
      if (before !== undefined) return before;
      const known = program.maps?.channelSigns ?? inputSigns;
      const signs = expected ? known : known.map((): InputSign => 'signed');
      const segments = yield* segmentsOfSteps(program, signs);
      const reach = floatReach(segments, blocks.factors);
      const candidates =
        exactness === 'bits' ? [] : yield* floatCandidateSteps(segments, program, inputRoundings);
      const ready = { segments, reach, candidates };
      made.set(expected, ready);
      return ready;
    },
  };
}
