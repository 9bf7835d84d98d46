/**
 * One block, a range of its variables at a time: coefficient rows layer by layer, what ReLU makes of
 * them, and the comparison at the block's end. A row restricted to some variables propagates by itself;
 * only the sign of a hidden neuron concerns all of them, so the signs seen are kept from range to range.
 */
import {
  bigEntry,
  type IntegerMatrix,
  type IntegerNetwork,
  isBig,
} from '../integer/integer-network.js';
import { type PrunedLayer, readsOf } from '../source/pruned-network.js';
import { type BlockInput, NO_COLUMN, rowsOver, type VariableRange } from './block-input.js';
import { heldRows, type ReadRows, rowStorages } from './held-rows.js';
import { Rejection } from './rejection.js';
import {
  BIG_COST,
  type CoefficientRows,
  MOST_BITS,
  NEGATIVE,
  POSITIVE,
  type RowAccumulator,
  type RowStorage,
  type RowsBuilder,
  rowAccumulator,
  rowsBuilder,
} from './rows.js';

/** What the rows of a block's outputs have to be. */
export interface ExpectedRows {
  readonly matrix: IntegerMatrix;
  /** The matrix's columns in the target, where it has some of them alone. */
  readonly names?: Uint32Array;
  /**
   * Where the block hands a constant on, its last output: what the scale demands at this column, and 0 at the
   * others. The column is -1 where the matrix does not have it.
   */
  readonly carried: { readonly column: number; readonly value: bigint } | null;
}

/** Block `number` (from 1) of a target, as rows. */
export function expectedRows(target: IntegerNetwork, number: number): ExpectedRows {
  const { matrices, constant, scale, fractionalPlaces } = target;
  const matrix = matrices[number - 1];
  return {
    matrix,
    carried:
      constant && number < matrices.length
        ? {
            column: matrix.columns - 1,
            value: BigInt(scale.base) ** BigInt(fractionalPlaces[number - 1]),
          }
        : null,
  };
}

export const UNDECIDED = 'its coefficients have both signs, so ReLU is not decided here';
export const MOST_BITS_REASON = `a coefficient has more than ${MOST_BITS} bits, beyond what the checker takes on`;
export const MOST_ADDITIONS_REASON =
  'the mask asks for more additions of coefficients than the checker takes on for one ticket';

/** A block as it is checked. */
export interface Block {
  /** From 1. */
  readonly number: number;
  /** Its first source layer, from 1. */
  readonly first: number;
  readonly layers: readonly PrunedLayer[];
  readonly input: BlockInput;
  readonly expected: ExpectedRows;
  /** The neuron of the last layer that holds each output. */
  readonly assignment: Uint32Array;
  /** Other neurons of the last layer that the next block reads: they must be 0. */
  readonly others: Uint32Array;
}

/** How many more coefficients may be added up; see `ProofLimits`. */
export interface WorkBudget {
  left: number;
  /** How many were; what is left may be without limit. */
  spent: number;
}

/** Yields the number of a layer that is done, or nothing within one. */
export type CheckSteps = Generator<number | undefined, boolean, undefined>;

/** Checks a block over ranges of its variables, one after the other. */
export interface BlockChecker {
  /**
   * Whether the rows over this range fitted, `most` being the coefficients that one layer's may hold at a
   * time: if false, nothing is known of it yet, and its parts are to be checked instead. Throws a
   * `Rejection` at the first neuron that stands against the proof.
   */
  check(range: VariableRange, most: number): CheckSteps;
  /** Of each layer, the signs that the coefficients of its neurons had so far; of the last one, nothing. */
  readonly seen: readonly Uint8Array[];
}

export function blockChecker(block: Block, budget: WorkBudget): BlockChecker {
  const { layers, input, first } = block;
  const seen = layers.map(({ neurons }) => new Uint8Array(neurons.length));
  const accumulator = rowAccumulator(input.variables);
  const storages = rowStorages();
  return {
    seen,
    *check(range, most) {
      // Rows may run over by one, which has at most as many coefficients as there are variables.
      for (const storage of storages) storage.most = most + input.variables;
      const held = heldRows(layers, first, rowsOver(input, range), storages);
      for (const [index, layer] of layers.entries()) {
        const t = first + index;
        const place = { block: block.number, layer: t };
        const step = { layer, rows: held.readBy(t), accumulator, place, budget };
        if (index < layers.length - 1) {
          const raw = readsInput(layer, t, first) ? input : null;
          const { storage, size } = held;
          const rows = yield* hiddenRows(step, seen[index], raw, storage, most - size);
          if (rows === undefined) return false;
          held.add(t, rows);
        } else {
          yield* checkOutputs(step, block, range);
          yield* checkUnassigned(step, block.others, block.assignment.length);
        }
        yield t;
      }
      return true;
    },
  };
}

/** Whether layer t of a block, whose first is `first`, reads the block's input; then it comes first. */
export function readsInput(layer: PrunedLayer, t: number, first: number): boolean {
  return readsOf(layer, t)[0] === first - 1;
}

interface Place {
  readonly block: number;
  readonly layer: number;
}

