/**
 * The kernels of the backward pass that are no products: the gradient through pooling and ReLU, and sums of
 * gradients. WebAssembly, and plain JavaScript with the same bits.
 */
import type { Machine } from '../inference/fast/kernels.js';
import { vectorParts } from '../inference/fast/lane-type.js';
import {
  advance,
  countDown,
  doWhile,
  i32Const,
  i32Multiply,
  i32Subtract,
  localGet,
  localSet,
  simd,
  TYPE,
  type WasmFunction,
} from '../inference/fast/wasm-module.js';

export interface GradientKernels {
  /**
   * For `columns` windows of `side` by `side` positions that lie side by side, each with `vectors` vectors of
   * four channels: a window's gradient times `factor` goes to the first position, row by row, that has its
   * largest number, all others get 0, and so do all where that number is not above 0. `from` are the numbers
   * before pooling, `pooled` those after it. With a side of 1 it is ReLU's gradient alone.
   */
  spread(
    from: number,
    pooled: number,
    gradient: number,
    to: number,
    columns: number,
    vectors: number,
    side: number,
    fromRow: number,
    toRow: number,
    factor: number,
  ): void;
  /** Adds so many vectors to others. */
  add(to: number, from: number, vectors: number): void;
}

export function gradientKernels(machine: Machine): GradientKernels {
  return machine.further<GradientKernels>(
    'map gradients',
    () => [spreadFunction(), addFunction()],
    inJavaScript,
  );
}

function inJavaScript(buffer: ArrayBuffer): GradientKernels {
  const values = new Float32Array(buffer);
  return {
    spread(from, pooled, gradient, to, columns, vectors, side, fromRow, toRow, factor) {
      const channels = 4 * vectors;
      const scale = Math.fround(factor);
      for (let column = 0; column < columns; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const most = values[pooled / 4 + column * channels + channel] as number;
          let left = (values[gradient / 4 + column * channels + channel] as number) * scale;
          if (!(most > 0)) left = 0;
          for (let y = 0; y < side; y++) {
            for (let x = 0; x < side; x++) {
              const at = (column * side + x) * channels + channel;
              const isMost = values[from / 4 + (y * fromRow) / 4 + at] === most;
              values[to / 4 + (y * toRow) / 4 + at] = isMost ? left : 0;
              if (isMost) left = 0;
            }
          }
        }
      }
    },
    add(to, from, vectors) {
      for (let at = 0; at < 4 * vectors; at++) {
        values[to / 4 + at] += values[from / 4 + at] as number;
      }
    },
  };
}

const get = localGet;
const set = localSet;
const { load, store, add, multiply, zero } = vectorParts('float32');
const SPLAT = simd(0x13);
const EQUAL = simd(0x41);
const GREATER = simd(0x44);
const AND = simd(0x4e);
const AND_NOT = simd(0x4f);

function spreadFunction(): WasmFunction {
  const [FROM, POOLED, GRADIENT, TO, COLUMNS, VECTORS, SIDE, FROM_ROW, TO_ROW, FACTOR] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  const [POSITION, VECTORS_LEFT, ROW, TO_AT_ROW, ROWS_LEFT, AT, TO_AT, AT_LEFT] = [
    10, 11, 12, 13, 14, 15, 16, 17,
  ];
  const [FACTORS, MOST, LEFT, HIT] = [18, 19, 20, 21];
  return {
    name: 'spread',
    parameters: [...new Array(9).fill(TYPE.i32), TYPE.f32],
    locals: [...new Array(8).fill(TYPE.i32), ...new Array(4).fill(TYPE.v128)],
    body: [
      ...[...get(FACTOR), ...SPLAT, ...set(FACTORS)],
      ...[...get(VECTORS), ...i32Const(16), ...i32Multiply, ...set(POSITION)],
      ...doWhile(
        [...get(VECTORS), ...set(VECTORS_LEFT)],
        doWhile(
          [...get(POOLED), ...load(0), ...set(MOST)],
          [...get(GRADIENT), ...load(0), ...get(FACTORS), ...multiply],
          [...get(MOST), ...zero, ...GREATER, ...AND, ...set(LEFT)],
          [...get(FROM), ...set(ROW), ...get(TO), ...set(TO_AT_ROW)],
          [...get(SIDE), ...set(ROWS_LEFT)],
          doWhile(
            [...get(ROW), ...set(AT), ...get(TO_AT_ROW), ...set(TO_AT)],
            [...get(SIDE), ...set(AT_LEFT)],
            doWhile(
              [...get(AT), ...load(0), ...get(MOST), ...EQUAL, ...set(HIT)],
              [...get(TO_AT), ...get(LEFT), ...get(HIT), ...AND, ...store(0)],
              [...get(LEFT), ...get(HIT), ...AND_NOT, ...set(LEFT)],
              advance(AT, get(POSITION)),
              advance(TO_AT, get(POSITION)),
              countDown(AT_LEFT),
            ),
            advance(ROW, get(FROM_ROW)),
            advance(TO_AT_ROW, get(TO_ROW)),
            countDown(ROWS_LEFT),
          ),
          ...[FROM, POOLED, GRADIENT, TO].map((local) => advance(local, i32Const(16))),
          countDown(VECTORS_LEFT),
        ),
        // One position on already: the window's others come then.
        ...[FROM, TO].map((local) =>
          advance(local, [
            ...[...get(POSITION), ...get(SIDE), ...i32Const(1), ...i32Subtract],
            ...i32Multiply,
          ]),
        ),
        countDown(COLUMNS),
      ),
    ],
  };
}

function addFunction(): WasmFunction {
  const [TO, FROM, VECTORS] = [0, 1, 2];
  return {
    name: 'add',
    parameters: [TYPE.i32, TYPE.i32, TYPE.i32],
    locals: [],
    body: doWhile(
      [...get(TO), ...get(TO), ...load(0), ...get(FROM), ...load(0), ...add, ...store(0)],
      advance(TO, i32Const(16)),
      advance(FROM, i32Const(16)),
      countDown(VECTORS),
    ),
  };
}
