/**
 * The `fast` engine: the pruned source by additions and subtractions of rows of samples, sharing
 * partial sums (`segments.ts`, `digit-tables.ts`), in the fastest number type that keeps what was
 * asked for (`number-types.ts`). A sample's result depends on that sample only: not on the batch it
 * came in, nor on the kernels (WebAssembly or JavaScript).
 */
import { dyadic, dyadicToNumber } from '../../core/dyadic.js';
import type { InputSign } from '../../target/network.js';
import { exactToNumber, runExact, scaleOutput } from '../exact.js';
import { blockFactors, checkBatch } from '../float.js';
import type { PrunedProgram } from '../pruned-program.js';
import { jsMachines } from './js-kernels.js';
import type { MachineFactory } from './kernels.js';
import { isFloat } from './lane-type.js';
import {
  addsBytesExactly,
  type Exactness,
  floatReach,
  floatType,
  floatTypes,
  inputBits,
  integerTypes,
} from './number-types.js';
import { planSegments, type Types } from './plan.js';
import { planRunner, type Runner } from './runner.js';
import { type Segment, segmentsOf } from './segments.js';
import { hasWasmSimd, wasmMachines } from './wasm-kernels.js';

export type { Exactness };

export interface FastOptions {
  /**
   * `bits`: every output is the exact one, rounded once to float64. `float` (the default): the fastest
   * type; float32 additions in a fixed order where nothing overflows.
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
  /** Runs `samples` inputs (row-major, the constant not among them); `samples` by outputs. */
  run(batch: Float64Array, samples: number): Float64Array;
  /** The arithmetic that the batches so far were computed in, and why. */
  arithmetic(): string;
  /** Additions and subtractions of one number for a sample, tables included; undefined before a plan. */
  additions(): number | undefined;
}

/** Up to this many samples go through one by one: many lanes would mostly be empty. */
const SINGLE_SAMPLES = 3;

/** Beyond this, 64-byte rows and streams are not laid out: the exact engine needs less. */
const MAXIMUM_BYTES = 2 ** 31;