/** A layer about to be propagated, with the rows of what it reads. */
export interface Step {
  readonly layer: PrunedLayer;
  readonly rows: ReadRows;
  readonly accumulator: RowAccumulator;
  readonly place: Place;
  readonly budget: WorkBudget;
}

/** Additions of coefficients between two steps: some milliseconds. */
const ADDITIONS_AT_ONCE = 2 ** 19;

/** Says after which neurons it is time for a step. */
function pace(budget: WorkBudget): () => boolean {
  let before = budget.spent;
  return () => {
    if (budget.spent - before < ADDITIONS_AT_ONCE) return false;
    before = budget.spent;
    return true;
  };
}

/** Where the ascending edges `from .. end - 1` begin to come from rows of number `limit` or above. */
function edgesBelow(edges: Uint32Array, from: number, end: number, limit: number): number {
  if (from < end && edges[end - 1] >>> 1 < limit) return end;
  let low = from;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle] >>> 1 < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds up neuron `index` of a layer; its pre-activation row is then in the accumulator. */
export function accumulate(step: Step, index: number): void {
  const { layer, rows: read, accumulator } = step;
  const { edges } = layer;
  const start = layer.offsets[index];
  const end = layer.offsets[index + 1];
  // A row has a coefficient or more, but for the few that are 0; where that tells enough, a look at each part
  // of what is read suffices. Edges ascend, and so do the parts that they come from.
  let bound = 0;
  let additions = end - start;
  let position = start;
  for (const part of read) {
    if (position === end) break;
    const to = edgesBelow(edges, position, end, part.end);
    if (to > position) bound += part.rows.highest * (to - position);
    position = to;
  }
  if (!(bound < Number.MAX_SAFE_INTEGER && 2 * additions >= accumulator.variables)) {
    bound = 0;
    additions = 0;
    position = start;
    for (const { rows, start: first, end: limit } of read) {
      const { largest, offsets } = rows;
      for (; position < end && edges[position] >>> 1 < limit; position++) {
        const row = (edges[position] >>> 1) - first;
        bound += largest[row];
        additions += offsets[row + 1] - offsets[row];
      }
    }
  }
  accumulator.clear(bound, additions);
  let spent = end - start;
  position = start;
  for (const { rows, start: first, end: limit } of read) {
    if (position === end) break;
    const to = edgesBelow(edges, position, end, limit);
    if (rows.big.size === 0) {
      spent += accumulator.addEdges(rows, edges, position, to, first);
      position = to;
      continue;
    }
    for (; position < to; position++) {
      const row = (edges[position] >>> 1) - first;
      const cost = rows.big.has(row) ? BIG_COST.time + rows.bigBits / 8 : 1;
      spent += cost * (rows.offsets[row + 1] - rows.offsets[row]);
      accumulator.add(rows, row, (edges[position] & 1) === 1);
    }
  }
  spend(step, index, spent);
}

/** Takes additions from the budget; false where that has no more. */
export function takeFrom(budget: WorkBudget, additions: number): boolean {
  budget.left -= additions;
  budget.spent += additions;
  return budget.left >= 0;
}

/**
 * What ReLU leaves of the row that was appended last, of these signs: a part of a signed input (`part` is its
 * variable), the row, or 0 where no coefficient is positive. `seen` has at `index` the signs of earlier ranges.
 * False where the coefficients do not decide it.
 */
export function rectifyLast(
  builder: RowsBuilder,
  signs: number,
  part: number | null,
  seen: Uint8Array,
  index: number,
): boolean {
  if (part !== null) {
    // The neuron is that variable, and has no edge from any other.
    builder.dropLast();
    builder.appendUnit(part);
    return true;
  }
  seen[index] |= signs;
  if (seen[index] === (POSITIVE | NEGATIVE)) return false;
  if (signs === NEGATIVE) {
    builder.dropLast();
    builder.appendZero();
  }
  return true;
}

/** Takes additions from the budget. Throws a `Rejection` at neuron `index` where that has no more. */
function spend({ layer, place, budget }: Step, index: number, additions: number): void {
  if (!takeFrom(budget, additions)) {
    throw new Rejection({
      ...place,
      neuron: layer.neurons[index],
      reason: MOST_ADDITIONS_REASON,
    });
  }
}

/**
 * Rows after ReLU of a hidden layer, or undefined if they are more than `most` coefficients. `seen` has
 * the signs of earlier ranges; `raw` is the block's input if the layer reads raw inputs.
 */
export function* hiddenRows(
  step: Step,
  seen: Uint8Array,
  raw: BlockInput | null,
  storage: RowStorage,
  most: number,
): Generator<undefined, CoefficientRows | undefined, undefined> {
  const { layer, accumulator, place, budget } = step;
  const builder = rowsBuilder(layer.neurons.length, storage);
  const isTime = pace(budget);
  for (const [index, neuron] of layer.neurons.entries()) {
    if (builder.size > most) return undefined;
    if (isTime()) yield;
    accumulate(step, index);
    const signs = builder.append(accumulator);
    if (builder.bigBits > MOST_BITS) {
      throw new Rejection({ ...place, neuron, reason: MOST_BITS_REASON });
    }
    const part =
      signs === (POSITIVE | NEGATIVE) && raw !== null
        ? signedPart(layer, index, raw, accumulator)
        : null;
    if (!rectifyLast(builder, signs, part, seen, index)) {
      throw new Rejection({ ...place, neuron, reason: UNDECIDED });
    }
  }
  return builder.finish();
}

