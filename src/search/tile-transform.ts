/**
 * A small matrix applied to the columns of a tile and then to its rows, for four channels at a time: what
 * Winograd's algorithm does before and behind its products (`winograd.ts`). WebAssembly, and plain JavaScript with
 * the same bits: a sum takes its terms in ascending order, each product rounded and then added.
 */
import { vectorParts } from '../inference/fast/lane-type.js';
import {
  advance,
  type Code,
  countDown,
  doWhile,
  i32Add,
  i32And,
  i32Const,
  ifThen,
  localGet,
  localSet,
  simd,
  TYPE,
  type ValueType,
  type WasmFunction,
} from '../inference/fast/wasm-module.js';
import { PRODUCT_MODE } from '../inference/products/product-call.js';

/** Rows of numbers; all numbers are float32. */
export type TileMatrix = readonly (readonly number[])[];

/** What is applied to the columns of a tile, and then to its rows. */
export interface TileMatrices {
  readonly vertical: TileMatrix;
  readonly horizontal: TileMatrix;
}

/**
 * `to = V from H^T` for `tiles` tiles, each with `vectors` vectors of four channels in sequence; V is r by c, H
 * s by d, a tile c by d numbers before and r by s behind. Rows and columns of a tile, and one tile and the next,
 * begin so many bytes apart. Counts are at least 1. With a mode, of kernels that have one, results are treated as
 * the sums of a product are at their end: see `Product`.
 */
export type TileTransform = (
  from: number,
  to: number,
  tiles: number,
  vectors: number,
  fromRow: number,
  fromColumn: number,
  fromNext: number,
  toRow: number,
  toColumn: number,
  toNext: number,
  mode: number,
  factor: number,
) => void;

export function tileTransformInJavaScript(
  buffer: ArrayBuffer,
  { vertical, horizontal }: TileMatrices,
  hasMode: boolean,
): TileTransform {
  const values = new Float32Array(buffer);
  const [down, across] = [vertical.map(termsOf), horizontal.map(termsOf)];
  const sum = (row: readonly Term[], number: (at: number) => number): number => {
    let total: number | null = null;
    for (const { at, factor } of row) {
      const term = Math.fround(number(at) * factor);
      total = total === null ? term : Math.fround(total + term);
    }
    return total ?? 0;
  };
  return (
    from,
    to,
    tiles,
    vectors,
    fromRow,
    fromColumn,
    fromNext,
    toRow,
    toColumn,
    toNext,
    mode,
    factor,
  ) => {
    const columns = (horizontal[0] as readonly number[]).map((_, column) => column);
    for (let tile = 0; tile < tiles; tile++) {
      for (let channel = 0; channel < 4 * vectors; channel++) {
        const first = (from + tile * fromNext) / 4 + channel;
        for (const [y, row] of down.entries()) {
          const along = columns.map((column) =>
            sum(row, (at) => values[first + (at * fromRow + column * fromColumn) / 4] as number),
          );
          for (const [x, other] of across.entries()) {
            const place = (to + tile * toNext + y * toRow + x * toColumn) / 4 + channel;
            let value = sum(other, (at) => along[at] as number);
            if (hasMode) value = finished(value, values[place] as number, mode, factor);
            values[place] = value;
          }
        }
      }
    }
  };
}

function finished(value: number, before: number, mode: number, factor: number): number {
  let result = value;
  if ((mode & PRODUCT_MODE.add) !== 0) result = Math.fround(before + result);
  if ((mode & PRODUCT_MODE.scale) !== 0) result = Math.fround(result * Math.fround(factor));
  if ((mode & PRODUCT_MODE.rectify) !== 0) result = Math.max(0, result);
  return result;
}

interface Term {
  readonly at: number;
  readonly factor: number;
}

function termsOf(row: readonly number[]): Term[] {
  return row.flatMap((factor, at) => (factor === 0 ? [] : [{ at, factor }]));
}

const get = localGet;
const set = localSet;
const { load, store, add, subtract, multiply, rectified } = vectorParts('float32');
const SPLAT = simd(0x13);
const NEGATE = simd(0xe1);

/** Parameters, in the order of `TileTransform`. */
const [FROM, TO, TILES, VECTORS, FROM_ROW, FROM_COLUMN, FROM_NEXT] = [0, 1, 2, 3, 4, 5, 6];
const [TO_ROW, TO_COLUMN, TO_NEXT, MODE, FACTOR] = [7, 8, 9, 10, 11];

