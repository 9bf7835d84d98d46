/** Max pooling as WebAssembly. */

import { vectorParts } from '../fast/lane-type.js';
import {
  advance,
  countDown,
  doWhile,
  i32Const,
  i32Multiply,
  i32Subtract,
  localGet,
  localSet,
  localTee,
  simd,
  TYPE,
  type WasmFunction,
} from '../fast/wasm-module.js';
import type { ProductLane } from './product-call.js';

const get = localGet;
const set = localSet;

/** Parameters, in the order of `Pool`, and locals. */
const [FROM, TO, COLUMNS, VECTORS, SIDE, FROM_ROW] = [0, 1, 2, 3, 4, 5];
const [POSITION, VECTORS_LEFT, ROW, ROWS_LEFT, AT, AT_LEFT, MOST] = [6, 7, 8, 9, 10, 11, 12];

export function poolFunction(lane: ProductLane): WasmFunction {
  const { load, store } = vectorParts(lane);
  const maximum = simd(lane === 'float32' ? 0xe9 : 0xf5);
  return {
    name: 'pool',
    parameters: new Array(6).fill(TYPE.i32),
    locals: [...new Array(MOST - POSITION).fill(TYPE.i32), TYPE.v128],
    body: [
      ...[...get(VECTORS), ...i32Const(16), ...i32Multiply, ...set(POSITION)],
      ...doWhile(
        [...get(VECTORS), ...set(VECTORS_LEFT)],
        doWhile(
          [...get(FROM), ...localTee(ROW), ...load(0), ...set(MOST)],
          [...get(SIDE), ...set(ROWS_LEFT)],
          doWhile(
            [...get(ROW), ...set(AT), ...get(SIDE), ...set(AT_LEFT)],
            doWhile(
              [...get(MOST), ...get(AT), ...load(0), ...maximum, ...set(MOST)],
              advance(AT, get(POSITION)),
              countDown(AT_LEFT),
            ),
            advance(ROW, get(FROM_ROW)),
            countDown(ROWS_LEFT),
          ),
          [...get(TO), ...get(MOST), ...store(0)],
          advance(TO, i32Const(16)),
          advance(FROM, i32Const(16)),
          countDown(VECTORS_LEFT),
        ),
        // One position on already: the window's others come then.
        advance(FROM, [
          ...get(POSITION),
          ...get(SIDE),
          ...i32Const(1),
          ...i32Subtract,
          ...i32Multiply,
        ]),
        countDown(COLUMNS),
      ),
    ],
  };
}