/** Whether neuron `index` of a layer that reads raw inputs has one edge alone, from a signed one of them. */
export function isPart(
  { neurons, offsets, edges }: PrunedLayer,
  index: number,
  raw: BlockInput,
): boolean {
  const start = offsets[index];
  // The inputs come first among what the layer reads.
  if (offsets[index + 1] !== start + 1) return false;
  const position = Math.floor((edges[start] >>> 1) / raw.taps);
  if (raw.signed[raw.neurons[position]] !== true) return false;
  return raw.isAlone?.(neurons[index]) ?? true;
}

/** The variable `x+` or `x-` if the neuron is `s(x)` or `s(-x)` of one signed raw input. */
function signedPart(
  layer: PrunedLayer,
  index: number,
  raw: BlockInput,
  accumulator: RowAccumulator,
): number | null {
  if (!isPart(layer, index, raw)) return null;
  // The row is x+ - x- or its negative: ReLU leaves the part whose coefficient is positive.
  const touched = accumulator.touched.subarray(0, accumulator.count);
  return touched.find((variable) => accumulator.value(variable) > 0) ?? null;
}

/** Compares the pre-activation rows of the block's outputs with the rows of its matrix. */
function* checkOutputs(
  step: Step,
  block: Block,
  { from, to }: VariableRange,
): Generator<undefined, void, undefined> {
  const { layer, accumulator, place, budget } = step;
  const isTime = pace(budget);
  const { expected: wanted, assignment, input } = block;
  const { column, factor } = input;
  const { matrix, names, carried } = wanted;
  const position = new Map<number, number>();
  layer.neurons.forEach((neuron, index) => {
    position.set(neuron, index);
  });
  const small = isBig(matrix.values) ? null : matrix.values;
  for (const [output, neuron] of assignment.entries()) {
    if (isTime()) yield;
    const index = position.get(neuron);
    accumulator.clear();
    if (index !== undefined) accumulate(step, index);
    const carry = output === matrix.rows - 1 ? carried : null;
    if (carry === null && small !== null && index !== undefined) {
      const row = small.subarray(output * matrix.columns, (output + 1) * matrix.columns);
      if (isRow(accumulator.all, row, input, from, to)) continue;
    }
    for (let variable = from; variable < to; variable++) {
      const value = accumulator.value(variable);
      if (column[variable] === NO_COLUMN) {
        if (Number(value) === 0) continue;
        const reason = `output ${output} has coefficient ${value} at a tap that the integer network does not read`;
        throw new Rejection({ ...place, neuron, reason }, output);
      }
      const entry = output * matrix.columns + column[variable];
      // The integer that the matrix states, or for the constant's row the one that the scale demands.
      let equal: boolean;
      let expected: number | bigint;
      if (carry !== null) {
        expected = column[variable] === carry.column ? carry.value : 0n;
        equal = BigInt(value) === expected && bigEntry(matrix, entry) === expected;
      } else if (small !== null && typeof value === 'number') {
        expected = small[entry] * factor[variable];
        equal = value === expected;
      } else {
        expected = bigEntry(matrix, entry) * BigInt(factor[variable]);
        equal = BigInt(value) === expected;
      }
      if (!equal) {
        const input = names === undefined ? column[variable] : names[column[variable]];
        const reason = `output ${output} has coefficient ${value} at input ${input}, the integer network ${expected}`;
        throw new Rejection({ ...place, neuron, reason }, output);
      }
    }
  }
}

/** Whether sums at all variables are known, and are those of a row of the matrix: what mostly is the case. */
function isRow(
  sums: Float64Array | null,
  row: Float64Array,
  { column, factor }: BlockInput,
  from: number,
  to: number,
): boolean {
  if (sums === null) return false;
  for (let variable = from; variable < to; variable++) {
    // Of a variable that no column stands for the row has nothing, which equals no sum.
    if (sums[variable] !== row[column[variable]] * factor[variable]) return false;
  }
  return true;
}

/** A neuron that holds no output but is read by the next block must be 0. */
function* checkUnassigned(
  step: Step,
  others: Uint32Array,
  outputs: number,
): Generator<undefined, void, undefined> {
  if (others.length === 0) return;
  const { layer, accumulator, place, budget } = step;
  const isTime = pace(budget);
  const unassigned = new Set(others);
  for (const [index, neuron] of layer.neurons.entries()) {
    if (!unassigned.has(neuron)) continue;
    if (isTime()) yield;
    accumulate(step, index);
    // Non-positive over every range is non-positive over all variables.
    const { touched, count } = accumulator;
    if (touched.subarray(0, count).some((variable) => accumulator.value(variable) > 0)) {
      // It comes after the outputs.
      const reason = 'the next block reads it, but it holds no output and is not 0';
      throw new Rejection({ ...place, neuron, reason }, outputs + neuron);
    }
  }
}
