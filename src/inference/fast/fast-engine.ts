/**
 * The `fast` engine: the pruned source by additions and subtractions of rows of samples, sharing
 * partial sums (`segments.ts`, `digit-tables.ts`), in the fastest number type that keeps what was
 * asked for (`number-types.ts`). A sample's result depends on that sample only: not on the batch it
 * came in, nor on the kernels (WebAssembly or JavaScript).
 */
import { checkList, checkOneOf, checkPositive } from '../../core/arguments.js';
import { dyadic, dyadicToNumber } from '../../core/dyadic.js';
import { UsageError } from '../../core/errors.js';
import { complete, retold, type Steps } from '../../core/steps.js';
import type { InputSign } from '../../target/network.js';
import { blockFactors } from '../block-factors.js';
import { exactToNumber, runExact, scaleOutput } from '../exact.js';
import { checkBatch, checkOutputs } from '../float.js';
import { checkProgram, type PrunedProgram } from '../pruned-program.js';
import { boundAt, isInRange, largerBound, roundedOnce, sampleSize } from '../sample-size.js';
import {
  FLOAT_KINDS,
  type FloatCandidate,
  type FloatKind,
  floatCandidateSteps,
  whyNoFaster,
} from './float-kinds.js';
import { jsMachines } from './js-kernels.js';
import type { MachineFactory } from './kernels.js';
import { isFloat } from './lane-type.js';
import {
  type Exactness,
  floatHolds,
  floatReach,
  floatTypes,
  inputBits,
  integerTypes,
} from './number-types.js';
import { type Plan, planSegmentsSteps, type Types } from './plan.js';
import { planRunner, type Runner } from './runner.js';
import { type Segment, segmentsOfSteps } from './segments.js';
import { hasWasmSimd, wasmMachines } from './wasm-kernels.js';

export type { Exactness };

export interface FastOptions {
  /**
   * `bits`: every output is the exact one, rounded once to float64. `float` (the default): the fastest
   * type whose rounding error provably is at most the error that evaluating the integer network in
   * float32 could have, at every output and for samples of that size (`PrunedProgram.float32`).
   */
  readonly exactness?: Exactness;
  /** Signs that most inputs have (those of the ticket's domain); others work too, but slower. */
  readonly inputSigns?: readonly InputSign[];
  /**
   * The inputs are the batch divided by this, 1 by default. By a positive integer below 2^16 exactly,
   * as part of the network; by anything else in float64, beforehand.
   */
  readonly divide?: number;
  /** The kernels; WebAssembly where it has SIMD, else JavaScript. */
  readonly machines?: MachineFactory;
}

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
  /** The same in steps; making ready is of stage `compile`, counted in layers. */
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

/** Beyond this, 64-byte rows and streams are not laid out: the exact engine needs less. */
const MAXIMUM_BYTES = 2 ** 31;

