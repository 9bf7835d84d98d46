/**
 * The sums of signs as WebAssembly: four channels by four rows at a time, so that weights are loaded once for four
 * rows. Bits are counted by bytes, and the counts widened before a byte could overflow.
 */
import { vectorParts } from '../fast/lane-type.js';
import { highHalf, INT32_TO_FLOAT64 } from '../fast/wasm-kernels.js';
import {
  type Code,
  countDown,
  doWhile,
  i32Add,
  i32And,
  i32Const,
  i32ShiftRightUnsigned,
  ifThen,
  localGet,
  localSet,
  localTee,
  simd,
  TYPE,
  type ValueType,
  vectorLoad,
  vectorStore,
  type WasmFunction,
} from '../fast/wasm-module.js';
import { SIGN_BYTES } from './sign-call.js';

const get = localGet;
const set = localSet;

/** Parameters, in the order of `SignSums`. */
const [A, B, C, CONSTANTS, ROWS, VECTORS, INNER, CHUNKS, OUTER] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const [A_ROW, A_OUTER, C_ROW, FACTOR] = [9, 10, 11, 12];
/** Locals. */
const [ROWS_LEFT, TILE_A, TILE_C, OUTER_LEFT, CHUNKS_LEFT, INNER_LEFT] = [13, 14, 15, 16, 17, 18];
const [FROM_B, OUTER_A] = [19, 20];
const MOST_ROWS = 4;
const FROM_A = 21;
const C_AT = FROM_A + MOST_ROWS;
const FACTORS = C_AT + MOST_ROWS;
const [SIGNS, KEPT, CONSTANT] = [FACTORS + 1, FACTORS + 2, FACTORS + 3];
const BYTES = CONSTANT + 1;
const SUMS = BYTES + MOST_ROWS;

const LOAD_WORD_EVERYWHERE: Code = [...simd(0x09), 2, 0];
const XOR = simd(0x51);
const AND = simd(0x4e);
const COUNT_BITS = simd(0x62);
const ADD_BYTES = simd(0x6e);
const WIDEN_BYTES = simd(0x7d);
const WIDEN_WORDS = simd(0x7f);
const ADD = simd(0xae);
const SUBTRACT = simd(0xb1);
const ZERO: Code = [...simd(0x0c), ...new Array(16).fill(0)];

const add = (local: number, by: Code): Code => [...get(local), ...by, ...i32Add, ...set(local)];

/** `rows` rows at TILE_A and TILE_C, of the four channels whose weights begin at B. */
function tile(rows: number): Code {
  const each = (code: (row: number) => Code): Code =>
    Array.from({ length: rows }, (_, row) => code(row)).flat();
  const next = (base: number, stride: number) => (row: number) =>
    row === 0 ? [] : [...get(base + row - 1), ...get(stride), ...i32Add, ...set(base + row)];
  const { multiply } = vectorParts('float64');
  const store = (row: number, half: Code, at: number): Code => [
    ...[...get(C_AT + row), ...half, ...simd(INT32_TO_FLOAT64)],
    ...[...get(FACTORS), ...multiply, ...vectorStore(at)],
  ];
  return [
    ...each((row) => [...ZERO, ...set(SUMS + row)]),
    ...[...get(B), ...set(FROM_B), ...get(TILE_A), ...set(OUTER_A), ...get(OUTER)],
    ...set(OUTER_LEFT),
    ...doWhile(
      [...get(OUTER_A), ...set(FROM_A), ...each(next(FROM_A, A_ROW))],
      [...get(CHUNKS), ...set(CHUNKS_LEFT)],
      doWhile(
        each((row) => [...ZERO, ...set(BYTES + row)]),
        [...get(INNER), ...set(INNER_LEFT)],
        doWhile(
          [...get(FROM_B), ...vectorLoad(0), ...set(SIGNS)],
          [...get(FROM_B), ...vectorLoad(16), ...set(KEPT)],
          each((row) => [
            ...[...get(BYTES + row), ...get(FROM_A + row), ...LOAD_WORD_EVERYWHERE],
            ...[...get(SIGNS), ...XOR, ...get(KEPT), ...AND, ...COUNT_BITS],
            ...[...ADD_BYTES, ...set(BYTES + row)],
          ]),
          each((row) => add(FROM_A + row, i32Const(4))),
          add(FROM_B, i32Const(SIGN_BYTES)),
          countDown(INNER_LEFT),
        ),
        each((row) => [
          ...[...get(SUMS + row), ...get(BYTES + row), ...WIDEN_BYTES, ...WIDEN_WORDS],
          ...[...ADD, ...set(SUMS + row)],
        ]),
        countDown(CHUNKS_LEFT),
      ),
      add(OUTER_A, get(A_OUTER)),
      countDown(OUTER_LEFT),
    ),
    ...[...get(TILE_C), ...set(C_AT), ...each(next(C_AT, C_ROW))],
    ...each((row) => [
      ...[...get(CONSTANT), ...get(SUMS + row), ...get(SUMS + row), ...ADD, ...SUBTRACT],
      ...set(SUMS + row),
      ...store(row, get(SUMS + row), 0),
      ...store(row, highHalf(get(SUMS + row)), 16),
    ]),
  ];
}

/** Moves on by `rows` rows. */
function move(rows: number): Code {
  const by = (stride: number): Code =>
    Array.from({ length: rows }, (_, row) => [...get(stride), ...(row === 0 ? [] : i32Add)]).flat();
  return [...add(TILE_A, by(A_ROW)), ...add(TILE_C, by(C_ROW))];
}

export function signSumsFunction(): WasmFunction {
  const many = (type: ValueType, count: number): ValueType[] => new Array(count).fill(type);
  const rounds = (rows: number, count: Code): Code => [
    ...[...count, ...localTee(ROWS_LEFT)],
    ...ifThen(doWhile(tile(rows), move(rows), countDown(ROWS_LEFT))),
  ];
  return {
    name: 'signSums',
    parameters: [...many(TYPE.i32, 12), TYPE.f64],
    locals: [...many(TYPE.i32, FACTORS - ROWS_LEFT), ...many(TYPE.v128, SUMS + 4 - FACTORS)],
    body: [
      ...[...get(FACTOR), ...simd(0x14), ...set(FACTORS)],
      ...doWhile(
        [...get(CONSTANTS), ...vectorLoad(0), ...set(CONSTANT)],
        [...get(A), ...set(TILE_A), ...get(C), ...set(TILE_C)],
        rounds(MOST_ROWS, [...get(ROWS), ...i32Const(2), ...i32ShiftRightUnsigned]),
        rounds(1, [...get(ROWS), ...i32Const(MOST_ROWS - 1), ...i32And]),
        // Behind the weights of these channels, as the last tile has left it: there is at least one.
        [...get(FROM_B), ...set(B)],
        add(CONSTANTS, i32Const(16)),
        add(C, i32Const(32)),
        countDown(VECTORS),
      ),
    ],
  };
}
