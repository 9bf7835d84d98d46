/** The kernels of `behind-kernels.ts` as WebAssembly. */
import { vectorParts } from '../inference/fast/lane-type.js';
import {
  advance,
  type Code,
  countDown,
  doWhile,
  i32And,
  i32Const,
  i32Multiply,
  ifThen,
  localGet,
  localSet,
  simd,
  TYPE,
  type ValueType,
  type WasmFunction,
} from '../inference/fast/wasm-module.js';

/** Flags of what an activation does, added up: another number is added before it; ReLU; sign. */
export const ACTIVATION_MODE = { add: 1, rectify: 2, sign: 4 } as const;

const get = localGet;
const set = localSet;
const float = vectorParts('float32');
const double = vectorParts('float64');
const SPLAT = simd(0x13);
const EQUAL = simd(0x41);
const LESS = simd(0x43);
const GREATER = simd(0x44);
const AND = simd(0x4e);
const AND_NOT = simd(0x4f);
const OR = simd(0x50);
const MAXIMUM = simd(0xe9);
const ABSOLUTE = simd(0xe0);
/** Two float32 as two float64, and back. */
const loadTwo: Code = [...simd(0x5d), 2, 0, ...simd(0x5f)];
const storeTwo: Code = [...simd(0x5e), ...simd(0x5b), 2, 0, 0];

const i32s = (count: number): ValueType[] => new Array(count).fill(TYPE.i32);
const vectors = (count: number): ValueType[] => new Array(count).fill(TYPE.v128);

/** A vector of four times the same number. */
function constant(value: number): Code {
  const bytes = Array.from(new Uint8Array(Float32Array.of(value).buffer));
  return [...simd(12), ...bytes, ...bytes, ...bytes, ...bytes];
}

const withMode = (mode: number, flag: number, ...code: Code[]): Code => [
  ...[...get(mode), ...i32Const(flag), ...i32And],
  ...ifThen(...code),
];

function activateFunction(): WasmFunction {
  const [FROM, ADDED, TO, VECTORS, MODE, NUMBER] = [0, 1, 2, 3, 4, 5];
  return {
    name: 'activate',
    parameters: i32s(5),
    locals: vectors(1),
    body: doWhile(
      [...get(FROM), ...float.load(0), ...set(NUMBER)],
      withMode(MODE, ACTIVATION_MODE.add, [
        ...[...get(NUMBER), ...get(ADDED), ...float.load(0), ...float.add, ...set(NUMBER)],
        ...advance(ADDED, i32Const(16)),
      ]),
      withMode(MODE, ACTIVATION_MODE.rectify, [...float.rectified(NUMBER), ...set(NUMBER)]),
      // The sign bit of 1, where the number is below 0.
      withMode(MODE, ACTIVATION_MODE.sign, [
        ...[...get(NUMBER), ...float.zero, ...LESS, ...constant(-0), ...AND],
        ...[...constant(1), ...OR, ...set(NUMBER)],
      ]),
      [...get(TO), ...get(NUMBER), ...float.store(0)],
      advance(FROM, i32Const(16)),
      advance(TO, i32Const(16)),
      countDown(VECTORS),
    ),
  };
}

function activateBackFunction(): WasmFunction {
  const [GRADIENT, RESULT, BEFORE, ADDED, TO, VECTORS, MODE] = [0, 1, 2, 3, 4, 5, 6];
  const [NUMBER, ARGUMENT] = [7, 8];
  return {
    name: 'activateBack',
    parameters: i32s(7),
    locals: vectors(2),
    body: doWhile(
      [...get(GRADIENT), ...float.load(0), ...set(NUMBER)],
      withMode(MODE, ACTIVATION_MODE.rectify, [
        ...[...get(NUMBER), ...get(RESULT), ...float.load(0), ...float.zero, ...GREATER],
        ...[...AND, ...set(NUMBER)],
      ]),
      withMode(MODE, ACTIVATION_MODE.sign, [
        ...[...get(BEFORE), ...float.load(0), ...set(ARGUMENT)],
        ...withMode(MODE, ACTIVATION_MODE.add, [
          ...[...get(ARGUMENT), ...get(ADDED), ...float.load(0), ...float.add, ...set(ARGUMENT)],
        ]),
        ...[...constant(2), ...constant(2), ...get(ARGUMENT), ...ABSOLUTE, ...float.multiply],
        ...[...float.subtract, ...set(ARGUMENT)],
        ...[...get(NUMBER), ...float.rectified(ARGUMENT), ...float.multiply, ...set(NUMBER)],
      ]),
      [...get(TO), ...get(NUMBER), ...float.store(0)],
      ...[GRADIENT, RESULT, BEFORE, ADDED, TO].map((local) => advance(local, i32Const(16))),
      countDown(VECTORS),
    ),
  };
}