/** `sum of factor * number` with the numbers that `number` leaves on the stack. */
function weightedSum(row: readonly number[], number: (at: number) => Code): Code {
  const terms = termsOf(row);
  if (terms.length === 0) return constant(0);
  return terms.flatMap(({ at, factor }, index) => {
    const size = Math.abs(factor);
    const term = size === 1 ? number(at) : [...number(at), ...constant(size), ...multiply];
    if (index === 0) return factor < 0 ? [...term, ...NEGATE] : term;
    return [...term, ...(factor < 0 ? subtract : add)];
  });
}

/** A vector of four times the same number. */
function constant(value: number): Code {
  const bytes = Array.from(new Uint8Array(Float32Array.of(value).buffer));
  return [...simd(12), ...bytes, ...bytes, ...bytes, ...bytes];
}

/**
 * Row by row of what is written: numbers that are read are read again for each, which costs less than keeping
 * them all in registers.
 */
export function tileTransformFunction(
  name: string,
  { vertical, horizontal }: TileMatrices,
  hasMode: boolean,
): WasmFunction {
  const [rows, columns] = [vertical, horizontal].map(
    (matrix) => (matrix[0] as readonly number[]).length,
  ) as [number, number];
  // Locals: the tile and the vector of it, where its rows are, and where the row to write is.
  const [TILES_LEFT, VECTORS_LEFT, FROM_AT, TO_AT, ROW_AT, PLACE] = [12, 13, 14, 15, 16, 17];
  const ROWS = 18;
  const ALONG = ROWS + rows;
  const [SUM, FACTORS] = [ALONG + columns, ALONG + columns + 1];
  const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
  const finish = (): Code => [
    ...[...set(SUM), ...get(MODE), ...i32Const(PRODUCT_MODE.add), ...i32And],
    ...ifThen([...get(PLACE), ...load(0), ...get(SUM), ...add, ...set(SUM)]),
    ...[...get(MODE), ...i32Const(PRODUCT_MODE.scale), ...i32And],
    ...ifThen([...get(SUM), ...get(FACTORS), ...multiply, ...set(SUM)]),
    ...[...get(MODE), ...i32Const(PRODUCT_MODE.rectify), ...i32And],
    ...ifThen([...rectified(SUM), ...set(SUM)]),
    ...get(SUM),
  ];
  const writeRow = (row: readonly number[]): Code => [
    ...range(columns).flatMap((column) => [
      ...weightedSum(row, (at) => [...get(ROWS + at), ...load(0)]),
      ...set(ALONG + column),
      ...(column + 1 < columns
        ? termsOf(row).flatMap(({ at }) => advance(ROWS + at, get(FROM_COLUMN)))
        : []),
    ]),
    ...[...get(ROW_AT), ...set(PLACE)],
    ...horizontal.flatMap((other, x) => [
      ...get(PLACE),
      ...weightedSum(other, (at) => get(ALONG + at)),
      ...[...(hasMode ? finish() : []), ...store(0)],
      ...(x + 1 < horizontal.length ? advance(PLACE, get(TO_COLUMN)) : []),
    ]),
  ];
  const i32s = (count: number): ValueType[] => new Array(count).fill(TYPE.i32);
  return {
    name,
    parameters: [...i32s(11), TYPE.f32],
    locals: [...i32s(ALONG - TILES_LEFT), ...new Array(columns + 2).fill(TYPE.v128)],
    body: [
      ...[...get(FACTOR), ...SPLAT, ...set(FACTORS), ...get(TILES), ...set(TILES_LEFT)],
      ...doWhile(
        [...get(FROM), ...set(FROM_AT), ...get(TO), ...set(TO_AT)],
        [...get(VECTORS), ...set(VECTORS_LEFT)],
        doWhile(
          [...get(TO_AT), ...set(ROW_AT)],
          vertical.flatMap((row, y) => [
            ...rowsFrom(FROM_AT, ROWS, row),
            ...writeRow(row),
            ...(y + 1 < vertical.length ? advance(ROW_AT, get(TO_ROW)) : []),
          ]),
          advance(FROM_AT, i32Const(16)),
          advance(TO_AT, i32Const(16)),
          countDown(VECTORS_LEFT),
        ),
        advance(FROM, get(FROM_NEXT)),
        advance(TO, get(TO_NEXT)),
        countDown(TILES_LEFT),
      ),
    ],
  };
}

/** Sets where the first numbers are of all rows up to the last that `row` has a term for. */
function rowsFrom(first: number, rows: number, row: readonly number[]): Code {
  const last = termsOf(row).at(-1)?.at ?? 0;
  return Array.from({ length: last + 1 }, (_, at) => [
    ...(at === 0 ? get(first) : [...get(rows + at - 1), ...get(FROM_ROW), ...i32Add]),
    ...set(rows + at),
  ]).flat();
}
