/**
 * A range of a block whose rows have most of the range's variables: written out, a few variables at a time,
 * and added to by the neurons that hand them on, in the order of the mask. Nothing is sorted by targets, and
 * no row has a list of its variables. It decides alone what holds: whatever stands against the proof, or asks
 * for more than float64 has, is left to the rows of `block-rows.ts`, whose words and order count.
 */
import type { Steps } from '../core/steps.js';
import { isBig } from '../integer/integer-network.js';
import type { Source } from '../source/source.js';
import { type BlockFrame, isAloneIn } from './block-frame.js';
import { type BlockInput, NO_COLUMN, type VariableRange } from './block-input.js';
import type { ExpectedRows } from './block-rows.js';
import {
  AT_A_TIME,
  addAlong,
  type DenseRows,
  denseRows,
  isExact,
  leavePart,
  measure,
} from './dense-rows.js';
import type { RangeResult, SeenSigns } from './range-proof.js';
import { type ReachedLayer, reachAll } from './reached-layers.js';
import { NEGATIVE, POSITIVE } from './rows.js';

/** Edges that a range may have: they are held by their sources. */
const MOST_EDGES = 2 ** 25;
/** How many times the additions that lists would take the written-out rows may, and how many they may anyway. */
const MOST_WASTE = 8;
const FREE = 2 ** 24;

/** What of a range is looked at here. */
export interface DenseRange {
  readonly input: BlockInput;
  readonly expected: ExpectedRows;
  readonly assignment: Uint32Array;
  readonly others: Uint32Array;
  readonly limits: { readonly additions: number; readonly edges?: number };
}

/** Which neurons of the block's first layer are `s(x)` or `s(-x)` of one signed input. */
function partsOf(
  { ids, starts, edges }: ReachedLayer,
  input: BlockInput,
  frame: BlockFrame,
): Uint8Array {
  const counts = new Uint8Array(ids.length);
  const parts = new Uint8Array(ids.length);
  for (let row = 0; row + 1 < starts.length; row++) {
    const isSigned = input.signed[input.neurons[row]] === true;
    for (let at = starts[row]; at < starts[row + 1]; at++) {
      const number = edges[at] >>> 1;
      if (counts[number] < 2) counts[number]++;
      if (isSigned) parts[number] = 1;
    }
  }
  for (let number = 0; number < ids.length; number++) {
    if (parts[number] === 0) continue;
    if (counts[number] > 1 || !isAloneIn(frame, ids[number])) parts[number] = 0;
  }
  return parts;
}

/** The input neurons whose variables are looked at together, all of one neuron's among them. */
function slicesOf({ rows, neurons }: BlockInput): VariableRange[] | null {
  const slices: VariableRange[] = [];
  let from = 0;
  for (let index = 0; index < neurons.length; index++) {
    if (rows.offsets[index + 1] - from > AT_A_TIME) {
      slices.push({ from, to: rows.offsets[index] });
      from = rows.offsets[index];
    }
    if (rows.offsets[index + 1] - from > AT_A_TIME) return null;
  }
  return [...slices, { from, to: rows.offsets[neurons.length] }];
}

/** Writes the input neurons' rows over a slice. */
function writeInput({ rows, neurons }: BlockInput, { from, to }: VariableRange, into: DenseRows) {
  into.values.fill(0);
  for (let index = 0; index < neurons.length; index++) {
    for (let at = rows.offsets[index]; at < rows.offsets[index + 1]; at++) {
      const variable = rows.variables[at];
      if (variable < from || variable >= to) continue;
      into.values[index * AT_A_TIME + variable - from] = rows.coefficients[at];
    }
    measure(into, index);
  }
}

/** Whether the block's outputs are over a slice what they have to be, and neurons without one not positive. */
function areExpected(
  { numbers }: ReachedLayer,
  { values }: DenseRows,
  { input, expected, assignment, others }: DenseRange,
  { from, to }: VariableRange,
): boolean {
  const { matrix, carried } = expected;
  if (isBig(matrix.values)) return false;
  const { column, factor } = input;
  for (let output = 0; output < assignment.length; output++) {
    const number = numbers[assignment[output]];
    const own = (number - 1) * AT_A_TIME - from;
    const start = output * matrix.columns;
    const isCarried = carried !== null && output === matrix.rows - 1;
    for (let variable = from; variable < to; variable++) {
      const value = number === 0 ? 0 : values[own + variable];
      if (column[variable] === NO_COLUMN) return false;
      const entry = matrix.values[start + column[variable]];
      if (value !== entry * factor[variable]) return false;
      // What the scale demands of the constant's row; values are exact here, and Numbers below 2^53.
      if (!isCarried) continue;
      const demanded = column[variable] === carried.column ? carried.value : 0n;
      if (BigInt(value) !== demanded || BigInt(entry) !== demanded) return false;
    }
  }
  for (const neuron of others) {
    const number = numbers[neuron];
    if (number === 0) continue;
    const own = (number - 1) * AT_A_TIME;
    for (let at = own; at < own + AT_A_TIME; at++) if (values[at] > 0) return false;
  }
  return true;
}

