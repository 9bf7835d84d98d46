/** The kernels that add rows up, as WebAssembly: sums, chains of them, tables and pairs. */
import type { RowParts } from './lane-type.js';
import {
  advance,
  type Code,
  countDown,
  doWhile,
  i32AtLeastUnsigned,
  i32Const,
  i32LessUnsigned,
  i32Load,
  i32Subtract,
  ifThen,
  localGet,
  localSet,
  localTee,
  TYPE,
  type WasmFunction,
} from './wasm-module.js';

const get = localGet;
const set = localSet;

/** Leaves `local < end` on the stack. */
export const before = (local: number, end: number): Code => [
  ...get(local),
  ...get(end),
  ...i32LessUnsigned,
];

/** Code for each part of a row: `code(part number, byte offset of the part)`. */
export function eachPart(
  { count, bytes }: RowParts,
  code: (part: number, offset: number) => Code,
): Code {
  return Array.from({ length: count }, (_, part) => code(part, part * bytes)).flat();
}

/** Locals of code that adds rows up: where the stream is, a source's address, and the first part of the sums. */
export interface Adding {
  readonly stream: number;
  readonly source: number;
  readonly sums: number;
}

/** Adds (or subtracts) as many rows as the local `counter` says, and counts it down. */
export function addRows(
  row: RowParts,
  { stream, source, sums }: Adding,
  counter: number,
  operation: Code,
): Code {
  const unrolled = row.count === 1 ? 4 : 2;
  const addOne = (at: number): Code => [
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
  return [
    ...[...get(counter), ...i32Const(unrolled), ...i32AtLeastUnsigned],
    ...ifThen(
      doWhile(
        Array.from({ length: unrolled }, (_, at) => addOne(at)).flat(),
        advance(stream, i32Const(4 * unrolled)),
        [...get(counter), ...i32Const(unrolled), ...i32Subtract, ...localTee(counter)],
        [...i32Const(unrolled), ...i32AtLeastUnsigned],
      ),
    ),
    ...get(counter),
    ...ifThen(doWhile(addOne(0), advance(stream, i32Const(4)), countDown(counter))),
  ];
}

/** See `Kernels.accumulate`, and `initialize`, which starts from 0. */
export function accumulate(name: 'accumulate' | 'initialize', row: RowParts): WasmFunction {
  const [stream, end, out, plus, minus, source, sums] = [0, 1, 2, 3, 4, 5, 6];
  const adding = { stream, source, sums };
  return {
    name,
    parameters: [TYPE.i32, TYPE.i32],
    locals: [TYPE.i32, TYPE.i32, TYPE.i32, TYPE.i32, ...new Array(row.count).fill(row.type)],
    body: doWhile(
      [...get(stream), ...i32Load(0), ...set(out)],
      [...get(stream), ...i32Load(4), ...set(plus)],
      [...get(stream), ...i32Load(8), ...set(minus)],
      advance(stream, i32Const(12)),
      eachPart(row, (part, offset) => [
        ...(name === 'initialize' ? row.zero : [...get(out), ...row.load(offset)]),
        ...set(sums + part),
      ]),
      addRows(row, adding, plus, row.add),
      addRows(row, adding, minus, row.subtract),
      eachPart(row, (part, offset) => [...get(out), ...get(sums + part), ...row.store(offset)]),
      before(stream, end),
    ),
  };
}

/** Ends a link of a chain: adds what the chain has come to so often to the sums, which are what it comes to then. */
export function addLast(
  row: RowParts,
  { times, sums, last }: { readonly times: number; readonly sums: number; readonly last: number },
): Code {
  return [
    ...get(times),
    ...ifThen(
      doWhile(
        eachPart(row, (part) => [
          ...[...get(sums + part), ...get(last + part), ...row.add, ...set(sums + part)],
        ]),
        countDown(times),
      ),
    ),
    ...eachPart(row, (part) => [...get(sums + part), ...set(last + part)]),
  ];
}

/** See `Kernels.chains`. */
export function chains(row: RowParts): WasmFunction {
  const [stream, end, target, links, minus, plus, times, source, sums] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8,
  ];
  const last = sums + row.count;
  const adding = { stream, source, sums };
  return {
    name: 'chains',
    parameters: [TYPE.i32, TYPE.i32],
    locals: [...new Array(6).fill(TYPE.i32), ...new Array(2 * row.count).fill(row.type)],
    body: doWhile(
      [...get(stream), ...i32Load(0), ...set(target)],
      [...get(stream), ...i32Load(4), ...set(links)],
      advance(stream, i32Const(8)),
      doWhile(
        [...get(stream), ...i32Load(0), ...set(minus)],
        [...get(stream), ...i32Load(4), ...set(plus)],
        [...get(stream), ...i32Load(8), ...set(times)],
        advance(stream, i32Const(12)),
        eachPart(row, (part) => [...row.zero, ...set(sums + part)]),
        addRows(row, adding, minus, row.subtract),
        addRows(row, adding, plus, row.add),
        addLast(row, { times, sums, last }),
        countDown(links),
      ),
      eachPart(row, (part, offset) => [...get(target), ...get(last + part), ...row.store(offset)]),
      before(stream, end),
    ),
  };
}

/**
 * See `Kernels.tables`. Per group: its columns one by one; column c goes to the end of the table, and
 * after it, for each entry p that was there before, p + c and p - c.
 */
export function tables(row: RowParts): WasmFunction {
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

/** See `Kernels.pairs`. */
export function pairs(row: RowParts): WasmFunction {
  const [stream, end, target, sums, differences, first, second] = [0, 1, 2, 3, 4, 5, 6];
  const each = (counter: number, operation: Code): Code => [
    ...get(counter),
    ...ifThen(
      doWhile(
        [...get(stream), ...i32Load(0), ...set(first)],
        [...get(stream), ...i32Load(4), ...set(second)],
        eachPart(row, (_, offset) => [
          ...get(target),
          ...[...get(first), ...row.load(offset)],
          ...[...get(second), ...row.load(offset)],
          ...operation,
          ...row.store(offset),
        ]),
        advance(stream, i32Const(8)),
        advance(target, i32Const(row.count * row.bytes)),
        countDown(counter),
      ),
    ),
  ];
  return {
    name: 'pairs',
    parameters: [TYPE.i32, TYPE.i32],
    locals: new Array(5).fill(TYPE.i32),
    body: doWhile(
      [...get(stream), ...i32Load(0), ...set(target)],
      [...get(stream), ...i32Load(4), ...set(sums)],
      [...get(stream), ...i32Load(8), ...set(differences)],
      advance(stream, i32Const(12)),
      each(sums, row.add),
      each(differences, row.subtract),
      before(stream, end),
    ),
  };
}
