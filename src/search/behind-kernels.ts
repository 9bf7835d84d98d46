/**
 * The kernels of what is behind the sums of a layer under training: normalisation, activation, and the backward pass
 * through both and through pooling. WebAssembly (`behind-functions.ts`), and plain JavaScript with the same bits.
 * All work on rows of positions that lie in sequence, with their channels filled up to whole vectors of four.
 * Addresses and strides are in bytes, counts at least 1.
 */
import type { Machine } from '../inference/fast/kernels.js';
import { ACTIVATION_MODE, behindFunctions } from './behind-functions.js';

/** Numbers of channels, in float64, are a row of their own of as many as a position has. */
export interface BehindKernels {
  /** `to = activation(from + added)`; what is not added is not looked at. */
  activate(from: number, added: number, to: number, vectors: number, mode: number): void;
  /**
   * From `gradient` behind the activation to `to` before it, by its `result` (ReLU hands on where that is above 0)
   * or by the `before + added` that it was of (of a sign it is biprop's, `2 (1 - |x|)` inside of [-1, 1]).
   */
  activateBack(
    gradient: number,
    result: number,
    before: number,
    added: number,
    to: number,
    vectors: number,
    mode: number,
  ): void;
  /** `to = from * factor`, where the positions of `to` are so far apart. */
  scale(
    from: number,
    to: number,
    positions: number,
    vectors: number,
    toPosition: number,
    factor: number,
  ): void;
  /**
   * For `columns` windows of `side` by `side` positions side by side: a window's gradient at `from`, times `factor`,
   * goes to the first position, row by row, that has the largest of its `numbers`; the others get 0.
   */
  spreadLargest(
    numbers: number,
    from: number,
    to: number,
    columns: number,
    vectors: number,
    side: number,
    numbersRow: number,
    toRow: number,
    toPosition: number,
    factor: number,
  ): void;
  /** Adds the numbers to the `sums` of their channels. */
  addSums(from: number, positions: number, vectors: number, sums: number): void;
  /** Adds the squares of what they are off the `means` of their channels. */
  addSquares(from: number, positions: number, vectors: number, means: number, sums: number): void;
  /** In place, `(x - mean) * factor`. */
  normalize(at: number, positions: number, vectors: number, means: number, factors: number): void;
  /** Adds gradients g to `along`, and `g x` to `across`, with the numbers x at `numbers`. */
  addProducts(
    gradients: number,
    numbers: number,
    positions: number,
    vectors: number,
    along: number,
    across: number,
  ): void;
  /** In place, `(g - along - x across) * factor`. */
  normalizeBack(
    gradients: number,
    numbers: number,
    positions: number,
    vectors: number,
    along: number,
    across: number,
    factors: number,
  ): void;
}

export function behindKernels(machine: Machine): BehindKernels {
  return machine.further<BehindKernels>('behind', behindFunctions, inJavaScript);
}

function inJavaScript(buffer: ArrayBuffer): BehindKernels {
  const values = new Float32Array(buffer);
  const wide = new Float64Array(buffer);
  const value = (address: number, at: number): number => values[address / 4 + at] as number;
  const ofChannel = (address: number, channel: number): number =>
    wide[address / 8 + channel] as number;
  const has = (mode: number, flag: number): boolean => (mode & flag) !== 0;
  /** Calls with each number's place in a row, and its channel. */
  const each = (positions: number, vectors: number, visit: (at: number, c: number) => void) => {
    const channels = 4 * vectors;
    for (let at = 0; at < positions * channels; at++) visit(at, at % channels);
  };
  return {
    activate(from, added, to, vectors, mode) {
      each(1, vectors, (at) => {
        let number = value(from, at);
        if (has(mode, ACTIVATION_MODE.add)) number += value(added, at);
        if (has(mode, ACTIVATION_MODE.rectify)) number = Math.max(0, number);
        if (has(mode, ACTIVATION_MODE.sign)) number = number < 0 ? -1 : 1;
        values[to / 4 + at] = number;
      });
    },
    activateBack(gradient, result, before, added, to, vectors, mode) {
      each(1, vectors, (at) => {
        let number = value(gradient, at);
        if (has(mode, ACTIVATION_MODE.rectify) && !(value(result, at) > 0)) number = 0;
        if (has(mode, ACTIVATION_MODE.sign)) {
          let argument = value(before, at);
          if (has(mode, ACTIVATION_MODE.add)) argument = Math.fround(argument + value(added, at));
          const slope = Math.fround(2 - Math.fround(2 * Math.abs(argument)));
          number *= Math.max(0, slope);
        }
        values[to / 4 + at] = number;
      });
    },
    scale(from, to, positions, vectors, toPosition, factor) {
      const scale = Math.fround(factor);
      each(positions, vectors, (at, channel) => {
        const position = Math.floor(at / (4 * vectors));
        values[(to + position * toPosition) / 4 + channel] = value(from, at) * scale;
      });
    },
    spreadLargest(
      numbers,
      from,
      to,
      columns,
      vectors,
      side,
      numbersRow,
      toRow,
      toPosition,
      factor,
    ) {
      const scale = Math.fround(factor);
      const channels = 4 * vectors;
      each(columns, vectors, (at, channel) => {
        const column = Math.floor(at / channels);
        const number = (y: number, x: number): number =>
          value(numbers + y * numbersRow, (column * side + x) * channels + channel);
        let most = number(0, 0);
        for (let window = 1; window < side * side; window++) {
          most = Math.max(most, number(Math.floor(window / side), window % side));
        }
        let left = value(from, at) * scale;
        for (let window = 0; window < side * side; window++) {
          const [y, x] = [Math.floor(window / side), window % side];
          const isMost = number(y, x) === most;
          const place = to + y * toRow + (column * side + x) * toPosition;
          values[place / 4 + channel] = isMost ? left : 0;
          if (isMost) left = 0;
        }
      });
    },
    addSums(from, positions, vectors, sums) {
      each(positions, vectors, (at, channel) => {
        wide[sums / 8 + channel] += value(from, at);
      });
    },
    addSquares(from, positions, vectors, means, sums) {
      each(positions, vectors, (at, channel) => {
        const off = value(from, at) - ofChannel(means, channel);
        wide[sums / 8 + channel] += off * off;
      });
    },
    normalize(first, positions, vectors, means, factors) {
      each(positions, vectors, (at, channel) => {
        const off = value(first, at) - ofChannel(means, channel);
        values[first / 4 + at] = off * ofChannel(factors, channel);
      });
    },
    addProducts(gradients, numbers, positions, vectors, along, across) {
      each(positions, vectors, (at, channel) => {
        const gradient = value(gradients, at);
        wide[along / 8 + channel] += gradient;
        wide[across / 8 + channel] += gradient * value(numbers, at);
      });
    },
    normalizeBack(gradients, numbers, positions, vectors, along, across, factors) {
      each(positions, vectors, (at, channel) => {
        const own = value(numbers, at) * ofChannel(across, channel);
        const gradient = value(gradients, at) - ofChannel(along, channel) - own;
        values[gradients / 4 + at] = gradient * ofChannel(factors, channel);
      });
    },
  };
}