/** Checks a slice of the range's variables, layer by layer; false if it is not for this check to decide. */
function checkSlice(
  layers: readonly ReachedLayer[],
  range: DenseRange,
  slice: VariableRange,
  { input, buffers, seen, parts, tally }: SliceState,
): boolean {
  writeInput(range.input, slice, input);
  let read = input;
  for (const [index, layer] of layers.entries()) {
    const rows = buffers[index % 2];
    const count = layer.ids.length;
    if (!isExact(layer, read)) return false;
    rows.values.fill(0, 0, count * AT_A_TIME);
    const additions = addAlong(layer, read, rows.values);
    tally.additions += additions;
    tally.work += count * AT_A_TIME;
    if (index === layers.length - 1) return areExpected(layer, rows, range, slice);
    const known = seen[index];
    for (let row = 0; row < count; row++) {
      let signs = measure(rows, row);
      if (signs === (POSITIVE | NEGATIVE)) {
        if (index > 0 || parts[row] === 0) return false;
        leavePart(rows, row);
        // What is one of the variables is not decided by signs.
        signs = 0;
      }
      known[row] |= signs;
      if (known[row] === (POSITIVE | NEGATIVE)) return false;
      // ReLU makes a row without positive coefficients 0.
      if (signs === NEGATIVE) rows.filled[row] = 0;
    }
    read = rows;
  }
  return true;
}

/** What the check of a range has come to. */
interface Tally {
  additions: number;
  /** Entries that were gone through. */
  work: number;
}

interface SliceState {
  readonly input: DenseRows;
  /** Of one layer after the other, in turns. */
  readonly buffers: readonly [DenseRows, DenseRows];
  /** By layer, the signs that its neurons' coefficients had so far. */
  readonly seen: readonly Uint8Array[];
  /** Of the first layer's neurons: see `partsOf`. */
  readonly parts: Uint8Array;
  readonly tally: Tally;
}

/** The signs of a layer's neurons, by their ids. */
function ascending({ ids, numbers }: ReachedLayer, seen: Uint8Array): SeenSigns {
  const neurons = new Uint32Array(ids.length);
  const signs = new Uint8Array(ids.length);
  let count = 0;
  for (let id = 0; id < numbers.length; id++) {
    if (numbers[id] === 0) continue;
    neurons[count] = id;
    signs[count++] = seen[numbers[id] - 1];
  }
  return { neurons, signs };
}

/**
 * Checks a range, and counts its additions as `checkRange` does; null if there is anything that it does not
 * decide: then nothing is known of the range.
 */
export function* denseRange(
  frame: BlockFrame,
  source: Source,
  range: DenseRange,
): Steps<RangeResult | null> {
  const { input, expected, limits } = range;
  const slices = slicesOf(input);
  if (slices === null || isBig(expected.matrix.values) || input.rows.big.size > 0) return null;
  const most = Math.min(MOST_EDGES, limits.edges ?? MOST_EDGES);
  const layers = yield* reachAll(frame, source, input.neurons, most);
  if (layers === null) return null;
  const edges = layers.reduce((sum, layer) => sum + layer.edges.length, 0);
  const hidden = layers.slice(0, -1);
  const widest = layers.reduce((width, { ids }) => Math.max(width, ids.length), 0);
  const state: SliceState = {
    input: denseRows(input.neurons.length),
    buffers: [denseRows(widest), denseRows(widest)],
    seen: hidden.map(({ ids }) => new Uint8Array(ids.length)),
    parts: partsOf(layers[0], input, frame),
    tally: { additions: edges, work: 0 },
  };
  for (const slice of slices) {
    if (!checkSlice(layers, range, slice, state)) return null;
    const { additions, work } = state.tally;
    // Rows of few variables take less in lists.
    if (additions > limits.additions || work > MOST_WASTE * additions + FREE) return null;
    yield;
  }
  return {
    seen: hidden.map((layer, index) => ascending(layer, state.seen[index])),
    additions: state.tally.additions,
    failure: null,
  };
}
