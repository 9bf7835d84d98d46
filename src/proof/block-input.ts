/**
 * What a block's neurons are combinations of: its non-negative variables. In the first block the parts
 * `x+`, `x-` of the raw inputs, later the outputs of the block before.
 */
import { upTo } from '../core/growable.js';
import type { InputSign } from '../target/network.js';
import { type CoefficientRows, rowAccumulator, rowsBuilder } from './rows.js';

/** The variables of a block, and the rows of its input neurons over them. */
export interface BlockInput {
  /** Ids of the input neurons that may be non-zero, ascending. */
  readonly neurons: Uint32Array;
  readonly rows: CoefficientRows;
  readonly variables: number;
  /**
   * Expected coefficients are read from the integer row: variable k stands for column `column[k]`
   * with the factor `factor[k]` (-1 for a negative part).
   */
  readonly column: Uint32Array;
  readonly factor: Int8Array;
  /** First block only: whether a neuron's input is of unknown sign. */
  readonly signed: readonly boolean[];
  /**
   * Taps of the kernel with which the block's first layer reads: each neuron has a row, and variables, for
   * each of them. What an input is at one tap says nothing of what it is at another.
   */
  readonly taps: number;
  /**
   * Where this is a range of a block's input: whether a neuron of the block's first layer has one edge alone,
   * those from inputs outside of the range counted too.
   */
  readonly isAlone?: (neuron: number) => boolean;
}

/** Of variables that no column stands for: they must not occur. */
export const NO_COLUMN = 2 ** 32 - 1;

/** Columns of a block's matrix, as variables find them. */
export interface BlockColumns {
  readonly taps: number;
  /** The column of a channel (the constant is the last) at a tap, or `NO_COLUMN`. */
  columnAt(channel: number, tap: number): number;
}

/** The first block's input: neuron i is `x_i` (the constant last), written in its parts, at every tap. */
export function rawInput(
  signs: readonly InputSign[],
  constant: boolean,
  columns: BlockColumns = { taps: 1, columnAt: (channel) => channel },
): BlockInput {
  const { taps, columnAt } = columns;
  const inputs = signs.length + (constant ? 1 : 0);
  const column: number[] = [];
  const factor: number[] = [];
  const accumulator = rowAccumulator(2 * inputs * taps);
  const builder = rowsBuilder(inputs * taps);
  const unit = rowsBuilder(2 * inputs * taps);
  for (let variable = 0; variable < 2 * inputs * taps; variable++) unit.appendUnit(variable);
  const units = unit.finish();
  for (let row = 0; row < inputs * taps; row++) {
    const tap = row % taps;
    const neuron = (row - tap) / taps;
    const sign = neuron < signs.length ? signs[neuron] : 'nonnegative';
    for (const [without, part] of [
      ['nonpositive', 1],
      ['nonnegative', -1],
    ] as const) {
      if (sign === without) continue;
      accumulator.add(units, column.length, part < 0);
      column.push(columnAt(neuron, tap));
      factor.push(part);
    }
    builder.append(accumulator);
    accumulator.clear();
  }
  return {
    neurons: Uint32Array.from({ length: inputs }, (_, neuron) => neuron),
    rows: builder.finish(),
    variables: column.length,
    column: Uint32Array.from(column),
    factor: Int8Array.from(factor),
    signed: signs.map((sign) => sign === 'signed'),
    taps,
  };
}

/** The input of a later block: one variable per assigned neuron and tap, in order of neuron. */
export function assignedInput(
  assignment: Uint32Array,
  columns: BlockColumns = { taps: 1, columnAt: (channel) => channel },
): BlockInput {
  const { taps, columnAt } = columns;
  const order = Uint32Array.from(assignment.keys()).sort((a, b) => assignment[a] - assignment[b]);
  const variables = order.length * taps;
  const builder = rowsBuilder(variables);
  const column = new Uint32Array(variables);
  for (let variable = 0; variable < variables; variable++) {
    builder.appendUnit(variable);
    const tap = variable % taps;
    column[variable] = columnAt(order[(variable - tap) / taps], tap);
  }
  return {
    neurons: order.map((output) => assignment[output]),
    rows: builder.finish(),
    variables,
    column,
    factor: new Int8Array(variables).fill(1),
    signed: [],
    taps,
  };
}

/** The variables `from .. to - 1`. */
export interface VariableRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The range in two halves, the parts of one neuron staying together; undefined if it is one neuron's.
 */
export function halves({ rows }: BlockInput, { from, to }: VariableRange) {
  // Neurons' rows begin at these variables.
  const starts = rows.offsets.filter((offset) => offset > from && offset < to);
  if (starts.length === 0) return undefined;
  const middle = starts[starts.length >>> 1];
  return [
    { from, to: middle },
    { from: middle, to },
  ] as const;
}

/**
 * The input neurons whose variables are in a range, as an input of their own: its variables are numbered
 * from 0 on.
 */
export function inputOver(
  { isAlone: _, ...input }: BlockInput,
  { from, to }: VariableRange,
): BlockInput {
  const { offsets, coefficients, largest } = input.rows;
  // Rows lie one after the other, in the order of their variables, and a range has whole ones.
  const first = offsets.indexOf(from);
  let end = first;
  while (end < input.neurons.length && offsets[end + 1] <= to) end++;
  const variables = to - from;
  return {
    ...input,
    neurons: input.neurons.slice(first, end),
    rows: {
      offsets: offsets.slice(first, end + 1).map((offset) => offset - from),
      largest: largest.slice(first, end),
      highest: input.rows.highest,
      variables: upTo(variables),
      coefficients: coefficients.slice(from, to),
      big: new Map(),
      bigBits: 0,
      size: variables,
    },
    variables,
    column: input.column.slice(from, to),
    factor: input.factor.slice(from, to),
  };
}

/** The input neurons' rows over a range of variables, 0 elsewhere. */
export function rowsOver({ rows }: BlockInput, { from, to }: VariableRange): CoefficientRows {
  // Variables are numbered in the order of the neurons' rows, so a position is a variable.
  return { ...rows, offsets: rows.offsets.map((offset) => Math.min(Math.max(offset, from), to)) };
}
