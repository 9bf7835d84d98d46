/**
 * The kernels of the fast engine as WebAssembly, one module of about a kilobyte for each lane type
 * and row size. `js-kernels.ts` does the same in the same order, so with the same results.
 */

import type { Kernels, Machine, MachineFactory, Widen } from './kernels.js';
import { isFloat, type LaneType, type RowParts, scalarParts, vectorParts } from './lane-type.js';
import {
  advance,
  type Code,
  doWhile,
  i32Add,
  i32Const,
  i32Load,
  localGet,
  localSet,
  simd,
  TYPE,
  type WasmFunction,
  wasmModule,
} from './wasm-module.js';
import { accumulate, before, chains, eachPart, pairs, tables } from './wasm-sums.js';
import { type WasmModule, webAssembly } from './web-assembly.js';

const get = localGet;
const set = localSet;
/** See `Kernels.rectify`. */
function rectify(row: RowParts): WasmFunction {
  const [stream, end, target, value] = [0, 1, 2, 3];
  return {
    name: 'rectify',
    parameters: [TYPE.i32, TYPE.i32],
    locals: [TYPE.i32, row.type],
    body: doWhile(
      [...get(stream), ...i32Load(0), ...set(target)],
      eachPart(row, (_, offset) => [
        ...get(target),
        ...row.load(offset),
        ...set(value),
        ...get(target),
        ...row.rectified(value),
        ...row.store(offset),
      ]),
      advance(stream, i32Const(4)),
      before(stream, end),
    ),
  };
}

/** See `Kernels.scale`. */
function scale(type: LaneType, row: RowParts): WasmFunction {
  const [stream, end, factor, target, factors] = [0, 1, 2, 3, 4];
  const splat = row.type === TYPE.v128 ? simd(type === 'float32' ? 0x13 : 0x14) : [];
  return {
    name: 'scale',
    parameters: [TYPE.i32, TYPE.i32, type === 'float32' ? TYPE.f32 : TYPE.f64],
    locals: [TYPE.i32, row.type],
    body: [
      ...[...get(factor), ...splat, ...set(factors)],
      ...doWhile(
        [...get(stream), ...i32Load(0), ...set(target)],
        eachPart(row, (_, offset) => [
          ...get(target),
          ...get(target),
          ...row.load(offset),
          ...get(factors),
          ...row.multiply,
          ...row.store(offset),
        ]),
        advance(stream, i32Const(4)),
        before(stream, end),
      ),
    ],
  };
}

/** SIMD opcodes that widen the low and the high half of a vector. */
const LOW_16_TO_32 = 0xa7;
const HIGH_16_TO_32 = 0xa8;
const LOW_32_TO_64 = 0xc7;
const HIGH_32_TO_64 = 0xc8;
const INT32_TO_FLOAT32 = 0xfa;
/** Of the two low lanes. */
export const INT32_TO_FLOAT64 = 0xfe;
/** Brings the high half of a vector, given twice, down. */
const HIGH_TO_LOW: Code = [
  ...simd(0x0d),
  ...Array.from({ length: 16 }, (_, byte) => 8 + (byte % 8)),
];

/** What leaves a vector on the stack, with its high half where the low one was. */
export const highHalf = (vector: Code): Code => [...vector, ...vector, ...HIGH_TO_LOW];

