/**
 * The proof of a block in whose source layers kernels stand one behind another: coefficient rows as ever,
 * but of a neuron at each of its classes of positions (`axis-classes.ts`), over what the block's input holds
 * at each distance. Composing kernels is no convolution with zeros around it: what a kernel reads of a hidden
 * layer outside of that layer's plane is 0, though the input may have something there. So the rim has classes
 * of its own, and the block is equal if the rows of its outputs are those of its matrix in every one of them.
 *
 * A constant is the same number at all positions: one variable, wherever it is read.
 */
import type { Steps } from '../core/steps.js';
import { type decodedEdges, decodeEdges, VISIT_COST } from './axis-classes.js';
import {
  MOST_ADDITIONS_REASON,
  MOST_BITS_REASON,
  rectifyLast,
  takeFrom,
  UNDECIDED,
  type WorkBudget,
} from './block-rows.js';
import { type Classes, type ComposedBlock, reject, type Variables } from './composed-block.js';
import type { HeldRows, ReadRows } from './held-rows.js';
import {
  BIG_COST,
  type CoefficientRows,
  MOST_BITS,
  NEGATIVE,
  POSITIVE,
  type RowAccumulator,
  rowsBuilder,
} from './rows.js';

export interface Check {
  readonly block: ComposedBlock;
  readonly classes: Classes;
  /** Signs of coefficients, of every row of each layer. */
  readonly seen: readonly Uint8Array[];
  /** Coefficients that a layer's rows may hold, with those that are held for later ones; a row counts as one. */
  readonly most: number;
  readonly budget: WorkBudget;
}

/** A layer about to be propagated. */
export interface Walk {
  readonly check: Check;
  readonly variables: Variables;
  readonly layer: number;
  /** Numbers of the lists that it reads. */
  readonly lists: readonly number[];
  readonly sizes: readonly number[];
  readonly rows: ReadRows;
  readonly accumulator: RowAccumulator;
  readonly edges: ReturnType<typeof decodedEdges>;
  /** Whether it is time for a step. */
  readonly isTime: () => boolean;
}

/** Reads the edges of a neuron, which `accumulate` then goes by. */
export function take({ check, layer, sizes, edges }: Walk, index: number): void {
  decodeEdges(check.block.layers[layer], index, sizes, edges);
}

/** Where edge `edge` of the neuron at hand looks from a position: its row, or -1 outside; how far away, in `moved`. */
function rowSeen(walk: Walk, edge: number, y: number, x: number): number {
  const { check, layer, lists, edges } = walk;
  const { classes, block } = check;
  const list = lists[edges.part[edge]];
  const [tall, wide] = [classes.y[list], classes.x[list]];
  let [atY, atX] = [y, x];
  if (edges.part[edge] === 0) {
    const { kernel, stride, pads, dilation } = block.readings[layer];
    const column = edges.tap[edge] % kernel.width;
    const row = (edges.tap[edge] - column) / kernel.width;
    atY = y * stride.height - pads.top + row * dilation.height;
    atX = x * stride.width - pads.left + column * dilation.width;
    if (atY < 0 || atX < 0 || atY >= tall.length || atX >= wide.length) return -1;
  }
  const from = edges.from[edge];
  moved =
    (atY * tall.step - y * classes.y[layer + 1].step) * classes.size.x +
    atX * wide.step -
    x * classes.x[layer + 1].step;
  return (
    classes.rowStarts[list][from] +
    tall.classes[from * tall.length + atY] * wide.counts[from] +
    wide.classes[from * wide.length + atX]
  );
}

/** What it takes to begin and end a row, whatever is added up in it, in additions of coefficients. */
const ROW_COST = 128;

/** By how many variables what the last `rowSeen` saw is away: a pair a call would dominate the time. */
let moved = 0;

