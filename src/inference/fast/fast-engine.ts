/**
 * The `fast` engine: the pruned source by additions and subtractions of rows of samples, sharing
 * partial sums (`segments.ts`, `digit-tables.ts`), in the fastest number type that keeps what was
 * asked for (`number-types.ts`). A sample's result depends on that sample only: not on the batch it
 * came in, nor on the kernels (WebAssembly or JavaScript).
 */
import { dyadic, dyadicToNumber } from '../../core/dyadic.js';
import { complete, counted, retold, type Steps } from '../../core/steps.js';
import type { OutputScale } from '../../integer/integer-network.js';
import { exactToNumber, roundedSteps, runExactSteps, scaleOutput } from '../exact.js';
import { checkOutputs } from '../float.js';
import type { PrunedProgram } from '../pruned-program.js';
import { type FastOptions, type FastSetting, fastSetting } from './fast-options.js';
import { isFloat } from './lane-type.js';
import type { Exactness } from './number-types.js';
import type { Plan } from './plan.js';
import { type KnownLimits, segmentStore } from './ready-segments.js';
import type { Runner } from './runner.js';
import { type RunnerMaker, runnerStore, VECTOR_RUNNERS } from './runner-store.js';
import { type SampleGroup, sampleSorter } from './sample-classes.js';
import { typesInWords, usedArithmetic } from './used-arithmetic.js';

export type { Exactness, FastOptions };

export interface FastEngine {
  /**
   * Makes ready for samples like these in batches of this size, so that the first `run` takes no longer
   * than the others. Without it plans are made when a sample first needs them.
   */
  prepare(batch: Float64Array, samples: number): void;
  /** The same in steps of stage `compile`, counted in layers. */
  prepareSteps(batch: Float64Array, samples: number): Steps<void>;
  /**
   * Runs `samples` inputs (row-major, the constant not among them); `samples` by outputs, all finite:
   * an `InputError` names the first sample, counted from `first`, whose exact output is beyond float64.
   */
  run(batch: Float64Array, samples: number, first?: number): Float64Array;
  /** The same in steps of stage `run`; making ready is of stage `compile`, counted in layers. */
  runSteps(batch: Float64Array, samples: number, first?: number): Steps<Float64Array>;
  /** The arithmetic that the batches so far were computed in. */
  arithmetic(): string;
  /** Why it was no faster type; empty where it was the fastest. */
  reason(): string;
  /** How far any output of the batches so far may be from the exact one, output by output. */
  error(): Float64Array;
  /** Additions and subtractions of one number for a sample, tables included; undefined before a plan. */
  additions(): number | undefined;
}

/** Up to this many samples go through one by one: many lanes would mostly be empty. */
const SINGLE_SAMPLES = 3;

/** What an engine has made ready so far: another one of the same program need not make it again. */
export interface Prepared<Layout> {
  readonly limits: KnownLimits;
  readonly layouts: ReadonlyMap<string, Layout | null>;
}

export interface SharedEngine<Layout> extends FastEngine {
  prepared(): Prepared<Layout>;
}

/** How the networks of a kind are laid out, and run exactly. */
export interface FastKind<Layout> {
  readonly runners: RunnerMaker<Layout>;
  readonly exactSteps: typeof runExactSteps;
  /** Whether a few samples go through one by one. */
  readonly singles: boolean;
}

const VECTORS: FastKind<Plan> = {
  runners: VECTOR_RUNNERS,
  exactSteps: runExactSteps,
  singles: true,
};

/** An engine for one program. */
export function fastEngine(program: PrunedProgram, options: FastOptions = {}): FastEngine {
  return vectorFastEngine(program, options);
}

/** The same, which may begin with what another one has made ready. */
export function vectorFastEngine(
  program: PrunedProgram,
  options: FastOptions,
  prepared?: Prepared<Plan>,
): SharedEngine<Plan> {
  return fastEngineOf(program, options, VECTORS, prepared);
}