/** The instructions that make vector number `part` of a wide row out of vectors of a narrow one. */
function widened(narrow: LaneType, wide: LaneType, from: number, part: number): Code {
  const load = (index: number): Code => [...get(from), ...vectorParts(narrow).load(16 * index)];
  const half = (index: number, low: number, high: number): Code =>
    simd(index % 2 === 0 ? low : high);
  if (narrow === 'int16') {
    if (wide === 'int64') {
      return [
        ...load(part >> 2),
        ...half(part >> 1, LOW_16_TO_32, HIGH_16_TO_32),
        ...half(part, LOW_32_TO_64, HIGH_32_TO_64),
      ];
    }
    if (wide === 'float64') {
      const words = [...load(part >> 2), ...half(part >> 1, LOW_16_TO_32, HIGH_16_TO_32)];
      const pair = part % 2 === 0 ? words : highHalf(words);
      return [...pair, ...simd(INT32_TO_FLOAT64)];
    }
    const code = [...load(part >> 1), ...half(part, LOW_16_TO_32, HIGH_16_TO_32)];
    return wide === 'float32' ? [...code, ...simd(INT32_TO_FLOAT32)] : code;
  }
  if (narrow === 'fixed32') {
    const words = load(part >> 1);
    return [...(part % 2 === 0 ? words : highHalf(words)), ...simd(INT32_TO_FLOAT64)];
  }
  return [...load(part >> 1), ...half(part, LOW_32_TO_64, HIGH_32_TO_64)];
}

/** See `Widen`. */
function widen(narrow: LaneType, wide: LaneType, name: string, fromZero: boolean): WasmFunction {
  const row = vectorParts(wide);
  const [stream, end, offset, from, to] = [0, 1, 2, 3, 4];
  return {
    name,
    parameters: [TYPE.i32, TYPE.i32, TYPE.i32],
    locals: [TYPE.i32, TYPE.i32],
    body: doWhile(
      [...get(stream), ...i32Load(0), ...get(offset), ...i32Add, ...set(from)],
      [...get(stream), ...i32Load(4), ...set(to)],
      eachPart(row, (part, at) => {
        const value = widened(narrow, wide, from, part);
        if (fromZero) return [...get(to), ...value, ...row.store(at)];
        return [...get(to), ...get(to), ...row.load(at), ...value, ...row.add, ...row.store(at)];
      }),
      advance(stream, i32Const(8)),
      before(stream, end),
    ),
  };
}

/** A module with one empty function that uses a vector: valid exactly where there is SIMD. */
const PROBE = wasmModule([
  { name: 'probe', parameters: [], locals: [TYPE.v128], body: [...get(0), 0x1a] },
]);

/** Whether this platform has WebAssembly with 128-bit SIMD. */
export function hasWasmSimd(): boolean {
  return webAssembly?.validate(PROBE) === true;
}

const compiled = new Map<string, WasmModule>();

/** Machines with WebAssembly SIMD; a RangeError where there is none (ask `hasWasmSimd`). */
export const wasmMachines: MachineFactory = { int64: true, create: createMachine };

function createMachine(bytes: number): Machine {
  if (webAssembly === undefined || !hasWasmSimd()) throw new RangeError('no WebAssembly SIMD here');
  const { Memory, Module, Instance } = webAssembly;
  const memory = new Memory({ initial: Math.ceil(bytes / 65536) });
  /** One instance of each: calls of functions that are often called become fast. */
  const instances = new Map<string, unknown>();
  const instantiate = <T>(name: string, functions: () => readonly WasmFunction[]): T => {
    let module = compiled.get(name);
    if (module === undefined) {
      module = new Module(wasmModule(functions()));
      compiled.set(name, module);
    }
    const instance = instances.get(name) ?? new Instance(module, { host: { memory } }).exports;
    instances.set(name, instance);
    return instance as T;
  };
  return {
    buffer: memory.buffer,
    kernels: (type, single): Kernels =>
      instantiate(`${type} ${single}`, () => {
        const row = single ? scalarParts(type) : vectorParts(type);
        return [
          accumulate('accumulate', row),
          accumulate('initialize', row),
          chains(row),
          tables(row),
          pairs(row),
          rectify(row),
          ...(isFloat(type) ? [scale(type, row)] : []),
        ];
      }),
    widen: (narrow, wide): Widen =>
      instantiate(`${narrow} ${wide}`, () => [
        widen(narrow, wide, 'set', true),
        widen(narrow, wide, 'add', false),
      ]),
    further: instantiate,
  };
}