/** An engine for one program. */
export function fastEngine(program: PrunedProgram, options: FastOptions = {}): FastEngine {
  const { inputs, constant, outputs, layers, scale } = program;
  const raw = inputs - (constant ? 1 : 0);
  const { exactness = 'float', divide = 1 } = options;
  const inputSigns = options.inputSigns ?? new Array<InputSign>(raw).fill('nonnegative');
  const machines = options.machines ?? (hasWasmSimd() ? wasmMachines : jsMachines);
  const unit = exactUnit(divide);
  const outputNeurons = layers[layers.length - 1].neurons;
  const blocks = blockFactors(program);
  const used = new Set<string>();

  const known = new Map<boolean, KnownSegments>();
  /** The segments for inputs of the expected signs, or of any. */
  function segmentsFor(expected: boolean): KnownSegments {
    let found = known.get(expected);
    if (found === undefined) {
      const signs = expected ? inputSigns : inputSigns.map((): InputSign => 'signed');
      const segments = segmentsOf(program, signs);
      const reach = floatReach(segments, blocks.factors);
      found = { segments, reach, bytes: addsBytesExactly(segments) };
      known.set(expected, found);
    }
    return found;
  }

  /** For each input the sign that is not expected: -1, +1, or 0 if all are. */
  const unexpected = Float64Array.from(inputSigns, (sign) =>
    sign === 'nonnegative' ? -1 : sign === 'nonpositive' ? 1 : 0,
  );

  /** Looks at a sample: which signs, and which number types. */
  function classify(batch: Float64Array, start: number): SampleClass {
    let largest = constant ? unit : 0;
    let expected = true;
    let integers = true;
    for (let input = 0; input < raw; input++) {
      const value = batch[start + input];
      const size = Math.abs(value);
      if (size > largest) largest = size;
      if (value * unexpected[input] > 0) expected = false;
      if (integers && value !== Math.floor(value)) integers = false;
    }
    const { reach, bytes } = segmentsFor(expected);
    if (exactness === 'bits') {
      const exponent = integers ? 0 : commonExponent(batch, start, raw);
      const bits = inputBits(largest * 2 ** exponent);
      return { expected, exponent, kind: bits ?? 'exact' };
    }
    const type = floatType(reach, largest) ?? 'exact';
    const small = integers && type === 'float32' && bytes && inputBits(largest) === 8;
    return { expected, exponent: 0, kind: small ? 'bytes' : type };
  }

  const runners = new Map<string, Runner | null>();
  /** The runner for a class of samples; null where only the exact engine will do. */
  function runnerFor({ expected, kind }: SampleClass, single: boolean): Runner | null {
    const key = `${expected} ${kind} ${single}`;
    let found = runners.get(key);
    if (found === undefined) {
      const { segments } = segmentsFor(expected);
      let types: Types | null = null;
      if (typeof kind === 'number') types = integerTypes(segments, kind, single);
      else if (kind !== 'exact') {
        const type = kind === 'bytes' ? 'float32' : kind;
        types = floatTypes(segments, type, kind === 'bytes', single);
      }
      if (types?.segments.includes('int64') && !machines.int64) types = null;
      const plan = types === null ? null : planSegments(segments, types, constant);
      found =
        plan !== null && plan.bytes < MAXIMUM_BYTES
          ? planRunner(plan, blocks.factors, machines)
          : null;
      runners.set(key, found);
    }
    return found;
  }

  /** The batch as it is computed with, by classes of samples. */
  function grouped(given: Float64Array, samples: number): [Float64Array, SampleGroup[]] {
    checkBatch(given, samples, raw);
    const batch = unit === divide ? given : given.map((value) => value / divide);
    const groups = new Map<string, SampleGroup>();
    for (let sample = 0; sample < samples; sample++) {
      const sampleClass = classify(batch, sample * raw);
      const key = `${sampleClass.expected} ${sampleClass.kind}`;
      const group = groups.get(key);
      if (group === undefined) {
        groups.set(key, { sampleClass, members: [sample], exponents: [sampleClass.exponent] });
      } else {
        group.members.push(sample);
        group.exponents.push(sampleClass.exponent);
      }
    }
    return [batch, [...groups.values()]];
  }

  function prepare(given: Float64Array, samples: number): void {
    const [, groups] = grouped(given, samples);
    for (const { sampleClass, members } of groups) {
      runnerFor(sampleClass, members.length <= SINGLE_SAMPLES);
    }
  }

  function run(given: Float64Array, samples: number): Float64Array {
    const [batch, groups] = grouped(given, samples);
    const result = new Float64Array(samples * outputs);
    for (const group of groups) runGroup(batch, group, result);
    return result;
  }

  function runGroup(
    batch: Float64Array,
    { sampleClass, members, exponents }: SampleGroup,
    result: Float64Array,
  ): void {
    const runner = runnerFor(sampleClass, members.length <= SINGLE_SAMPLES);
    if (runner === null) {
      runExactly(batch, members, result);
      return;
    }
    const { types } = runner.plan;
    const float = types.segments.some(isFloat);
    used.add(describe(types));
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
    }
  }

  /** An integer output with all scales put back, rounded once. */
  function integerOutput(value: number | bigint, exponent: number): number {
    if (scale.base === 2 && unit === 1) {
      return dyadicToNumber(dyadic(BigInt(value), -scale.exponent - exponent));
    }
    return exactToNumber(scaleOutput(BigInt(value), -exponent, scale, unit));
  }

  function runExactly(batch: Float64Array, members: readonly number[], result: Float64Array): void {
    used.add('BigInt (the values exceed the other types)');
    for (const sample of members) {
      const values = runExact(
        program,
        batch.subarray(sample * raw, (sample + 1) * raw),
        1,
        undefined,
        unit,
      );
      result.set(values.map(exactToNumber), sample * outputs);
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

  return { prepare, run, arithmetic: () => [...used].join('; '), additions };
}

/**
 * A divisor of the inputs that becomes part of the network (see `runExact`): a positive integer below
 * 2^16. Any other is 1 here: the inputs have to be divided beforehand.
 */
export function exactUnit(divide: number): number {
  return Number.isInteger(divide) && divide > 0 && divide < 2 ** 16 ? divide : 1;
}

interface KnownSegments {
  readonly segments: readonly Segment[];
  readonly reach: ReturnType<typeof floatReach>;
  /** Whether 8-bit inputs may be added in int16 first. */
  readonly bytes: boolean;
}

interface SampleClass {
  /** Whether all inputs have the expected signs. */
  readonly expected: boolean;
  /** The sample times `2^exponent` is integers (where bits are asked for). */
  readonly exponent: number;
  /** Bits of integers, a float type, 8-bit integers computed in floats, or none of them. */
  readonly kind: number | 'float32' | 'float64' | 'bytes' | 'exact';
}

/** Samples of one class. */
interface SampleGroup {
  readonly sampleClass: SampleClass;
  readonly members: number[];
  readonly exponents: number[];
}

function describe({ inputs, segments }: Types): string {
  const types = [...new Set([inputs, ...segments])];
  const exact = types.some(isFloat) ? '' : ', exact';
  return `additions and subtractions in ${types.join(', then ')}${exact}`;
}

/** Least exponent by which all values become integers. */
function commonExponent(batch: Float64Array, start: number, inputs: number): number {
  let exponent = 0;
  for (let index = start; index < start + inputs; index++) {
    let value = batch[index] * 2 ** exponent;
    while (value !== Math.floor(value)) {
      value *= 2;
      exponent++;
      // No integer type reaches this far: the exact engine takes over.
      if (exponent > 1000) return exponent;
    }
  }
  return exponent;
}
