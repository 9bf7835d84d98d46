/**
 * One range of a block's variables: a block of its own, with the neurons that its inputs reach and no
 * others. Of the first layer every edge counts (`isAlone`): without those of other ranges, `s(x1 + x2)` of
 * signed inputs would look like `s(x1)` and `s(x2)`.
 */
import type { Steps } from '../core/steps.js';
import { type IntegerMatrix, isBig } from '../integer/integer-network.js';
import type { SparseMask } from '../source/mask.js';
import { type PrunedLayer, pruneLayerOf } from '../source/pruned-network.js';
import type { Source } from '../source/source.js';
import { type BlockFrame, isAloneIn } from './block-frame.js';
import {
  type BlockInput,
  halves,
  inputOver,
  NO_COLUMN,
  type VariableRange,
} from './block-input.js';
import { blockChecker, type ExpectedRows, type WorkBudget } from './block-rows.js';
import { denseRange } from './dense-range.js';
import type { RangeLimits, RangeResult } from './range-proof.js';
import { type RangeReducer, rangeReducer } from './range-reducer.js';
import { Rejection } from './rejection.js';

/** A range with all that its check needs beside the block's frame, and nothing that belongs to other ranges. */
export interface RangeToCheck {
  /** Of the block, from 1. */
  readonly number: number;
  /** Numbered from 0, without `isAlone`. */
  readonly input: BlockInput;
  readonly expected: ExpectedRows;
  readonly assignment: Uint32Array;
  readonly others: Uint32Array;
  readonly limits: RangeLimits;
  /**
   * A word for all ranges of the block: the first layer in which any failed. What comes after it is of no use.
   */
  readonly earliest: Uint32Array;
}

/** No range has failed. */
export const NONE_FAILED = 2 ** 32 - 1;

/** The columns that a range's variables name, and what is expected there. */
function expectedOver(
  { matrix, carried, names }: ExpectedRows,
  column: Uint32Array,
): { readonly expected: ExpectedRows; readonly column: Uint32Array } {
  const own = new Map<number, number>();
  const local = column.map((name) => {
    if (name === NO_COLUMN) return name;
    const known = own.get(name) ?? own.size;
    own.set(name, known);
    return known;
  });
  const chosen = Uint32Array.from(own.keys());
  const expected: ExpectedRows = {
    matrix: columnsOf(matrix, chosen),
    names: names === undefined ? chosen : chosen.map((name) => names[name]),
    carried: carried && { ...carried, column: own.get(carried.column) ?? -1 },
  };
  return { expected, column: local };
}

function columnsOf({ rows, columns, values }: IntegerMatrix, chosen: Uint32Array): IntegerMatrix {
  const length = rows * chosen.length;
  const at = (index: number): number =>
    Math.floor(index / chosen.length) * columns + chosen[index % chosen.length];
  if (isBig(values)) {
    return {
      rows,
      columns: chosen.length,
      values: Array.from({ length }, (_, index) => values[at(index)]),
    };
  }
  const own = new Float64Array(length);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    for (const column of chosen) own[next++] = values[start + column];
  }
  return { rows, columns: chosen.length, values: own };
}

/** A range of a block, cut out of what belongs to all of it. */
export function rangeOver(block: Omit<RangeToCheck, 'earliest'>, range: VariableRange) {
  const input = inputOver(block.input, range);
  const { expected, column } = expectedOver(block.expected, input.column);
  return { ...block, input: { ...input, column }, expected };
}

/** Which columns of a mask are in a list (both ascend), and how many edges they keep. */
function listedColumns(
  { columns, offsets }: SparseMask,
  list: Uint32Array,
): { readonly positions: Uint32Array; readonly count: number } {
  const positions = new Uint32Array(Math.min(columns.length, list.length));
  let found = 0;
  let count = 0;
  let position = 0;
  for (let index = 0; index < list.length && position < columns.length; index++) {
    while (columns[position] < list[index]) position++;
    if (columns[position] !== list[index]) continue;
    count += offsets[position + 1] - offsets[position];
    positions[found++] = position++;
  }
  return { positions: positions.subarray(0, found), count };
}

