/**
 * How large the values inside an exported network become on a box of inputs, in exact integers: what
 * decides for which inputs float32 or float64 computes without rounding, and whether it may overflow.
 *
 * Within a block of a proved ticket every live hidden neuron is a non-negative combination of the
 * block's non-negative variables (or 0), so its largest value is the one at their upper corner
 * (theory, section 6). Between blocks the rows of the integer network bound the variables. Of feature maps
 * an input is a channel, at all its positions. In steps.
 */
import { bitLength, type Dyadic, dyadicFromNumber } from '../core/dyadic.js';
import { everyFew, type Steps } from '../core/steps.js';
import { blockFactors } from '../inference/block-factors.js';
import { bigEntry, type IntegerMatrix, type IntegerNetwork } from '../integer/integer-network.js';
import { layerLists } from '../source/layer-lists.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import { atTaps, type BlockReading, blockReadings } from './block-inputs.js';
import type { InputBox } from './input-box.js';
import type { LiveProgram } from './live-program.js';

/** Integers over one power of two, `value * 2^-places`; the constant 1, where there is one, last. */
interface Interval {
  readonly lower: readonly bigint[];
  readonly upper: readonly bigint[];
}

/** What one block's arithmetic reaches. */
export interface BlockReach {
  /**
   * Least k such that every partial sum of every neuron, in any order of summation, is at most
   * `2^k` in units of `2^-(places + exponents of the blocks before)`.
   */
  readonly bits: number;
  /** Upper bounds of the magnitudes of the block's inputs (channels), as real numbers (rounded up). */
  readonly inputs: Float64Array;
}

export interface ValueRange {
  readonly box: InputBox;
  /** The box's bounds are multiples of `2^-places`. */
  readonly places: number;
  /** One per block. */
  readonly blocks: readonly BlockReach[];
  /** Power of two by which each block's outputs are divided, see `blockFactors`. */
  readonly exponents: readonly number[];
}

/** Terms of BigInts between two steps: some milliseconds. */
const TERMS_AT_ONCE = 2 ** 15;

/** Largest partial sums of one block, and nothing else: what differs between the exported forms. */
type LargestSum = (inputs: Interval, block: number) => Steps<bigint>;

/** The live pruned source on a box; statements hold for tickets that are proved. */
export function prunedRange(
  program: LiveProgram,
  target: IntegerNetwork,
  assignments: readonly Uint32Array[],
  box: InputBox,
): Steps<ValueRange> {
  const { layers, blockEnds } = program;
  const readings = blockReadings(target);
  return rangeOf(target, box, function* (inputs, block) {
    const { taps } = readings[block] as BlockReading;
    const start = block === 0 ? 0 : blockEnds[block - 1];
    const own = layers.slice(start, blockEnds[block]);
    if (block === 0) {
      return yield* largestInLayers(own, { number: 0, list: atTaps(rawCorners(inputs), taps) });
    }
    const row = new Map(Array.from(assignments[block - 1], (neuron, output) => [neuron, output]));
    // A live neuron that is assigned to no output is always 0.
    const values = Array.from(layers[start - 1].neurons, (neuron) => {
      const output = row.get(neuron);
      return cornerAt(output === undefined ? 0n : inputs.upper[output]);
    });
    return yield* largestInLayers(own, { number: start, list: atTaps(values, taps) });
  });
}

/** The integer network itself on a box. */
export function foldedRange(target: IntegerNetwork, box: InputBox): Steps<ValueRange> {
  const readings = blockReadings(target);
  return rangeOf(target, box, function* (inputs, block) {
    const { lower, upper } = atColumns(inputs, readings[block] as BlockReading);
    const matrix = target.matrices[block];
    const isTurn = everyFew(TERMS_AT_ONCE);
    let largest = 0n;
    for (let row = 0; row < matrix.rows; row++) {
      if (isTurn(matrix.columns)) yield;
      let positive = 0n;
      let negative = 0n;
      for (let column = 0; column < matrix.columns; column++) {
        const position = row * matrix.columns + column;
        if (isZero(matrix, position)) continue;
        const entry = bigEntry(matrix, position);
        const [least, most] = product(entry, lower[column], upper[column]);
        if (most > 0n) positive += most;
        if (least < 0n) negative -= least;
      }
      largest = maximum(largest, maximum(positive, negative));
    }
    return largest;
  });
}

