/**
 * What a block's neurons are combinations of: its non-negative variables. In the first block the parts
 * `x+`, `x-` of the raw inputs, later the outputs of the block before.
 */
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
}

/** The first block's input: neuron i is `x_i` (the constant last), written in its parts. */
export function rawInput(signs: readonly InputSign[], constant: boolean): BlockInput {
  const inputs = signs.length + (constant ? 1 : 0);
  const column: number[] = [];
  const factor: number[] = [];
  const accumulator = rowAccumulator(2 * inputs);
  const builder = rowsBuilder(inputs);
  const unit = rowsBuilder(2 * inputs);
  for (let variable = 0; variable < 2 * inputs; variable++) unit.appendUnit(variable);
  const units = unit.finish();
  for (let neuron = 0; neuron < inputs; neuron++) {
    const sign = neuron < signs.length ? signs[neuron] : 'nonnegative';
    if (sign !== 'nonpositive') {
      accumulator.add(units, column.length, false);
      column.push(neuron);
      factor.push(1);
    }
    if (sign !== 'nonnegative') {
      accumulator.add(units, column.length, true);
      column.push(neuron);
      factor.push(-1);
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
  };
}

/** The input of a later block: one variable per assigned neuron, in order of neuron. */
export function assignedInput(assignment: Uint32Array): BlockInput {
  const order = Uint32Array.from(assignment.keys()).sort((a, b) => assignment[a] - assignment[b]);
  const builder = rowsBuilder(order.length);
  order.forEach((_, variable) => {
    builder.appendUnit(variable);
  });
  return {
    neurons: order.map((output) => assignment[output]),
    rows: builder.finish(),
    variables: order.length,
    column: order,
    factor: new Int8Array(order.length).fill(1),
    signed: [],
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

/** The input neurons' rows over a range of variables, 0 elsewhere. */
export function rowsOver({ rows }: BlockInput, { from, to }: VariableRange): CoefficientRows {
  // Variables are numbered in the order of the neurons' rows, so a position is a variable.
  return { ...rows, offsets: rows.offsets.map((offset) => Math.min(Math.max(offset, from), to)) };
}
