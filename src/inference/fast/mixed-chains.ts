/**
 * The kernel of chains whose digits are integers of 32 bits and whose links are added up in float64: as
 * `Kernels.chains`, but each link's record begins with digits of its own,
 * `digits minus, digits plus, digits[..], minus, plus, times, sources[..]`. They are added up as integers, which
 * must not overflow; what they come to is the float64 that rows are subtracted from and added to.
 */
import type { Machine } from './kernels.js';
import { LANE_BYTES, ROW_BYTES, vectorParts } from './lane-type.js';
import { highHalf, INT32_TO_FLOAT64 } from './wasm-kernels.js';
import {
  advance,
  countDown,
  doWhile,
  i32Const,
  i32Load,
  localGet,
  localSet,
  simd,
  TYPE,
  type WasmFunction,
} from './wasm-module.js';
import { addLast, addRows, before, eachPart } from './wasm-sums.js';

interface MixedModule {
  chains(stream: number, end: number): void;
}

/** The kernel on a machine's memory. */
export function mixedChains(machine: Machine): MixedModule['chains'] {
  return machine.further<MixedModule>('mixed chains', () => [mixedFunction()], inJavaScript).chains;
}

const NARROW = vectorParts('fixed32');
const WIDE = vectorParts('float64');

function mixedFunction(): WasmFunction {
  const get = localGet;
  const set = localSet;
  const [stream, end, target, links, minus, plus, times, source] = [0, 1, 2, 3, 4, 5, 6, 7];
  const digits = 8;
  const sums = digits + NARROW.count;
  const last = sums + WIDE.count;
  const counts = [...get(stream), ...i32Load(0), ...set(minus), ...get(stream), ...i32Load(4)];
  return {
    name: 'chains',
    parameters: [TYPE.i32, TYPE.i32],
    locals: [
      ...new Array<(typeof TYPE)['i32']>(6).fill(TYPE.i32),
      ...new Array<(typeof TYPE)['v128']>(NARROW.count + 2 * WIDE.count).fill(TYPE.v128),
    ],
    body: doWhile(
      [...get(stream), ...i32Load(0), ...set(target)],
      [...get(stream), ...i32Load(4), ...set(links)],
      advance(stream, i32Const(8)),
      doWhile(
        [...counts, ...set(plus)],
        advance(stream, i32Const(8)),
        eachPart(NARROW, (part) => [...NARROW.zero, ...set(digits + part)]),
        addRows(NARROW, { stream, source, sums: digits }, minus, NARROW.subtract),
        addRows(NARROW, { stream, source, sums: digits }, plus, NARROW.add),
        eachPart(WIDE, (part) => [
          ...(part % 2 === 0 ? get(digits + (part >> 1)) : highHalf(get(digits + (part >> 1)))),
          ...simd(INT32_TO_FLOAT64),
          ...set(sums + part),
        ]),
        [...counts, ...set(plus)],
        [...get(stream), ...i32Load(8), ...set(times)],
        advance(stream, i32Const(12)),
        addRows(WIDE, { stream, source, sums }, minus, WIDE.subtract),
        addRows(WIDE, { stream, source, sums }, plus, WIDE.add),
        addLast(WIDE, { times, sums, last }),
        countDown(links),
      ),
      eachPart(WIDE, (part, offset) => [
        ...get(target),
        ...get(last + part),
        ...WIDE.store(offset),
      ]),
      before(stream, end),
    ),
  };
}

function inJavaScript(buffer: ArrayBuffer): MixedModule {
  const words = new Int32Array(buffer);
  const narrow = new Int32Array(buffer);
  const wide = new Float64Array(buffer);
  const lanes = ROW_BYTES / LANE_BYTES.float64;
  /** Adds rows to lanes, or subtracts them: those of `count` addresses from `at` on. */
  const add = (
    into: Int32Array | Float64Array,
    rows: Int32Array | Float64Array,
    at: number,
    count: number,
    sign: 1 | -1,
  ): number => {
    for (const address of words.subarray(at, at + count)) {
      const row = address / rows.BYTES_PER_ELEMENT;
      for (let lane = 0; lane < lanes; lane++) {
        into[lane] = (into[lane] as number) + sign * (rows[row + lane] as number);
      }
    }
    return at + count;
  };
  return {
    chains(stream, end) {
      let at = stream >> 2;
      while (at < end >> 2) {
        const target = (words[at] as number) / LANE_BYTES.float64;
        let links = words[at + 1] as number;
        let last = new Float64Array(lanes);
        for (at += 2; links > 0; links--) {
          const digits = new Int32Array(lanes);
          const [less, more] = words.subarray(at, at + 2) as unknown as [number, number];
          at = add(digits, narrow, at + 2, less, -1);
          at = add(digits, narrow, at, more, 1);
          const sums = Float64Array.from(digits);
          const [minus, plus, times] = words.subarray(at, at + 3) as unknown as number[];
          at = add(sums, wide, at + 3, minus as number, -1);
          at = add(sums, wide, at, plus as number, 1);
          for (let lane = 0; lane < lanes; lane++) {
            for (let count = 0; count < (times as number); count++) {
              sums[lane] = (sums[lane] as number) + (last[lane] as number);
            }
          }
          last = sums;
        }
        wide.set(last, target);
      }
    },
  };
}