/** An engine for one program. */
export function fastEngine(program: PrunedProgram, options: FastOptions = {}): FastEngine {
  checkProgram(program);
  const { inputs, constant, outputs, layers, scale } = program;
  const raw = inputs - (constant ? 1 : 0);
  const { exactness = 'float', divide = 1 } = options;
  const inputSigns = options.inputSigns ?? new Array<InputSign>(raw).fill('nonnegative');
  checkOneOf('exactness', exactness, ['float', 'bits']);
  checkPositive('divide', divide);
  checkSigns(inputSigns, raw);
  const machines = options.machines ?? (hasWasmSimd() ? wasmMachines : jsMachines);
  const unit = exactUnit(divide);
  const outputNeurons = layers[layers.length - 1].neurons;
  const blocks = blockFactors(program);
  const inputRoundings = unit === divide ? 0 : 1;
  const onceRounded = roundedOnce(program.float32.sizes, inputRoundings);
  /** What the batches so far were computed in, with the largest sample of each. */
  const used = new Map<string, Used>();

  const known = new Map<boolean, KnownSegments>();
  /** The segments for inputs of the expected signs, or of any. */
  function* segmentsFor(expected: boolean): Steps<KnownSegments> {
    let found = known.get(expected);
    if (found === undefined) {
      const signs = expected ? inputSigns : inputSigns.map((): InputSign => 'signed');
      const segments = yield* segmentsOfSteps(program, signs);
      const reach = floatReach(segments, blocks.factors);
      const candidates =
        exactness === 'bits' ? [] : yield* floatCandidateSteps(segments, program, inputRoundings);
      found = { segments, reach, candidates };
      known.set(expected, found);
    }
    return found;
  }

  /** For each input the sign that is not expected: -1, +1, or 0 if all are. */
  const unexpected = Float64Array.from(inputSigns, (sign) =>
    sign === 'nonnegative' ? -1 : sign === 'nonpositive' ? 1 : 0,
  );

  /** Looks at a sample: which signs, and which number types. */
  function* classify(batch: Float64Array, start: number): Steps<SampleClass> {
    let largest = constant ? unit : 0;
    let expected = true;
    let integers = true;
    for (let input = 0; input < raw; input++) {
      const value = batch[start + input];
      const magnitude = Math.abs(value);
      if (magnitude > largest) largest = magnitude;
      if (value * unexpected[input] > 0) expected = false;
      if (integers && value !== Math.floor(value)) integers = false;
    }
    const size = sampleSize(batch, start, program.scales) / unit;
    const { reach, candidates } = known.get(expected) ?? (yield* segmentsFor(expected));
    if (exactness === 'bits') {
      const exponent = integers ? 0 : commonExponent(batch, start, raw);
      if (exponent === null) return { expected, exponent: 0, size, kind: 'exact' };
      const bits = inputBits(largest * 2 ** exponent);
      return { expected, exponent, size, kind: bits ?? 'exact' };
    }
    const small = integers && inputBits(largest) === 8;
    const found = candidates.find(
      ({ type, bytes, bound, sizes }) =>
        (small || !bytes) &&
        floatHolds(type, reach, largest) &&
        size <= bound.reach &&
        isInRange(sizes, size),
    );
    return { expected, exponent: 0, size, kind: found?.kind ?? 'exact' };
  }

  const runners = new Map<string, Runner | null>();
  /** The runner for a class of samples; null where only the exact engine will do. */
  function* runnerFor({ expected, kind }: SampleClass, single: boolean): Steps<Runner | null> {
    const key = `${expected} ${kind} ${single}`;
    let found = runners.get(key);
    if (found === undefined) {
      const { segments } = yield* segmentsFor(expected);
      let types: Types | null = null;
      if (typeof kind === 'number') types = integerTypes(segments, kind, single);
      else if (kind !== 'exact') {
        const { type, bytes } = FLOAT_KINDS.find((each) => each.kind === kind) as FloatKind;
        types = floatTypes(segments, type, bytes, single);
      }
      if (types?.segments.includes('int64') && !machines.int64) types = null;
      const plan = types === null ? null : yield* planFor(segments, types);
      found =
        plan !== null && plan.bytes < MAXIMUM_BYTES
          ? planRunner(plan, blocks.factors, machines)
          : null;
      runners.set(key, found);
    }
    return found;
  }

  function* planFor(segments: readonly Segment[], types: Types): Steps<Plan> {
    const total = layers.length;
    return yield* retold(planSegmentsSteps(segments, types, constant), (progress) => ({
      ...progress,
      done: (progress.done * total) / progress.total,
      total,
    }));
  }

  /** The batch as it is computed with, by classes of samples. */
  function* grouped(given: Float64Array, samples: number): Steps<[Float64Array, SampleGroup[]]> {
    checkBatch(given, samples, raw);
    const batch = unit === divide ? given : given.map((value) => value / divide);
    const groups = new Map<string, SampleGroup>();
    for (let sample = 0; sample < samples; sample++) {
      const sampleClass = yield* classify(batch, sample * raw);
      const key = `${sampleClass.expected} ${sampleClass.kind}`;
      const group = groups.get(key);
      if (group === undefined) {
        const { exponent, size } = sampleClass;
        groups.set(key, { sampleClass, members: [sample], exponents: [exponent], size });
      } else {
        group.members.push(sample);
        group.exponents.push(sampleClass.exponent);
        group.size = Math.max(group.size, sampleClass.size);
      }
    }
    return [batch, [...groups.values()]];
  }

  function* prepareSteps(given: Float64Array, samples: number): Steps<void> {
    const [, groups] = yield* grouped(given, samples);
    for (const { sampleClass, members } of groups) {
      yield* runnerFor(sampleClass, members.length <= SINGLE_SAMPLES);
    }
  }

  function* runSteps(given: Float64Array, samples: number, first = 0): Steps<Float64Array> {
    const [batch, groups] = yield* grouped(given, samples);
    const result = new Float64Array(samples * outputs);
    for (const group of groups) yield* runGroup(batch, group, result);
    checkOutputs(result, outputs, first);
    return result;
  }

  function use(text: string, kind: SampleClass['kind'], { sampleClass, size }: SampleGroup): void {
    const key = `${text} ${sampleClass.expected} ${kind}`;
    const before = used.get(key)?.size ?? 0;
    const { expected } = sampleClass;
    used.set(key, { text, kind, expected, size: Math.max(before, size) });
  }

  function* runGroup(
    batch: Float64Array,
    sampleGroup: SampleGroup,
    result: Float64Array,
  ): Steps<void> {
    const { sampleClass, members, exponents } = sampleGroup;
    const runner = yield* runnerFor(sampleClass, members.length <= SINGLE_SAMPLES);
    if (runner === null) {
      use('BigInt additions and subtractions', 'exact', sampleGroup);
      yield* runExactly(batch, members, result);
      return;
    }
    const { types } = runner.plan;
    const float = types.segments.some(isFloat);
    use(describe(types), sampleClass.kind, sampleGroup);
    for (let from = 0; from < members.length; from += runner.lanes) {
      const group = members.slice(from, from + runner.lanes);
      const shifts = exponents.slice(from, from + runner.lanes);
      const lanes = {
        batch,
        starts: group.map((sample) => sample * raw),
        factors: shifts.map((exponent) => 2 ** exponent),
        unit,
      };
      runner.run(lanes, (output, lane, value) => {
        result[group[lane] * outputs + outputNeurons[output]] = float
          ? (Number(value) * blocks.last) / unit
          : integerOutput(value, shifts[lane]);
      });
      yield;
    }
  }

  /** An integer output with all scales put back, rounded once. */
  function integerOutput(value: number | bigint, exponent: number): number {
    if (scale.base === 2 && unit === 1) {
      return dyadicToNumber(dyadic(BigInt(value), -scale.exponent - exponent));
    }
    return exactToNumber(scaleOutput(BigInt(value), -exponent, scale, unit));
  }

  function* runExactly(
    batch: Float64Array,
    members: readonly number[],
    result: Float64Array,
  ): Steps<void> {
    for (const sample of members) {
      const values = runExact(program, batch.subarray(sample * raw, (sample + 1) * raw), 1, unit);
      result.set(values.map(exactToNumber), sample * outputs);
      yield;
    }
  }

  function additions(): number | undefined {
    for (const runner of runners.values()) {
      if (runner === null) continue;
      const { tables, digits, terms } = runner.plan.additions;
      return tables + digits + terms;
    }
    return undefined;
  }

  function candidateOf({ kind, expected }: Used): FloatCandidate | undefined {
    return known.get(expected)?.candidates.find((each) => each.kind === kind);
  }

  function error(): Float64Array {
    let most: Float64Array = new Float64Array(outputs);
    for (const each of used.values()) {
      const bound = candidateOf(each)?.bound.error ?? onceRounded;
      const here = most.map((_, output) => boundAt(bound, output, each.size));
      most = largerBound(most, here);
    }
    return most;
  }

  /** Why the largest samples got no faster type: the worst of the outputs, in numbers. */
  function reason(): string {
    const reasons = new Set<string>();
    for (const each of used.values()) {
      if (exactness === 'bits') {
        if (each.kind === 'exact') reasons.add('the values exceed int64');
        continue;
      }
      const candidates = known.get(each.expected)?.candidates ?? [];
      for (const reason of whyNoFaster(each.kind, each.size, candidates, program)) {
        reasons.add(reason);
      }
    }
    return [...reasons].join('; ');
  }

  const arithmetic = (): string =>
    [...new Set(Array.from(used.values(), ({ text }) => text))].join('; ');
  return {
    prepare: (batch, samples) => complete(prepareSteps(batch, samples)),
    run: (batch, samples, first) => complete(runSteps(batch, samples, first)),
    ...{ prepareSteps, runSteps, arithmetic, reason, error, additions },
  };
}

