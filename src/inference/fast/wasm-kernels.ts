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
  i32AtLeastUnsigned,
  i32Const,
  i32LessUnsigned,
  i32Load,
  i32Subtract,
  ifThen,
  localGet,
  localSet,
  localTee,
  simd,
  TYPE,
  type WasmFunction,
  wasmModule,
} from './wasm-module.js';
import { type WasmModule, webAssembly } from './web-assembly.js';

const get = localGet;
const set = localSet;
/** Leaves `local < end` on the stack. */
const before = (local: number, end: number): Code => [
  ...get(local),
  ...get(end),
  ...i32LessUnsigned,
];

/** Code for each part of a row: `code(part number, byte offset of the part)`. */
function eachPart({ count, bytes }: RowParts, code: (part: number, offset: number) => Code): Code {
  return Array.from({ length: count }, (_, part) => code(part, part * bytes)).flat();
}

/** See `Kernels.accumulate`, and `initialize` and `difference`, which start from 0. */
function accumulate(name: 'accumulate' | 'initialize' | 'difference', row: RowParts): WasmFunction {
  const fromZero = name !== 'accumulate';
  const operations = name === 'difference' ? [row.subtract, row.add] : [row.add, row.subtract];
  const unrolled = row.count === 1 ? 4 : 2;
  const [stream, end, out, first, second, source, sums] = [0, 1, 2, 3, 4, 5, 6];
  const addOne = (operation: Code, at: number): Code => [
    ...[...get(stream), ...i32Load(4 * at), ...set(source)],
    ...eachPart(row, (part, offset) => [
      ...get(sums + part),
      ...get(source),
      ...row.load(offset),
      ...operation,
      ...set(sums + part),
    ]),
  ];
  // Several at a time as long as there are that many, then one by one.
  const addAll = (counter: number, operation: Code): Code => [
    ...[...get(counter), ...i32Const(unrolled), ...i32AtLeastUnsigned],
    ...ifThen(
      doWhile(
        Array.from({ length: unrolled }, (_, at) => addOne(operation, at)).flat(),
        advance(stream, i32Const(4 * unrolled)),
        [...get(counter), ...i32Const(unrolled), ...i32Subtract, ...localTee(counter)],
        [...i32Const(unrolled), ...i32AtLeastUnsigned],
      ),
    ),
    ...get(counter),
    ...ifThen(
      doWhile(addOne(operation, 0), advance(stream, i32Const(4)), [
        ...get(counter),
        ...i32Const(1),
        ...i32Subtract,
        ...localTee(counter),
      ]),
    ),
  ];
  return {
    name,
    parameters: [TYPE.i32, TYPE.i32],
    locals: [TYPE.i32, TYPE.i32, TYPE.i32, TYPE.i32, ...new Array(row.count).fill(row.type)],
    body: doWhile(
      [...get(stream), ...i32Load(0), ...set(out)],
      [...get(stream), ...i32Load(4), ...set(first)],
      [...get(stream), ...i32Load(8), ...set(second)],
      advance(stream, i32Const(12)),
      eachPart(row, (part, offset) => [
        ...(fromZero ? row.zero : [...get(out), ...row.load(offset)]),
        ...set(sums + part),
      ]),
      addAll(first, operations[0]),
      addAll(second, operations[1]),
      eachPart(row, (part, offset) => [...get(out), ...get(sums + part), ...row.store(offset)]),
      before(stream, end),
    ),
  };
}

/**
 * See `Kernels.tables`. Per group: its columns one by one; column c goes to the end of the table, and
 * after it, for each entry p that was there before, p + c and p - c.
 */
function tables(row: RowParts): WasmFunction {
  const [stream, end, first, count, column, last, entry, target, columnParts] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8,
  ];
  const size = row.count * row.bytes;
  const entryParts = columnParts + row.count;
  return {
    name: 'tables',
    parameters: [TYPE.i32, TYPE.i32],
    locals: [...new Array(6).fill(TYPE.i32), ...new Array(2 * row.count).fill(row.type)],
    body: doWhile(
      [...get(stream), ...i32Load(0), ...localTee(first), ...set(target)],
      [...get(stream), ...i32Load(4), ...set(count)],
      advance(stream, i32Const(8)),
      doWhile(
        [...get(stream), ...i32Load(0), ...set(column)],
        advance(stream, i32Const(4)),
        [...get(target), ...set(last)],
        eachPart(row, (part, offset) => [
          ...get(column),
          ...row.load(offset),
          ...localTee(columnParts + part),
          ...set(columnParts + part),
          ...get(target),
          ...get(columnParts + part),
          ...row.store(offset),
        ]),
        advance(target, i32Const(size)),
        [...get(first), ...set(entry)],
        before(entry, last),
        ifThen(
          doWhile(
            eachPart(row, (part, offset) => [
              ...get(entry),
              ...row.load(offset),
              ...set(entryParts + part),
              ...get(target),
              ...get(entryParts + part),
              ...get(columnParts + part),
              ...row.add,
              ...row.store(offset),
              ...get(target),
              ...get(entryParts + part),
              ...get(columnParts + part),
              ...row.subtract,
              ...row.store(offset + size),
            ]),
            advance(target, i32Const(2 * size)),
            advance(entry, i32Const(size)),
            before(entry, last),
          ),
        ),
        [...get(count), ...i32Const(1), ...i32Subtract, ...localTee(count)],
      ),
      before(stream, end),
    ),
  };
}

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
const INT32_TO_FLOAT64 = 0xfe;
/** Brings the high half of a vector, given twice, down. */
const HIGH_TO_LOW: Code = [
  ...simd(0x0d),
  ...Array.from({ length: 16 }, (_, byte) => 8 + (byte % 8)),
];

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
      const pair = part % 2 === 0 ? words : [...words, ...words, ...HIGH_TO_LOW];
      return [...pair, ...simd(INT32_TO_FLOAT64)];
    }
    const code = [...load(part >> 1), ...half(part, LOW_16_TO_32, HIGH_16_TO_32)];
    return wide === 'float32' ? [...code, ...simd(INT32_TO_FLOAT32)] : code;
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
          accumulate('difference', row),
          tables(row),
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
