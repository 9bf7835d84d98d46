/**
 * What the fast engine computes with: a memory of rows, one row per neuron (or partial sum) with one
 * lane per sample, and a few kernels that read streams of 32-bit byte addresses from that same memory.
 * The order of the additions is fixed by the streams, hence the same in every implementation.
 */
import type { LaneType } from './lane-type.js';
import type { WasmFunction } from './wasm-module.js';

/** Streams are half-open ranges `[stream, end)` of byte addresses, never empty. */
export interface Kernels {
  /**
   * Records `target, plus, minus, sources[plus + minus]`: adds `plus` rows to the target row and then
   * subtracts `minus` rows.
   */
  accumulate(stream: number, end: number): void;
  /** The same, but the target starts from 0. */
  initialize(stream: number, end: number): void;
  /**
   * Records `target, links`, and for each link `minus, plus, times, sources[minus + plus]`: from 0, subtracts rows,
   * then adds rows, and then adds what the link before came to so many times. The last one's sum is the target.
   * `links >= 1`; the first one's `times` is 0.
   */
  chains(stream: number, end: number): void;
  /**
   * Records `table, count, columns[count]`: writes all sums of the columns with coefficients -1, 0, +1
   * whose first non-zero coefficient is +1, in the order that `tables.ts` numbers them. `count >= 1`.
   */
  tables(stream: number, end: number): void;
  /**
   * Records `target, sums, differences`, and for each of them two rows: writes `a + b`, and then `a - b`, into rows
   * one after the other from the target on.
   */
  pairs(stream: number, end: number): void;
  /** Replaces each row by its maximum with 0. */
  rectify(stream: number, end: number): void;
  /** Multiplies each row by a power of two. Float lanes only. */
  scale(stream: number, end: number, factor: number): void;
}

/**
 * Records `narrow row, wide row`: as many lanes of the narrow row as the wide one has, from `offset`
 * bytes on, become (`set`) or are added to (`add`) the wide row.
 */
export interface Widen {
  set(stream: number, end: number, offset: number): void;
  add(stream: number, end: number, offset: number): void;
}

/** A memory with its kernels: WebAssembly, or plain JavaScript with the same results. */
export interface Machine {
  readonly buffer: ArrayBuffer;
  kernels(type: LaneType, single: boolean): Kernels;
  widen(narrow: LaneType, wide: LaneType): Widen;
  /** Further kernels on the same memory, by a name of theirs: as WebAssembly, or in JavaScript. */
  further<T>(
    name: string,
    functions: () => readonly WasmFunction[],
    inJavaScript: (buffer: ArrayBuffer) => T,
  ): T;
}

export interface MachineFactory {
  /** Whether its machines have int64 lanes. */
  readonly int64: boolean;
  /** A machine with a zeroed memory of at least so many bytes. */
  create(bytes: number): Machine;
}