function* rangeOf(
  target: IntegerNetwork,
  box: InputBox,
  largestSum: LargestSum,
): Steps<ValueRange> {
  const { matrices, constant } = target;
  const { exponents } = blockFactors(target);
  const { interval, places } = integerBox(box, constant);
  const blocks: BlockReach[] = [];
  const readings = blockReadings(target);
  let inputs: Interval = interval;
  // The inputs of block i are integers times 2^-(places + e_1 + .. + e_(i-1)).
  let scale = places;
  for (const [block, matrix] of matrices.entries()) {
    const magnitudes = inputs.upper.map((most, index) => maximum(most, -inputs.lower[index]));
    const largest = maximum(yield* largestSum(inputs, block), magnitudes.reduce(maximum, 0n));
    blocks.push({
      bits: largest > 1n ? bitLength(largest - 1n) : 0,
      inputs: Float64Array.from(magnitudes, (value) => numberUp(value, scale)),
    });
    inputs = yield* rowBounds(matrix, atColumns(inputs, readings[block] as BlockReading));
    if (readings[block + 1]?.outside) inputs = withZero(inputs, constant);
    scale += exponents[block];
  }
  return { box, places, blocks, exponents };
}

/** What the columns of a block's matrix are. */
function atColumns({ lower, upper }: Interval, { inputOf }: BlockReading): Interval {
  if (inputOf === undefined) return { lower, upper };
  const gather = (values: readonly bigint[]): bigint[] =>
    Array.from(inputOf, (input) => values[input] as bigint);
  return { lower: gather(lower), upper: gather(upper) };
}

/** Values behind a ReLU, or the 0 outside of a plane; the constant is read inside alone. */
function withZero({ lower, upper }: Interval, constant: boolean): Interval {
  const read = lower.length - (constant ? 1 : 0);
  return { lower: lower.map((least, input) => (input < read ? 0n : least)), upper };
}

function integerBox({ lower, upper }: InputBox, constant: boolean) {
  const exact = (bounds: Float64Array): Dyadic[] => [
    ...Array.from(bounds, dyadicFromNumber),
    ...(constant ? [{ mantissa: 1n, exponent: 0 }] : []),
  ];
  const lowest = exact(lower);
  const highest = exact(upper);
  const places = [...lowest, ...highest].reduce(
    (most, { exponent }) => Math.max(most, -exponent),
    0,
  );
  const integers = (values: readonly Dyadic[]): bigint[] =>
    values.map(({ mantissa, exponent }) => mantissa << BigInt(exponent + places));
  return { interval: { lower: integers(lowest), upper: integers(highest) }, places };
}

/** Most entries of a large matrix can be 0, and are not worth a BigInt each. */
function isZero({ values }: IntegerMatrix, position: number): boolean {
  const value = values[position];
  return value === 0 || value === 0n;
}

/** Bounds of `max(0, V x)`, row by row: the next block's variables. */
function* rowBounds(matrix: IntegerMatrix, { lower, upper }: Interval): Steps<Interval> {
  const isTurn = everyFew(TERMS_AT_ONCE);
  const { rows, columns } = matrix;
  const least: bigint[] = [];
  const most: bigint[] = [];
  for (let row = 0; row < rows; row++) {
    if (isTurn(columns)) yield;
    let low = 0n;
    let high = 0n;
    for (let column = 0; column < columns; column++) {
      const position = row * columns + column;
      if (isZero(matrix, position)) continue;
      const entry = bigEntry(matrix, position);
      const [first, second] = product(entry, lower[column], upper[column]);
      low += first;
      high += second;
    }
    least.push(maximum(0n, low));
    most.push(maximum(0n, high));
  }
  return { lower: least, upper: most };
}

