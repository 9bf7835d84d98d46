/**
 * The product as WebAssembly: tiles of four rows by two vectors that stay in registers for the whole sum,
 * and smaller ones for what is left over. The loops are not unrolled: with more rows or steps at once the
 * engines' register allocators spill, and it gets slower.
 */

import { vectorParts } from '../fast/lane-type.js';
import {
  type Code,
  countDown,
  doWhile,
  i32Add,
  i32And,
  i32AtLeastUnsigned,
  i32Const,
  i32Equal,
  i32Multiply,
  i32Subtract,
  ifThen,
  localGet,
  localSet,
  localTee,
  simd,
  TYPE,
  type ValueType,
  type WasmFunction,
} from '../fast/wasm-module.js';
import { PRODUCT_MODE, type ProductLane } from './product-call.js';

const get = localGet;
const set = localSet;

/** Parameters, in the order of `Product`. */
const [A, B, C, ROWS, VECTORS, INNER, OUTER, A_ROW] = [0, 1, 2, 3, 4, 5, 6, 7];
const [A_INNER, A_OUTER, B_INNER, B_OUTER, B_PANEL, C_ROW, MODE, FACTOR] = [
  8, 9, 10, 11, 12, 13, 14, 15,
];
/** Locals: what is left to do, where the tile is, and what it goes through. */
const [ROWS_LEFT, VECTORS_LEFT, TILE_A, TILE_B, TILE_C] = [16, 17, 18, 19, 20];
const [OUTER_LEFT, INNER_LEFT, FROM_B, PANEL_C, OUTER_A, OUTER_B] = [21, 22, 23, 24, 25, 26];
const FROM_A = 27;
const C_AT = 31;
const MOST_ROWS = 4;
const MOST_VECTORS = 2;
const FACTORS = 35;
const SUMS = 36;
const RIGHT = SUMS + MOST_ROWS * MOST_VECTORS;
const LEFT = RIGHT + MOST_VECTORS;

const add = (local: number, by: number): Code => [
  ...get(local),
  ...get(by),
  ...i32Add,
  ...set(local),
];

const hasMode = (flag: number): Code => [...get(MODE), ...i32Const(flag), ...i32And];

/** One tile of `rows` by `vectors` at TILE_A, TILE_B, TILE_C. */
function tile(lane: ProductLane, rows: number, vectors: number): Code {
  const part = vectorParts(lane);
  const splat: Code = [...simd(lane === 'float32' ? 0x09 : 0x0a), 2, 0];
  const each = (code: (row: number, vector: number, sum: number) => Code): Code =>
    Array.from({ length: rows * vectors }, (_, at) => {
      const row = Math.floor(at / vectors);
      return code(row, at % vectors, SUMS + at);
    }).flat();
  const eachRow = (code: (row: number) => Code): Code =>
    Array.from({ length: rows }, (_, row) => code(row)).flat();
  const next = (base: number, stride: number) => (row: number) =>
    row === 0 ? [] : [...get(base + row - 1), ...get(stride), ...i32Add, ...set(base + row)];
  return [
    ...[...get(TILE_C), ...set(C_AT), ...eachRow(next(C_AT, C_ROW))],
    ...each((_row, _vector, sum) => [...part.zero, ...set(sum)]),
    ...hasMode(PRODUCT_MODE.accumulate),
    ...ifThen(
      each((row, vector, sum) => [...get(C_AT + row), ...part.load(16 * vector), ...set(sum)]),
    ),
    ...[...get(TILE_A), ...set(OUTER_A), ...get(TILE_B), ...set(OUTER_B)],
    ...[...get(OUTER), ...set(OUTER_LEFT)],
    ...doWhile(
      [...get(OUTER_A), ...set(FROM_A), ...eachRow(next(FROM_A, A_ROW))],
      [...get(OUTER_B), ...set(FROM_B), ...get(INNER), ...set(INNER_LEFT)],
      doWhile(
        Array.from({ length: vectors }, (_, vector) => [
          ...[...get(FROM_B), ...part.load(16 * vector), ...set(RIGHT + vector)],
        ]).flat(),
        eachRow((row) => [
          ...[...get(FROM_A + row), ...splat, ...set(LEFT)],
          ...Array.from({ length: vectors }, (_, vector) => {
            const sum = SUMS + row * vectors + vector;
            return [
              ...[...get(sum), ...get(LEFT), ...get(RIGHT + vector)],
              ...[...part.multiply, ...part.add, ...set(sum)],
            ];
          }).flat(),
        ]),
        eachRow((row) => add(FROM_A + row, A_INNER)),
        add(FROM_B, B_INNER),
        countDown(INNER_LEFT),
      ),
      add(OUTER_A, A_OUTER),
      add(OUTER_B, B_OUTER),
      countDown(OUTER_LEFT),
    ),
    ...hasMode(PRODUCT_MODE.add),
    ...ifThen(
      each((row, vector, sum) => [
        ...[...get(C_AT + row), ...part.load(16 * vector), ...get(sum)],
        ...[...part.add, ...set(sum)],
      ]),
    ),
    ...hasMode(PRODUCT_MODE.scale),
    ...ifThen(
      each((_row, _vector, sum) => [...get(sum), ...get(FACTORS), ...part.multiply, ...set(sum)]),
    ),
    ...hasMode(PRODUCT_MODE.rectify),
    ...ifThen(each((_row, _vector, sum) => [...part.rectified(sum), ...set(sum)])),
    ...each((row, vector, sum) => [...get(C_AT + row), ...get(sum), ...part.store(16 * vector)]),
  ];
}

