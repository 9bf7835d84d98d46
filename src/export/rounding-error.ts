/**
 * What rounding may cost an exported network on a box of inputs: sound bounds by forward error analysis
 * (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1), valid for every order
 * of summation and with or without fused multiply-add, as long as the arithmetic is IEEE float32 or
 * float64. Worst cases: what is seen is far smaller.
 *
 * A block computed on its inputs with errors `e` is the block on other non-negative inputs, so the
 * errors come out as `|V| e`, and only what is rounded inside the block goes through its layers. Of feature
 * maps an input is a channel, and a bound of it one of all its positions and of the 0 outside of its plane.
 */
import { everyFew, type Steps } from '../core/steps.js';
import { blockFactors } from '../inference/block-factors.js';
import { type FloatFormat, gamma, up } from '../inference/float-format.js';
import type { IntegerMatrix, IntegerNetwork } from '../integer/integer-network.js';
import { layerLists } from '../source/layer-lists.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import { atTaps, type BlockReading, blockReadings } from './block-inputs.js';
import type { InputBox } from './input-box.js';
import type { LiveProgram } from './live-program.js';
import type { ValueRange } from './value-range.js';

/** Rounding inside one block, per row of its matrix, for inputs up to `inputs` in magnitude. */
type BlockError = (inputs: Float64Array, block: number) => Steps<Float64Array>;

/** Edges or integers between two steps: some milliseconds. */
const TERMS_AT_ONCE = 2 ** 18;

/** Upper bound of `|computed - exact|` over all outputs and all inputs of the range's box, in steps. */
export function prunedError(
  program: LiveProgram,
  target: IntegerNetwork,
  assignments: readonly Uint32Array[],
  range: ValueRange,
  format: FloatFormat,
): Steps<number> {
  const { layers, blockEnds } = program;
  const readings = blockReadings(target);
  return outputError(target, range, format, function* (inputs, block) {
    const start = block === 0 ? 0 : blockEnds[block - 1];
    const own = layers.slice(start, blockEnds[block]);
    let list: readonly Read[];
    if (block === 0) {
      list = rawReads(range.box, inputs);
    } else {
      const row = new Map(Array.from(assignments[block - 1], (neuron, output) => [neuron, output]));
      list = Array.from(layers[start - 1].neurons, (neuron) => {
        const output = row.get(neuron);
        return readOf(output === undefined ? 0 : inputs[output], 0);
      });
    }
    const { taps } = readings[block] as BlockReading;
    const before = { number: start, list: atTaps(list, taps) };
    const lists = layerLists(own, { before, join: (parts) => parts.flat() });
    let reach: Reach = { values: new Float64Array(0), errors: new Float64Array(0) };
    for (const [index, layer] of own.entries()) {
      const t = start + 1 + index;
      reach = yield* reachOf(layer, format, lists.readBy(t));
      const { values, errors } = reach;
      lists.add(
        t,
        Array.from(values, (value, neuron) => readOf(value, errors[neuron])),
      );
    }
    const { neurons } = own[own.length - 1];
    const { rows } = target.matrices[block];
    const isLast = block === target.matrices.length - 1;
    const position = new Map(Array.from(neurons, (neuron, index) => [neuron, index]));
    return Float64Array.from({ length: rows }, (_, output) => {
      const index = position.get(isLast ? output : assignments[block][output]);
      return index === undefined ? 0 : reach.errors[index];
    });
  });
}

/** The same for the integer network itself, computed with multiplications. */
export function foldedError(
  target: IntegerNetwork,
  range: ValueRange,
  format: FloatFormat,
): Steps<number> {
  const readings = blockReadings(target);
  return outputError(target, range, format, function* (inputs, block) {
    const { columns } = target.matrices[block];
    const reading = readings[block] as BlockReading;
    const sums = yield* absoluteProduct(target.matrices[block], reading, inputs);
    return sums.map((sum) => (sum === 0 ? 0 : up(sum * gamma(columns, format), columns)));
  });
}

