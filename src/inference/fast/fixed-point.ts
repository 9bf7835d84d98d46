/**
 * Block floating point: planes of float64 become integers of 32 bits, each sample's in a unit of its own, a
 * power of two so small that whatever a block's digits add up of them stays below 2^31. Sums of digits are exact
 * then, in rows of half the bytes. What it costs is bounded: each value is rounded once, to half a unit.
 *
 * A row of digits is at most `most` of each value, so it stays in range where
 * `most (values / unit + count / 2) < 2^31`, with the sum of a sample's values and how many they are.
 */

import { product, up } from '../float-format.js';
import { type SizeBound, zeroBound } from '../sample-size.js';
import type { Machine } from './kernels.js';
import { LANE_BYTES, ROW_BYTES, vectorParts } from './lane-type.js';
import type { Segment } from './segments.js';
import {
  advance,
  type Code,
  countDown,
  doWhile,
  i32Add,
  i32Const,
  i32Load,
  i32Multiply,
  localGet,
  localSet,
  simd,
  TYPE,
  vectorLoad,
  type WasmFunction,
} from './wasm-module.js';
import { eachPart } from './wasm-sums.js';

/** How large the integers may be. */
const LARGEST = 2 ** 31 - 1;

/** Values are more than this many only where their halves would not leave room for themselves. */
const MOST_HALVES = 2 ** 28;

/** Units are between the inverse of this and this, so that they and what is in them are float64. */
const LEAST_UNIT = 2 ** -900;

/** How often a row of digits holds a column at most, and how many columns there are. */
export interface DigitExtent {
  readonly most: number;
  readonly count: number;
}

/** Of a segment; null where integers of 32 bits would not hold its digits. */
export function digitExtent({ rows, columns }: Segment): DigitExtent | null {
  let most = 1;
  for (const { digits } of rows) {
    for (let at = 1; at < digits.length; at += 2) {
      most = Math.max(most, Math.abs(digits[at] as number));
    }
  }
  return most * columns <= MOST_HALVES ? { most, count: columns } : null;
}

/** Covers what is rounded where a sample's values are added up: no plane holds more than 2^24 of them. */
const SLACK = 1 + 2 ** -28;

/** The largest unit's inverse for values that add up to `sum` at most: a power of two. */
export function unitInverse(sum: number, { most, count }: DigitExtent): number {
  if (sum === 0) return 1;
  const room = (LARGEST - most * count) / (most * sum * SLACK);
  let inverse = 2 ** Math.floor(Math.log2(Math.min(room, 1 / LEAST_UNIT)));
  // A logarithm may be rounded up to the next whole number.
  while (inverse > room) inverse /= 2;
  return inverse;
}

/**
 * Whether a block's rounding is worth it: a column's takes as long as some additions, and so does making a row's
 * sum a float64, which rows of half the bytes must make up for (measured on whole networks).
 */
export function paysRounding({ rows, columns }: Segment): boolean {
  let additions = 0;
  for (const { digits } of rows) {
    for (let at = 1; at < digits.length; at += 2) additions += Math.abs(digits[at] as number);
  }
  return additions >= ADDITIONS_A_COLUMN * columns + ADDITIONS_A_ROW * rows.length;
}

const ADDITIONS_A_COLUMN = 4;
const ADDITIONS_A_ROW = 8;

/** How far rounding may move each column, for columns that add up to these sizes: half of twice the least unit that is taken. */
export function fixedErrors(sizes: SizeBound, { most, count }: DigitExtent): SizeBound {
  const errors = zeroBound(count);
  for (const part of ['perSize', 'constant'] as const) {
    const sum = up(
      sizes[part].reduce((all, size) => all + size, 0),
      4 * count,
    );
    // A sample's own sum may be rounded up, and is taken for more than it is.
    const unit = up((product(most, sum) * SLACK ** 2) / (LARGEST - most * count), 8);
    errors[part].fill(part === 'constant' ? unit + LEAST_UNIT : unit);
  }
  return errors;
}

interface FixedModule {
  /** Of `rows` rows of lanes, what `channels` of them, `step` bytes apart, add up without regard to signs. */
  magnitudes(from: number, rows: number, channels: number, step: number, to: number): void;
  /**
   * Rounds `rows` rows of float64 in units whose inverses lie at `inverses`, one for each of `samples`, over and
   * over and one row more of them, and writes them as rows of integers, which may lie over those that are read.
   */
  round(from: number, rows: number, to: number, inverses: number, samples: number): void;
  /** Multiplies each row of a stream of addresses by the row of numbers at `factors`. */
  scale(stream: number, end: number, factors: number): void;
}

/** The kernels on a machine's memory. */
export function fixedKernels(machine: Machine): FixedModule {
  return machine.further<FixedModule>(
    'fixed point',
    () => [magnitudes(), round(), scale()],
    inJavaScript,
  );
}

/** Added and subtracted, it rounds a float64 below 2^31 to a whole number, ties to even. */
const TO_WHOLE = 1.5 * 2 ** 52;

