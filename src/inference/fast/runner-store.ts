/** The runners of a fast engine, one for each class of samples, made when it is first needed. */
import { retold, type Steps } from '../../core/steps.js';
import type { FastSetting } from './fast-options.js';
import { FLOAT_KINDS, type FloatKind } from './float-kinds.js';
import { floatTypes, integerTypes } from './number-types.js';
import { type Plan, planSegmentsSteps, type Types } from './plan.js';
import type { SegmentStore } from './ready-segments.js';
import { planRunner, type Runner } from './runner.js';
import type { SampleClass } from './sample-classes.js';
import type { Segment } from './segments.js';

/** Beyond this, 64-byte rows and streams are not laid out: the exact engine needs less. */
export const MAXIMUM_BYTES = 2 ** 31;

/** How a network of one kind is laid out and run; a layout can be given to another thread. */
export interface RunnerMaker<Layout> {
  /** Lays segments out in these types; null where that takes too much memory. */
  readonly layoutSteps: (
    setting: FastSetting,
    segments: readonly Segment[],
    types: Types,
  ) => Steps<Layout | null>;
  readonly runner: (setting: FastSetting, layout: Layout) => Runner;
}

export interface RunnerStore<Layout> {
  /**
   * The runner for a class of samples, many at a time or one by one; null where only the exact engine
   * will do. In steps of stage `compile`.
   */
  readySteps(sampleClass: SampleClass, single: boolean): Steps<Runner | null>;
  /** What the runners so far were made from, by names of their classes. */
  layouts(): ReadonlyMap<string, Layout | null>;
  /** Of the first runner; undefined before there is one. */
  additions(): number | undefined;
}

export const VECTOR_RUNNERS: RunnerMaker<Plan> = {
  *layoutSteps({ program }, segments, types) {
    const plan = yield* planSegmentsSteps(segments, types, program.constant);
    return plan.bytes < MAXIMUM_BYTES ? plan : null;
  },
  runner: ({ machines, blocks }, plan) => planRunner(plan, blocks.factors, machines),
};

/** `given` are layouts that were made elsewhere. */
export function runnerStore<Layout>(
  setting: FastSetting,
  store: SegmentStore,
  maker: RunnerMaker<Layout>,
  given: ReadonlyMap<string, Layout | null> = new Map(),
): RunnerStore<Layout> {
  const { program, machines } = setting;
  const layouts = new Map(given);
  const runners = new Map<string, Runner | null>();

  function* layOut({ expected, kind }: SampleClass, single: boolean): Steps<Layout | null> {
    const segments = yield* store.segmentsSteps(expected);
    const fixed = store.known(expected)?.candidates.get(kind as FloatKind['kind'])?.fixed;
    const types = typesFor(segments, kind, single, fixed ?? []);
    if (types === null || (types.segments.includes('int64') && !machines.int64)) return null;
    const total = program.layers.length;
    return yield* retold(maker.layoutSteps(setting, segments, types), (progress) => ({
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
      let layout = layouts.get(key);
      if (layout === undefined) {
        layout = yield* layOut(sampleClass, single);
        layouts.set(key, layout);
      }
      const runner = layout === null ? null : maker.runner(setting, layout);
      runners.set(key, runner);
      return runner;
    },
    layouts: () => layouts,
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
  fixed: readonly number[],
): Types | null {
  if (typeof kind === 'number') return integerTypes(segments, kind, single);
  if (kind === 'exact') return null;
  const { type, bytes } = FLOAT_KINDS.find((each) => each.kind === kind) as FloatKind;
  return floatTypes(segments, type, bytes, single, fixed);
}