function* outputError(
  target: IntegerNetwork,
  { blocks, exponents }: ValueRange,
  format: FloatFormat,
  blockError: BlockError,
): Steps<number> {
  const { matrices, scale } = target;
  const readings = blockReadings(target);
  let errors = new Float64Array(blocks[0].inputs.length);
  // Of the last factor and the multiplication by it, where it is no power of two.
  const finalRoundings = gamma(2, format) + 4 * blocks.length * 2 ** -53;
  const finalFactor = blockFactors(target).last;
  for (const [block, { rows, columns }] of matrices.entries()) {
    const inputs = blocks[block].inputs.map((most, index) => up(most + errors[index], 2));
    const rounded = yield* blockError(inputs, block);
    const matrix = matrices[block];
    const reading = readings[block] as BlockReading;
    const carried = yield* absoluteProduct(matrix, reading, errors);
    const sizes = yield* absoluteProduct(matrix, reading, inputs);
    const factor = 2 ** -exponents[block];
    const last = block === matrices.length - 1;
    errors = Float64Array.from({ length: rows }, (_, row) => {
      const error = up(rounded[row] + carried[row], columns);
      if (!last || scale.base === 2) return up(error * factor, 4) + format.tiny;
      const scaled = error + finalRoundings * (sizes[row] + error);
      return up(scaled * factor * finalFactor, 4 * blocks.length + 8) + format.tiny;
    });
  }
  return errors.reduce((most, error) => Math.max(most, error), 0);
}

/** `|V| x` for a block's non-negative inputs x, rounded up. */
function* absoluteProduct(
  matrix: IntegerMatrix,
  { inputOf }: BlockReading,
  inputs: Float64Array,
): Steps<Float64Array> {
  const x = inputOf === undefined ? inputs : Float64Array.from(inputOf, (input) => inputs[input]);
  const isTurn = everyFew(TERMS_AT_ONCE);
  const product = new Float64Array(matrix.rows);
  for (let row = 0; row < matrix.rows; row++) {
    if (isTurn(matrix.columns)) yield;
    let sum = 0;
    for (let column = 0; column < matrix.columns; column++) {
      const entry = Math.abs(Number(matrix.values[row * matrix.columns + column]));
      // 0 times an infinite bound is 0.
      if (entry !== 0 && x[column] !== 0) sum += entry * x[column];
    }
    product[row] = up(sum, 3 * matrix.columns);
  }
  return product;
}

/** Per neuron: its largest value up to `errors`, and what rounding may have changed it by. */
interface Reach {
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

/** A value that a layer reads, with either sign of the edge. */
interface Read {
  /** The largest it can be, and the largest of its negative. */
  readonly plus: number;
  readonly minus: number;
  /** What it is where all of the block's variables are largest: that is where neurons are. */
  readonly corner: number;
  readonly size: number;
  readonly error: number;
}

/** Raw inputs `x+ - x-`, and the constant 1 beyond the box's. */
function rawReads({ lower, upper }: InputBox, magnitudes: Float64Array): Read[] {
  return Array.from(magnitudes, (size, input) => {
    const plus = input < upper.length ? upper[input] : 1;
    const minus = input < lower.length ? -lower[input] : -1;
    const corner = Math.max(0, plus) - Math.max(0, minus);
    return { plus, minus, corner, size, error: 0 };
  });
}

/** A neuron: the upper corner of the block's inputs gives it its largest value. */
function readOf(value: number, error: number): Read {
  // Values are float64 sums themselves: off by no more than the format's own.
  return { plus: value, minus: -value, corner: value, size: value + 2 * error, error };
}

function* reachOf(
  { neurons, offsets, edges }: PrunedLayer,
  format: FloatFormat,
  read: readonly Read[],
): Steps<Reach> {
  const isTurn = everyFew(TERMS_AT_ONCE);
  const values = new Float64Array(neurons.length);
  const errors = new Float64Array(neurons.length);
  for (let neuron = 0; neuron < neurons.length; neuron++) {
    const start = offsets[neuron];
    const end = offsets[neuron + 1];
    if (isTurn(end - start)) yield;
    let sum = 0;
    let sizes = 0;
    let carried = 0;
    for (let position = start; position < end; position++) {
      const { plus, minus, corner, size, error } = read[edges[position] >>> 1];
      const negative = (edges[position] & 1) === 1;
      // Of a single raw input ReLU leaves a part, not the sum at the corner.
      if (end === start + 1) sum += negative ? minus : plus;
      else sum += negative ? -corner : corner;
      sizes += size;
      carried += error;
    }
    values[neuron] = Math.max(0, sum);
    const rounded = sizes === 0 ? 0 : gamma(Math.max(0, end - start - 1), format) * sizes;
    errors[neuron] = up(carried + rounded, end - start);
  }
  yield;
  return { values, errors };
}