/** Least and greatest of `entry * x` for x between the bounds. */
function product(entry: bigint, lower: bigint, upper: bigint): readonly [bigint, bigint] {
  return entry > 0n ? [entry * lower, entry * upper] : [entry * upper, entry * lower];
}

/** A value that a layer reads: its bounds, and what it is where all of the block's variables are largest. */
interface Corner {
  readonly least: bigint;
  readonly most: bigint;
  readonly corner: bigint;
}

/** Of a neuron, which is largest at the upper corner. */
function cornerAt(value: bigint): Corner {
  return { least: value, most: value, corner: value };
}

/** Raw inputs `x+ - x-`: at the corner both parts are largest, though no input is there. */
function rawCorners({ lower, upper }: Interval): Corner[] {
  return upper.map((most, input) => {
    const least = lower[input];
    return { least, most, corner: maximum(0n, most) - maximum(0n, -least) };
  });
}

function* largestInLayers(
  layers: readonly PrunedLayer[],
  before: { readonly number: number; readonly list: readonly Corner[] },
): Steps<bigint> {
  const lists = layerLists(layers, { before, join: (parts) => parts.flat() });
  let largest = 0n;
  for (const [index, layer] of layers.entries()) {
    const t = before.number + 1 + index;
    const reach = yield* layerReach(layer, lists.readBy(t));
    lists.add(t, reach.values.map(cornerAt));
    largest = maximum(largest, reach.largest);
  }
  return largest;
}

interface LayerReach {
  /** Largest value of each neuron after ReLU. */
  readonly values: readonly bigint[];
  /** The largest partial sum. */
  readonly largest: bigint;
}

function* layerReach(
  { neurons, offsets, edges }: PrunedLayer,
  read: readonly Corner[],
): Steps<LayerReach> {
  const isTurn = everyFew(TERMS_AT_ONCE);
  const values: bigint[] = [];
  let largest = 0n;
  for (let neuron = 0; neuron < neurons.length; neuron++) {
    if (isTurn(offsets[neuron + 1] - offsets[neuron])) yield;
    // Of a single raw input ReLU leaves a part, not the sum at the corner.
    const single = offsets[neuron + 1] === offsets[neuron] + 1;
    let sum = 0n;
    let positive = 0n;
    let negative = 0n;
    for (let position = offsets[neuron]; position < offsets[neuron + 1]; position++) {
      const from = read[edges[position] >>> 1];
      const minus = (edges[position] & 1) === 1;
      const least = minus ? -from.most : from.least;
      const most = minus ? -from.least : from.most;
      sum += single ? most : minus ? -from.corner : from.corner;
      // Any partial sum lies between the negative terms' sum and the positive terms'.
      if (most > 0n) positive += most;
      if (least < 0n) negative -= least;
    }
    values.push(maximum(0n, sum));
    largest = maximum(largest, maximum(positive, negative));
  }
  yield;
  return { values, largest };
}

function maximum(first: bigint, second: bigint): bigint {
  return first > second ? first : second;
}

/** `value * 2^-places` as a float64, rounded up; for non-negative values. */
function numberUp(value: bigint, places: number): number {
  const excess = Math.max(0, bitLength(value) - 53);
  const mantissa = (value >> BigInt(excess)) + (excess > 0 ? 1n : 0n);
  // In two steps, so that the power of two itself does not underflow.
  const exponent = excess - places;
  const half = Math.trunc(exponent / 2);
  const result = Number(mantissa) * 2 ** half * 2 ** (exponent - half);
  // Where the product is not exact it is subnormal.
  return value > 0n && result < 2 ** -1022 ? result + Number.MIN_VALUE : result;
}