/** Adds up the neuron at hand at a position; returns how many of its edges look inside. */
export function accumulate(walk: Walk, y: number, x: number): number {
  const { check, rows: read, accumulator, edges, variables } = walk;
  let bound = 0;
  let additions = 0;
  let inside = 0;
  for (let edge = 0; edge < edges.count; edge++) {
    const row = rowSeen(walk, edge, y, x);
    if (row < 0) continue;
    inside++;
    const { rows } = read[edges.part[edge]];
    bound += rows.largest[row];
    additions += rows.offsets[row + 1] - rows.offsets[row];
  }
  accumulator.clear(bound, additions);
  let spent = ROW_COST + VISIT_COST * edges.count;
  for (let edge = 0; edge < edges.count; edge++) {
    const row = rowSeen(walk, edge, y, x);
    if (row < 0) continue;
    const { rows } = read[edges.part[edge]];
    const cost = rows.big.size > 0 && rows.big.has(row) ? BIG_COST.time + rows.bigBits / 8 : 1;
    spent += 1 + cost * (rows.offsets[row + 1] - rows.offsets[row]);
    accumulator.addMoved(rows, row, edges.negative[edge] === 1, moved, variables.moving);
  }
  spend(check, walk.layer, spent);
  return inside;
}

export function spend({ block, budget }: Check, layer: number, additions: number): void {
  if (!takeFrom(budget, additions)) reject(block, block.first + layer, 0, MOST_ADDITIONS_REASON);
}

export function at(y: number, x: number): string {
  return ` (at position ${y}, ${x})`;
}

/**
 * The rows of a hidden layer, or undefined if they take more than `most` coefficients: a row is counted as one
 * by itself, 16 bytes for where it ends and its largest, whether or not it holds any.
 */
export function* hiddenRows(
  walk: Walk,
  held: HeldRows,
  most: number,
): Steps<CoefficientRows | undefined> {
  const { check, layer, accumulator } = walk;
  const { block, classes } = check;
  const { neurons } = block.layers[layer];
  const [tall, wide] = [classes.y[layer + 1], classes.x[layer + 1]];
  const seen = check.seen[layer];
  const left = most - seen.length;
  if (!(left >= 0)) return undefined;
  const builder = rowsBuilder(seen.length, held.storage);
  let row = 0;
  for (const [index, neuron] of neurons.entries()) {
    take(walk, index);
    for (let classY = 0; classY < tall.counts[index]; classY++) {
      const y = tall.firsts[tall.starts[index] + classY];
      for (let classX = 0; classX < wide.counts[index]; classX++, row++) {
        const x = wide.firsts[wide.starts[index] + classX];
        if (!(builder.size <= left)) return undefined;
        if (walk.isTime()) yield;
        const inside = accumulate(walk, y, x);
        const signs = builder.append(accumulator);
        if (builder.bigBits > MOST_BITS) {
          reject(block, block.first + layer, neuron, MOST_BITS_REASON);
        }
        const part =
          signs === (POSITIVE | NEGATIVE) && inside === 1 ? signedPart(walk, y, x) : null;
        if (!rectifyLast(builder, signs, part, seen, row)) {
          reject(block, block.first + layer, neuron, UNDECIDED + at(y, x));
        }
      }
    }
  }
  const rows = builder.finish();
  return { ...rows, size: rows.size + seen.length };
}

/** The variable `x+` or `x-` if the one edge that looks inside is from a signed raw input. */
function signedPart(walk: Walk, y: number, x: number): number | null {
  const { check, lists, edges, accumulator } = walk;
  const { input } = check.block;
  for (let edge = 0; edge < edges.count; edge++) {
    if (rowSeen(walk, edge, y, x) < 0) continue;
    if (lists[edges.part[edge]] !== 0) return null;
    if (input.signed[input.neurons[edges.from[edge]]] !== true) return null;
  }
  const touched = accumulator.touched.subarray(0, accumulator.count);
  return touched.find((variable) => accumulator.value(variable) > 0) ?? null;
}
