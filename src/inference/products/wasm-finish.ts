/** What comes behind the products in float64, as WebAssembly. */
import { vectorParts } from '../fast/lane-type.js';
import {
  advance,
  type Code,
  countDown,
  doWhile,
  i32Add,
  i32And,
  i32Const,
  i32Multiply,
  ifThen,
  localGet,
  localSet,
  simd,
  TYPE,
  type WasmFunction,
} from '../fast/wasm-module.js';
import { FINISH_MODE } from './finish-call.js';

const get = localGet;
const set = localSet;

/** Parameters, in the order of `Finish`, and locals. */
const [FROM, TO, ADDED, MAPS, POSITIONS, VECTORS, MODE, CHECK] = [0, 1, 2, 3, 4, 5, 6, 7];
const [VECTORS_LEFT, MAPS_AT, TO_SHIFTS, VALUE, OFF] = [8, 9, 10, 11, 12];

const bothLanes = (value: number): Code => [
  ...simd(0x0c),
  ...new Uint8Array(Float64Array.of(value, value).buffer),
];
const LESS = simd(0x49);
const SELECT = simd(0x52);

export function finishFunction(): WasmFunction {
  const { load, store, add, multiply, zero, rectified } = vectorParts('float64');
  const hasMode = (flag: number): Code => [...get(MODE), ...i32Const(flag), ...i32And];
  const next = (local: number): Code => advance(local, i32Const(16));
  return {
    name: 'finish',
    parameters: new Array(8).fill(TYPE.i32),
    locals: [TYPE.i32, TYPE.i32, TYPE.i32, TYPE.v128, TYPE.v128],
    body: [
      ...[...get(CHECK), ...load(0), ...set(OFF)],
      ...[...get(VECTORS), ...i32Const(16), ...i32Multiply, ...set(TO_SHIFTS)],
      ...doWhile(
        [...get(MAPS), ...set(MAPS_AT), ...get(VECTORS), ...set(VECTORS_LEFT)],
        doWhile(
          [...get(FROM), ...load(0), ...set(VALUE)],
          get(MAPS),
          ifThen(
            [...get(VALUE), ...get(MAPS_AT), ...load(0), ...multiply],
            [...get(MAPS_AT), ...get(TO_SHIFTS), ...i32Add, ...load(0), ...add, ...set(VALUE)],
            next(MAPS_AT),
          ),
          get(ADDED),
          ifThen([...get(VALUE), ...get(ADDED), ...load(0), ...add, ...set(VALUE)], next(ADDED)),
          [...get(OFF), ...get(VALUE), ...zero, ...multiply, ...add, ...set(OFF)],
          hasMode(FINISH_MODE.rectify),
          ifThen(rectified(VALUE), set(VALUE)),
          hasMode(FINISH_MODE.sign),
          ifThen(
            [...bothLanes(-1), ...bothLanes(1), ...get(VALUE), ...zero, ...LESS, ...SELECT],
            set(VALUE),
          ),
          [...get(TO), ...get(VALUE), ...store(0)],
          [...next(FROM), ...next(TO)],
          countDown(VECTORS_LEFT),
        ),
        countDown(POSITIONS),
      ),
      ...[...get(CHECK), ...get(OFF), ...store(0)],
    ],
  };
}