/**
 * A divisor of the inputs that becomes part of the network (see `runExact`): a positive integer below
 * 2^16. Any other is 1 here: the inputs have to be divided beforehand.
 */
export function exactUnit(divide: number): number {
  return Number.isInteger(divide) && divide > 0 && divide < 2 ** 16 ? divide : 1;
}

function checkSigns(signs: readonly InputSign[], inputs: number): void {
  checkList('inputSigns', signs);
  if (signs.length !== inputs) {
    throw new UsageError(`inputSigns: ${signs.length} signs for ${inputs} inputs`);
  }
  for (const sign of signs) {
    checkOneOf('inputSigns', sign, ['signed', 'nonnegative', 'nonpositive']);
  }
}

interface KnownSegments {
  readonly segments: readonly Segment[];
  readonly reach: ReturnType<typeof floatReach>;
  readonly candidates: readonly FloatCandidate[];
}

interface SampleClass {
  /** Whether all inputs have the expected signs. */
  readonly expected: boolean;
  /** The sample times `2^exponent` is integers (where bits are asked for). */
  readonly exponent: number;
  /** See `sampleSize`; of the inputs after their division. */
  readonly size: number;
  /** Bits of integers, a way in floats, or none of them. */
  readonly kind: number | FloatKind['kind'] | 'exact';
}

/** Samples of one class, and the size of the largest. */
interface SampleGroup {
  readonly sampleClass: SampleClass;
  readonly members: number[];
  readonly exponents: number[];
  size: number;
}

/** An arithmetic that was used, up to that size of samples. */
interface Used {
  readonly text: string;
  readonly kind: SampleClass['kind'];
  readonly expected: boolean;
  readonly size: number;
}

function describe({ inputs, segments }: Types): string {
  const types = [...new Set([inputs, ...segments])];
  const exact = types.some(isFloat) ? '' : ', exact';
  return `additions and subtractions in ${types.join(', then ')}${exact}`;
}

/** Beyond this a factor `2^exponent` and its inverse would leave float64. */
const LARGEST_EXPONENT = 1000;

/** Least exponent by which all values become integers; null beyond `LARGEST_EXPONENT`. */
function commonExponent(batch: Float64Array, start: number, inputs: number): number | null {
  let exponent = 0;
  for (let index = start; index < start + inputs; index++) {
    let value = batch[index] * 2 ** exponent;
    while (value !== Math.floor(value)) {
      value *= 2;
      exponent++;
      if (exponent > LARGEST_EXPONENT) return null;
    }
  }
  return exponent;
}