function scaleFunction(): WasmFunction {
  const [FROM, TO, POSITIONS, VECTORS, TO_POSITION, FACTOR, LEFT, AT, FACTORS] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8,
  ];
  return {
    name: 'scale',
    parameters: [...i32s(5), TYPE.f32],
    locals: [...i32s(2), ...vectors(1)],
    body: [
      ...[...get(FACTOR), ...SPLAT, ...set(FACTORS)],
      ...doWhile(
        [...get(TO), ...set(AT), ...get(VECTORS), ...set(LEFT)],
        doWhile(
          [...get(AT), ...get(FROM), ...float.load(0), ...get(FACTORS), ...float.multiply],
          float.store(0),
          advance(FROM, i32Const(16)),
          advance(AT, i32Const(16)),
          countDown(LEFT),
        ),
        advance(TO, get(TO_POSITION)),
        countDown(POSITIONS),
      ),
    ],
  };
}

function spreadLargestFunction(): WasmFunction {
  const [NUMBERS, FROM, TO, COLUMNS, VECTORS, SIDE, NUMBERS_ROW, TO_ROW, TO_POSITION, FACTOR] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  const [POSITION, LEFT, NUMBERS_AT, TO_AT, ROWS_LEFT, ROW, TO_AT_ROW, AT_LEFT, AT, PLACE] = [
    10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
  ];
  const [FACTORS, MOST, GRADIENT, HIT] = [20, 21, 22, 23];
  /** Goes through the window row by row, with AT at its numbers and PLACE where their gradients go. */
  const window = (...code: Code[]): Code => [
    ...[...get(NUMBERS_AT), ...set(ROW), ...get(TO_AT), ...set(TO_AT_ROW)],
    ...[...get(SIDE), ...set(ROWS_LEFT)],
    ...doWhile(
      [...get(ROW), ...set(AT), ...get(TO_AT_ROW), ...set(PLACE), ...get(SIDE), ...set(AT_LEFT)],
      doWhile(
        ...code,
        advance(AT, get(POSITION)),
        advance(PLACE, get(TO_POSITION)),
        countDown(AT_LEFT),
      ),
      advance(ROW, get(NUMBERS_ROW)),
      advance(TO_AT_ROW, get(TO_ROW)),
      countDown(ROWS_LEFT),
    ),
  ];
  return {
    name: 'spreadLargest',
    parameters: [...i32s(9), TYPE.f32],
    locals: [...i32s(10), ...vectors(4)],
    body: [
      ...[...get(FACTOR), ...SPLAT, ...set(FACTORS)],
      ...[...get(VECTORS), ...i32Const(16), ...i32Multiply, ...set(POSITION)],
      ...doWhile(
        [...get(NUMBERS), ...set(NUMBERS_AT), ...get(TO), ...set(TO_AT)],
        [...get(VECTORS), ...set(LEFT)],
        doWhile(
          [...get(NUMBERS_AT), ...float.load(0), ...set(MOST)],
          window([...get(MOST), ...get(AT), ...float.load(0), ...MAXIMUM, ...set(MOST)]),
          [...get(FROM), ...float.load(0), ...get(FACTORS), ...float.multiply, ...set(GRADIENT)],
          window(
            [...get(AT), ...float.load(0), ...get(MOST), ...EQUAL, ...set(HIT)],
            [...get(PLACE), ...get(GRADIENT), ...get(HIT), ...AND, ...float.store(0)],
            [...get(GRADIENT), ...get(HIT), ...AND_NOT, ...set(GRADIENT)],
          ),
          ...[NUMBERS_AT, FROM, TO_AT].map((local) => advance(local, i32Const(16))),
          countDown(LEFT),
        ),
        advance(NUMBERS, [...get(POSITION), ...get(SIDE), ...i32Multiply]),
        advance(TO, [...get(TO_POSITION), ...get(SIDE), ...i32Multiply]),
        countDown(COLUMNS),
      ),
    ],
  };
}

