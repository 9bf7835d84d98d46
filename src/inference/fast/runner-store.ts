/** The runners of a fast engine, one for each class of samples, made when it is first needed. */
import { retold, type Steps } from '../../core/steps.js';
import type { FastSetting } from './fast-options.js';
import { FLOAT_KINDS, type FloatKind } from './float-kinds.js';
import { floatTypes, integerTypes } from './number-types.js';
import { planSegmentsSteps, type Types } from './plan.js';
import type { SegmentStore } from './ready-segments.js';
import { planRunner, type Runner } from './runner.js';
import type { SampleClass } from './sample-classes.js';
import type { Segment } from './segments.js';

/** Beyond this, 64-byte rows and streams are not laid out: the exact engine needs less. */
export const MAXIMUM_BYTES = 2 ** 31;

export interface RunnerStore {
  /**
   * The runner for a class of samples, many at a time or one by one; null where only the exact engine
   * will do. In steps of stage `compile`.
   */
  readySteps(sampleClass: SampleClass, single: boolean): Steps<Runner | null>;
  /** Of the first runner; undefined before there is one. */
  additions(): number | undefined;
}

/** Lays segments out in these types; null where that takes too much memory. */
export type MakeRunner = (
  setting: FastSetting,
  segments: readonly Segment[],
  types: Types,
) => Steps<Runner | null>;

export function* vectorRunnerSteps(
  { program, machines, blocks }: FastSetting,
  segments: readonly Segment[],
  types: Types,
): Steps<Runner | null> {
  const plan = yield* planSegmentsSteps(segments, types, program.constant);
  return plan.bytes < MAXIMUM_BYTES ? planRunner(plan, blocks.factors, machines) : null;
}

export function runnerStore(
  setting: FastSetting,
  store: SegmentStore,
  runnerSteps: MakeRunner,
): RunnerStore {
  const { program, machines } = setting;
  const runners = new Map<string, Runner | null>();

  function* make({ expected, kind }: SampleClass, single: boolean): Steps<Runner | null> {
    const { segments } = yield* store.readySteps(expected);
    const types = typesFor(segments, kind, single);
    if (types === null || (types.segments.includes('int64') && !machines.int64)) return null;
    const total = program.layers.length;
    return yield* retold(runnerSteps(setting, segments, types), (progress) => ({
      ...progress,
      done: (progress.done * total) / progress.total,
      total,
    }));
  }

  return {
    *readySteps(sampleClass, single) {
      const key = `${sampleClass.expected} ${sampleClass.kind} ${single}`;
      const before = runners.get(key);
      if (before !== undefined) return before;
      const runner = yield* make(sampleClass, single);
      runners.set(key, runner);
      return runner;
    },
    additions() {
      for (const runner of runners.values()) {
        if (runner !== null) return runner.additions;
      }
      return undefined;
    },
  };
}

/** The number types of a class; null where no type holds its values. */
function typesFor(
  segments: readonly Segment[],
  kind: SampleClass['kind'],
  single: boolean,
): Types | null {
  if (typeof kind === 'number') return integerTypes(segments, kind, single);
  if (kind === 'exact') return null;
  const { type, bytes } = FLOAT_KINDS.find((each) => each.kind === kind) as FloatKind;
  return floatTypes(segments, type, bytes, single);
}