/** All rows of a panel of so many vectors. */
function panel(lane: ProductLane, vectors: number): Code {
  const move = (rows: number): Code => [
    ...[
      ...get(TILE_A),
      ...get(A_ROW),
      ...i32Const(rows),
      ...i32Multiply,
      ...i32Add,
      ...set(TILE_A),
    ],
    ...[
      ...get(TILE_C),
      ...get(C_ROW),
      ...i32Const(rows),
      ...i32Multiply,
      ...i32Add,
      ...set(TILE_C),
    ],
    ...[...get(ROWS_LEFT), ...i32Const(rows), ...i32Subtract, ...localTee(ROWS_LEFT)],
  ];
  const atLeast = (rows: number): Code => [...i32Const(rows), ...i32AtLeastUnsigned];
  return [
    ...[
      ...get(A),
      ...set(TILE_A),
      ...get(PANEL_C),
      ...set(TILE_C),
      ...get(ROWS),
      ...set(ROWS_LEFT),
    ],
    ...[...get(ROWS), ...atLeast(MOST_ROWS)],
    ...ifThen(doWhile(tile(lane, MOST_ROWS, vectors), move(MOST_ROWS), atLeast(MOST_ROWS))),
    ...[1, 2, 3].flatMap((rows) => [
      ...[...get(ROWS_LEFT), ...i32Const(rows), ...i32Equal],
      ...ifThen(tile(lane, rows, vectors)),
    ]),
  ];
}

export function productFunction(lane: ProductLane): WasmFunction {
  const { i32, v128, f32, f64 } = TYPE;
  const many = (type: ValueType, count: number): ValueType[] => new Array(count).fill(type);
  const splat = simd(lane === 'float32' ? 0x13 : 0x14);
  const atLeastTwo: Code = [...i32Const(2), ...i32AtLeastUnsigned];
  return {
    name: 'product',
    parameters: [...many(i32, 15), lane === 'float32' ? f32 : f64],
    locals: [...many(i32, FACTORS - ROWS_LEFT), ...many(v128, LEFT - FACTORS + 1)],
    body: [
      ...[...get(FACTOR), ...splat, ...set(FACTORS)],
      ...[...get(B), ...set(TILE_B), ...get(C), ...set(PANEL_C)],
      ...[...get(VECTORS), ...localTee(VECTORS_LEFT), ...atLeastTwo],
      ...ifThen(
        doWhile(
          panel(lane, 2),
          add(TILE_B, B_PANEL),
          [...get(PANEL_C), ...i32Const(32), ...i32Add, ...set(PANEL_C)],
          [...get(VECTORS_LEFT), ...i32Const(2), ...i32Subtract, ...localTee(VECTORS_LEFT)],
          atLeastTwo,
        ),
      ),
      ...get(VECTORS_LEFT),
      ...ifThen(panel(lane, 1)),
    ],
  };
}