/**
 * A kernel that goes through the numbers of positions two channels at a time, in float64: first the parameters of
 * `numbers`, then positions and vectors, then those of `channels`. `code` finds all at the locals it is given.
 */
function inDouble(
  name: string,
  numbers: number,
  channels: number,
  code: (numbers: readonly number[], channels: readonly number[]) => Code,
): WasmFunction {
  const range = (from: number, count: number): number[] =>
    Array.from({ length: count }, (_, at) => from + at);
  const [POSITIONS, VECTORS] = [numbers, numbers + 1];
  const given = range(numbers + 2, channels);
  const parameters = numbers + 2 + channels;
  const LEFT = parameters;
  const current = range(parameters + 1, channels);
  const own = range(0, numbers);
  return {
    name,
    parameters: i32s(parameters),
    locals: i32s(1 + channels),
    body: doWhile(
      ...given.map((local, at) => [...get(local), ...set(current[at] as number)]),
      [...get(VECTORS), ...i32Const(2), ...i32Multiply, ...set(LEFT)],
      doWhile(
        code(own, current),
        ...own.map((local) => advance(local, i32Const(8))),
        ...current.map((local) => advance(local, i32Const(16))),
        countDown(LEFT),
      ),
      countDown(POSITIONS),
    ),
  };
}

const two = (local: number): Code => [...get(local), ...loadTwo];
const wide = (local: number): Code => [...get(local), ...double.load(0)];
/** Adds what `code` leaves to the numbers of channels. */
const addTo = (local: number, code: Code): Code => [
  ...[...get(local), ...wide(local), ...code, ...double.add, ...double.store(0)],
];

export function behindFunctions(): WasmFunction[] {
  return [
    activateFunction(),
    activateBackFunction(),
    scaleFunction(),
    spreadLargestFunction(),
    inDouble('addSums', 1, 1, ([from = 0], [sums = 0]) => addTo(sums, two(from))),
    squares(),
    inDouble('normalize', 1, 2, ([at = 0], [means = 0, factors = 0]) => [
      ...[...get(at), ...two(at), ...wide(means), ...double.subtract],
      ...[...wide(factors), ...double.multiply, ...storeTwo],
    ]),
    inDouble('addProducts', 2, 2, ([gradients = 0, numbers = 0], [along = 0, across = 0]) => [
      ...addTo(along, two(gradients)),
      ...addTo(across, [...two(gradients), ...two(numbers), ...double.multiply]),
    ]),
    inDouble(
      'normalizeBack',
      2,
      3,
      ([gradients = 0, numbers = 0], [along = 0, across = 0, factors = 0]) => [
        ...[...get(gradients), ...two(gradients), ...wide(along), ...double.subtract],
        ...[...two(numbers), ...wide(across), ...double.multiply, ...double.subtract],
        ...[...wide(factors), ...double.multiply, ...storeTwo],
      ],
    ),
  ];
}

function squares(): WasmFunction {
  const off = (from: number, means: number): Code => [
    ...[...two(from), ...wide(means), ...double.subtract],
  ];
  return inDouble('addSquares', 1, 2, ([from = 0], [means = 0, sums = 0]) =>
    addTo(sums, [...off(from, means), ...off(from, means), ...double.multiply]),
  );
}