/** A mask with some of its columns, which keep `count` edges. */
function columnsAt(mask: SparseMask, positions: Uint32Array, count: number): SparseMask {
  const columns = new Uint32Array(positions.length);
  const offsets = new Uint32Array(positions.length + 1);
  const rows = new Uint32Array(count);
  let at = 0;
  for (let index = 0; index < positions.length; index++) {
    const position = positions[index];
    const own = mask.rows.subarray(mask.offsets[position], mask.offsets[position + 1]);
    rows.set(own, at);
    at += own.length;
    columns[index] = mask.columns[position];
    offsets[index + 1] = at;
  }
  return { ...mask, columns, offsets, rows };
}

/** The layers of a block as the inputs of a range reach them; null if they have more edges than `most`. */
function* reachedLayers(
  frame: BlockFrame,
  source: Source,
  inputs: Uint32Array,
  most: number,
): Steps<PrunedLayer[] | null> {
  const layers: PrunedLayer[] = [];
  let edges = 0;
  for (const [index, mask] of frame.masks.entries()) {
    const list = index === 0 ? inputs : layers[index - 1].neurons;
    const { positions, count } = listedColumns(mask, list);
    edges += count;
    if (edges > most) return null;
    layers.push(
      yield* pruneLayerOf(
        source,
        frame.first + index,
        columnsAt(mask, positions, count),
        () => list,
      ),
    );
    yield;
  }
  return layers;
}

/** Checks a range. */
export function* checkRange(
  frame: BlockFrame,
  source: Source,
  range: RangeToCheck,
): Steps<RangeResult> {
  const dense = yield* denseRange(frame, source, range);
  return dense ?? (yield* checkByLists(frame, source, range));
}

/** The same with rows as lists of their variables; a range whose rows take too much memory in halves. */
export function* checkByLists(
  frame: BlockFrame,
  source: Source,
  range: RangeToCheck,
): Steps<RangeResult> {
  const { number, limits, earliest } = range;
  const input: BlockInput = {
    ...range.input,
    isAlone: (neuron) => isAloneIn(frame, neuron),
  };
  const mostEdges = limits.edges ?? Number.POSITIVE_INFINITY;
  const layers = yield* reachedLayers(frame, source, input.neurons, mostEdges);
  if (layers === null) return { seen: [], additions: 0, failure: null, isTooLarge: true };
  const budget: WorkBudget = { left: limits.additions, spent: 0 };
  const checker = blockChecker({ ...range, first: frame.first, layers, input }, budget);
  const all = { from: 0, to: input.variables };
  const result = (failure: RangeResult['failure']): RangeResult => ({
    seen: layers
      .slice(0, -1)
      .map(({ neurons }, index) => ({ neurons, signs: checker.seen[index] })),
    additions: budget.spent,
    failure,
  });
  const most = Math.min(limits.coefficients, limits.partsBeyond ?? limits.coefficients);
  try {
    const steps = checker.check(all, most);
    let step = steps.next();
    while (step.done !== true) {
      if (step.value !== undefined && step.value >= Atomics.load(earliest, 0)) return result(null);
      yield;
      step = steps.next();
    }
    if (step.value) return result(null);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const { failure, order } = error;
    noteFailure(earliest, failure.layer);
    return result({ failure, order });
  }
  const parts = halves(input, all);
  if (parts === undefined) {
    if (most < limits.coefficients) {
      const { partsBeyond, ...whole } = limits;
      return yield* checkByLists(frame, source, { ...range, limits: whole });
    }
    const reason = `the rows of one input hold more than ${most} coefficients, beyond what the checker takes on`;
    noteFailure(earliest, frame.first);
    return result({
      failure: { block: number, layer: frame.first, neuron: 0, reason },
      order: 0,
    });
  }
  const reducer: RangeReducer = rangeReducer(frame.first, number);
  for (const part of parts) {
    reducer.add(yield* checkRange(frame, source, { ...rangeOver(range, part), earliest }));
  }
  const sum = reducer.result();
  return { ...sum, additions: sum.additions + budget.spent };
}

/** Lowers the word to a layer, whoever else does so meanwhile. */
function noteFailure(earliest: Uint32Array, layer: number): void {
  for (let known = Atomics.load(earliest, 0); layer < known; ) {
    known = Atomics.compareExchange(earliest, 0, known, layer);
  }
}