const WIDE = vectorParts('float64');
const NARROW = vectorParts('fixed32');
const LANES = ROW_BYTES / LANE_BYTES.float64;
const ABSOLUTE = simd(0xec);
const NEAREST = simd(0x94);
const TO_INT32: Code = simd(0xfc);
/** The low halves of two vectors, one behind the other. */
const LOW_HALVES: Code = [
  ...simd(0x0d),
  ...Array.from({ length: 16 }, (_, byte) => (byte < 8 ? byte : byte + 8)),
];
const { i32, v128 } = TYPE;
const get = localGet;
const set = localSet;

function magnitudes(): WasmFunction {
  const [from, rows, channels, step, to, at, left, sums] = [0, 1, 2, 3, 4, 5, 6, 7];
  return {
    name: 'magnitudes',
    parameters: [i32, i32, i32, i32, i32],
    locals: [i32, i32, ...new Array<typeof v128>(WIDE.count).fill(v128)],
    body: doWhile(
      [...get(from), ...set(at), ...get(channels), ...set(left)],
      eachPart(WIDE, (part) => [...WIDE.zero, ...set(sums + part)]),
      doWhile(
        eachPart(WIDE, (part, offset) => [
          ...[...get(at), ...WIDE.load(offset), ...ABSOLUTE],
          ...[...get(sums + part), ...WIDE.add, ...set(sums + part)],
        ]),
        advance(at, get(step)),
        countDown(left),
      ),
      eachPart(WIDE, (part, offset) => [...get(to), ...get(sums + part), ...WIDE.store(offset)]),
      advance(from, i32Const(ROW_BYTES)),
      advance(to, i32Const(ROW_BYTES)),
      countDown(rows),
    ),
  };
}

const REMAINDER: Code = [0x70];

function round(): WasmFunction {
  const [from, rows, to, inverses, samples, phase, units, values] = [0, 1, 2, 3, 4, 5, 6, 7];
  const whole = (part: number): Code => [
    ...[...get(from), ...WIDE.load(16 * part), ...get(units), ...vectorLoad(16 * part)],
    ...[...WIDE.multiply, ...NEAREST, ...TO_INT32],
  ];
  return {
    name: 'round',
    parameters: [i32, i32, i32, i32, i32],
    locals: [i32, i32, ...new Array<typeof v128>(NARROW.count).fill(v128)],
    body: doWhile(
      [...get(inverses), ...get(phase), ...i32Const(LANE_BYTES.float64), ...i32Multiply],
      [...i32Add, ...set(units)],
      eachPart(NARROW, (part) => [
        ...[...whole(2 * part), ...whole(2 * part + 1), ...LOW_HALVES, ...set(values + part)],
      ]),
      eachPart(NARROW, (part, offset) => [
        ...[...get(to), ...get(values + part), ...NARROW.store(offset)],
      ]),
      [...get(phase), ...i32Const(LANES), ...i32Add, ...get(samples), ...REMAINDER, ...set(phase)],
      advance(from, i32Const(ROW_BYTES)),
      advance(to, i32Const(ROW_BYTES / 2)),
      countDown(rows),
    ),
  };
}

function scale(): WasmFunction {
  const [stream, end, factors, target] = [0, 1, 2, 3];
  return {
    name: 'scale',
    parameters: [i32, i32, i32],
    locals: [i32],
    body: doWhile(
      [...get(stream), ...i32Load(0), ...set(target)],
      eachPart(WIDE, (_, offset) => [
        ...[...get(target), ...get(target), ...WIDE.load(offset)],
        ...[...get(factors), ...vectorLoad(offset), ...WIDE.multiply, ...WIDE.store(offset)],
      ]),
      advance(stream, i32Const(4)),
      [...get(stream), ...get(end), 0x49],
    ),
  };
}

function inJavaScript(buffer: ArrayBuffer): FixedModule {
  const words = new Int32Array(buffer);
  const wide = new Float64Array(buffer);
  return {
    magnitudes(from, rows, channels, step, to) {
      for (let lane = 0; lane < rows * LANES; lane++) {
        let sum = 0;
        for (let channel = 0, at = from / 8 + lane; channel < channels; channel++, at += step / 8) {
          sum = Math.abs(wide[at] as number) + sum;
        }
        wide[to / 8 + lane] = sum;
      }
    },
    round(from, rows, to, inverses, samples) {
      for (let lane = 0; lane < rows * LANES; lane++) {
        const inverse = wide[inverses / 8 + (lane % samples)] as number;
        words[to / 4 + lane] = (wide[from / 8 + lane] as number) * inverse + TO_WHOLE - TO_WHOLE;
      }
    },
    scale(stream, end, factors) {
      for (const address of words.subarray(stream >> 2, end >> 2)) {
        for (let lane = 0; lane < LANES; lane++) {
          const at = address / 8 + lane;
          wide[at] = (wide[at] as number) * (wide[factors / 8 + lane] as number);
        }
      }
    },
  };
}
