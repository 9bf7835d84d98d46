/** Copies units of memory, whole rows or single lanes, to where a kernel's taps want them or a plane keeps them. */
import type { Machine } from './kernels.js';
import { type ROW_BYTES, vectorParts } from './lane-type.js';
import {
  advance,
  type Code,
  doWhile,
  i32Add,
  i32Const,
  i32LessUnsigned,
  i32Load,
  i32Subtract,
  localGet,
  localSet,
  localTee,
  TYPE,
  unsigned,
  type WasmFunction,
} from './wasm-module.js';

/**
 * Goes through the records `source, target` of the stream `[stream, end)`, 4 bytes each, `count` times: a unit at
 * `from + source` is copied to `to + target`, and then `from` and `to` move on by their steps. All but `count`
 * are in bytes; neither stream nor count is empty.
 */
export type CopyUnits = (
  stream: number,
  end: number,
  count: number,
  from: number,
  fromStep: number,
  to: number,
  toStep: number,
) => void;

type CopyUnit = 2 | 4 | 8 | 32 | typeof ROW_BYTES;

interface CopyModule {
  readonly copy: CopyUnits;
}

/** Copies rows, or lanes of so many bytes. */
export function copyKernel(machine: Machine, unit: CopyUnit): CopyUnits {
  return machine.further<CopyModule>(
    `copy ${unit}`,
    () => [copyFunction(unit)],
    (buffer) => copyInJavaScript(buffer, unit),
  ).copy;
}

function copyInJavaScript(buffer: ArrayBuffer, unit: CopyUnit): CopyModule {
  const words = new Int32Array(buffer);
  const halves = new Int16Array(buffer);
  return {
    copy(stream, end, count, from, fromStep, to, toStep) {
      for (let index = 0; index < count; index++) {
        for (let at = stream >> 2; at < end >> 2; at += 2) {
          const source = (from + index * fromStep + words[at]) >> 1;
          const target = (to + index * toStep + words[at + 1]) >> 1;
          for (let half = 0; half < unit >> 1; half++)
            halves[target + half] = halves[source + half];
        }
      }
    },
  };
}

/** Loads and stores of a unit: opcode and alignment; a row goes in vectors. */
const SCALARS: Readonly<Record<2 | 4 | 8, { readonly load: Code; readonly store: Code }>> = {
  2: { load: [0x2f, 1, ...unsigned(0)], store: [0x3b, 1, ...unsigned(0)] },
  4: { load: [0x28, 2, ...unsigned(0)], store: [0x36, 2, ...unsigned(0)] },
  8: { load: [0x29, 3, ...unsigned(0)], store: [0x37, 3, ...unsigned(0)] },
};

function copyFunction(unit: CopyUnit): WasmFunction {
  const [stream, end, count, from, fromStep, to, toStep, at, source, target] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  const get = localGet;
  const address = (base: number, offset: number, local: number): Code => [
    ...[...get(base), ...get(at), ...i32Load(offset), ...i32Add, ...localSet(local)],
  ];
  const parts: Code[] =
    unit >= 32
      ? rowParts(source, target, unit)
      : [[...get(target), ...get(source), ...SCALARS[unit as 2].load, ...SCALARS[unit as 2].store]];
  return {
    name: 'copy',
    parameters: new Array(7).fill(TYPE.i32),
    locals: new Array(3).fill(TYPE.i32),
    body: doWhile(
      [...get(stream), ...localSet(at)],
      doWhile(
        address(from, 0, source),
        address(to, 4, target),
        parts.flat(),
        advance(at, i32Const(8)),
        [...get(at), ...get(end), ...i32LessUnsigned],
      ),
      advance(from, get(fromStep)),
      advance(to, get(toStep)),
      [...get(count), ...i32Const(1), ...i32Subtract, ...localTee(count)],
    ),
  };
}

function rowParts(source: number, target: number, unit: number): Code[] {
  const { load, store, bytes } = vectorParts('int32');
  return Array.from({ length: unit / bytes }, (_, part) => [
    ...[...localGet(target), ...localGet(source), ...load(part * bytes), ...store(part * bytes)],
  ]);
}