/** The same for a network of any kind. */
export function fastEngineOf<Layout>(
  program: PrunedProgram,
  options: FastOptions,
  kind: FastKind<Layout>,
  prepared?: Prepared<Layout>,
): SharedEngine<Layout> {
  const setting = fastSetting(program, options);
  const { outputs } = program;
  const store = segmentStore(setting, prepared?.limits);
  const sorted = sampleSorter(setting, store);
  const runners = runnerStore(setting, store, kind.runners, prepared?.layouts);
  const used = usedArithmetic(setting, store);
  const runnerSteps = ({ sampleClass, members }: SampleGroup): Steps<Runner | null> =>
    runners.readySteps(sampleClass, kind.singles && members.length <= SINGLE_SAMPLES);

  function* prepareSteps(given: Float64Array, samples: number): Steps<void> {
    const { groups } = yield* sorted(given, samples);
    for (const group of groups) yield* runnerSteps(group);
  }

  function* runSteps(given: Float64Array, samples: number, first = 0): Steps<Float64Array> {
    const { batch, groups } = yield* sorted(given, samples);
    const result = new Float64Array(samples * outputs);
    let before = 0;
    for (const group of groups) {
      const runner = yield* runnerSteps(group);
      const { sampleClass, members } = group;
      if (runner !== null) used.add(typesInWords(runner.types), sampleClass.kind, group);
      else used.add('BigInt additions and subtractions', 'exact', group);
      const steps =
        runner === null
          ? runExactly(setting, kind, batch, group, result)
          : runLanes(setting, runner, batch, group, result);
      yield* retold(steps, (progress) => ({
        ...progress,
        done: before + progress.done,
        total: samples,
      }));
      before += members.length;
    }
    checkOutputs(result, outputs, first);
    return result;
  }

  return {
    prepare: (batch, samples) => complete(prepareSteps(batch, samples)),
    prepareSteps,
    run: (batch, samples, first) => complete(runSteps(batch, samples, first)),
    runSteps,
    arithmetic: used.arithmetic,
    reason: used.reason,
    error: used.error,
    additions: runners.additions,
    prepared: () => ({ limits: store.all(), layouts: runners.layouts() }),
  };
}

/** A group of samples, as many at a time as the runner has lanes; into their places in the result. */
function* runLanes(
  { program, raw, unit, blocks }: FastSetting,
  runner: Runner,
  batch: Float64Array,
  { members, exponents }: SampleGroup,
  result: Float64Array,
): Steps<void> {
  const { layers, outputs, scale } = program;
  const outputNeurons = layers[layers.length - 1].neurons;
  const float = runner.types.segments.some(isFloat);
  const area = program.maps?.area ?? 1;
  for (let from = 0; from < members.length; from += runner.lanes) {
    const group = members.slice(from, from + runner.lanes);
    const shifts = exponents.slice(from, from + runner.lanes);
    const lanes = {
      batch,
      starts: group.map((sample) => sample * raw),
      factors: shifts.map((exponent) => 2 ** exponent),
      unit,
    };
    yield* runner.runSteps(lanes, (output, lane, value, position) => {
      result[group[lane] * outputs + outputNeurons[output] * area + position] = float
        ? (Number(value) * blocks.last) / unit
        : integerOutput(value, shifts[lane], scale, unit);
    });
    yield { stage: 'run', done: from + group.length, total: members.length };
  }
}

/** An integer output with all scales put back, rounded once. */
function integerOutput(
  value: number | bigint,
  exponent: number,
  scale: OutputScale,
  unit: number,
): number {
  if (scale.base === 2 && unit === 1) {
    return dyadicToNumber(dyadic(BigInt(value), -scale.exponent - exponent));
  }
  return exactToNumber(scaleOutput(BigInt(value), -exponent, scale, unit));
}

/** A group of samples in exact arithmetic. */
function* runExactly(
  { program, raw, unit }: FastSetting,
  { exactSteps }: Pick<FastKind<unknown>, 'exactSteps'>,
  batch: Float64Array,
  { members }: SampleGroup,
  result: Float64Array,
): Steps<void> {
  for (const [index, sample] of members.entries()) {
    const input = batch.subarray(sample * raw, (sample + 1) * raw);
    const exact = counted(exactSteps(program, input, 1, unit), () => undefined);
    result.set(yield* roundedSteps(exact), sample * program.outputs);
    yield { stage: 'run', done: index + 1, total: members.length };
  }
}
