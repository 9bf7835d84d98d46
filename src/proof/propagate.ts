/**
 * Proof by propagation (theory, section 6): the pruned source equals the integer network for all
 * inputs of the stated signs. Works for any mask and knows no construction; sound, not complete.
 *
 * Per block every neuron is an integer combination of non-negative variables: the previous block's
 * outputs and the constant, or, in the first block, the parts `x+ = s(x)`, `x- = s(-x)` of the inputs
 * (`x = x+ - x-`; for a coordinate of known sign one of the two is 0 and left out). A hidden neuron
 * whose coefficients are all non-negative is linear, all non-positive: it is 0. Mixed signs cannot be
 * decided without knowing more of the variables, and are rejected if the neuron matters, with one
 * exception: a neuron with a single edge, from a signed input of the source, is `s(x)` or `s(-x)`.
 */
import { checkList, checkObject } from '../core/arguments.js';
import type { Watch } from '../core/progress.js';
import { complete, retold, type Steps } from '../core/steps.js';
import { checkIntegerNetwork } from '../integer/check-integer-network.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { requireConnectedLayers } from '../source/check-shape.js';
import type { LayerMask } from '../source/mask.js';
import { edgeBetweenGroups, toSparse } from '../source/mask.js';
import { keepLiveSteps, type PrunedLayer, pruneLayerOf } from '../source/pruned-network.js';
import {
  blockEndsOf,
  columnsOf,
  depthOf,
  layerOf,
  readingOf,
  tapsOf,
  widthOf,
  widthsOf,
} from '../source/shape.js';
import type { Source } from '../source/source.js';
import type { InputSign } from '../target/network.js';
import {
  assignedInput,
  type BlockColumns,
  halves,
  rawInput,
  type VariableRange,
} from './block-input.js';
import { blockChecker, expectedRows, type WorkBudget } from './block-rows.js';
import type { ComposedKernels } from './composed-block.js';
import { composedProof } from './composed-proof.js';
import { type Composition, compositionOf, windowColumnsOf } from './maps.js';
import type { BlockToProve, RangeProof } from './range-proof.js';
import { type ProofFailure, Rejection } from './rejection.js';

export type { ProofFailure };

/** What was seen of one block that was proved. */
export interface BlockProof {
  readonly block: number;
  readonly layers: number;
  /** Neurons from which a kept path leads to an output of the block. */
  readonly liveNeurons: number;
  readonly liveEdges: number;
}

export type PropagationResult =
  | { readonly equal: true; readonly blocks: readonly BlockProof[] }
  | { readonly equal: false; readonly failure: ProofFailure };

export interface PropagationInput {
  readonly source: Source;
  /** The mask of layer t, from 1. */
  readonly mask: (t: number, form?: 'sparse') => LayerMask;
  readonly target: IntegerNetwork;
  readonly inputSigns: readonly InputSign[];
  /** Per block but the last, the neuron that holds each output (the constant last). */
  readonly assignments: readonly Uint32Array[];
  /** Default: what the machines of the day carry. */
  readonly limits?: ProofLimits;
  /** What large blocks are handed to; default: all are checked here, at once or in parts. */
  readonly ranges?: RangeProof;
}

/**
 * What a check may cost, so that a small hostile file cannot take all memory or all day: a mask can ask
 * for rows as dense as its layers are wide.
 */
export interface ProofLimits {
  /**
   * Coefficients that one layer's rows may hold, 12 bytes each and a BigInt counting as 8, together with
   * those that are held for later layers than the next one. Two layers are in memory at a time besides.
   */
  readonly coefficients: number;
  /**
   * Coefficients beyond which a block is checked in parts, as far as it has any; at most those above.
   * Default: by the block's edges.
   */
  readonly partsBeyond?: number;
  /** Edges that each of several ranges at a time may hold; default: together as many as the block has. */
  readonly edges?: number;
  /** Additions of coefficients for the whole ticket, BigInts counting as 256; beyond it the answer is no. */
  readonly additions: number;
}

/** 25088 by 4096 at 12 bits takes 2^33 additions, and minutes; the limit is some ten minutes. */
const LIMITS: ProofLimits = { coefficients: 2 ** 26, additions: 2 ** 38 };

/** Proves the pruned source equal to the integer network, or says which neuron stands against it. */
export function propagate(input: PropagationInput & Watch): PropagationResult {
  return complete(propagateSteps(input), input);
}

/** The same in steps of stage `prove`, counted in layers. */
export function* propagateSteps(input: PropagationInput): Steps<PropagationResult> {
  checkObject('input', input);
  const { source, target } = input;
  checkObject('source', source);
  checkObject('target', target);
  checkList('target.matrices', target.matrices);
  for (const matrix of target.matrices) checkObject('target.matrices', matrix);
  const blocks: BlockProof[] = [];
  const limits = input.limits ?? LIMITS;
  const budget: WorkBudget = { left: limits.additions, spent: 0 };
  const total = depthOf(source.shape);
  yield { stage: 'prove', done: 0, total };
  try {
    const composition = checkStructure(input);
    checkIntegerNetwork(target, 'target');
    for (let block = 1; block <= target.matrices.length; block++) {
      const toProve = yield* blockSteps(input, block, composition);
      blocks.push(yield* proveBlock(toProve, input.ranges, limits, budget));
    }
    yield { stage: 'prove', done: total, total };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    yield { stage: 'prove', done: total, total };
    return { equal: false, failure: error.failure };
  }
  return { equal: true, blocks };
}

/**
 * Rejects a ticket whose parts do not describe one pruned source and one integer network; returns what is
 * otherwise than the windows say.
 */
function checkStructure({
  source,
  target,
  inputSigns,
  assignments,
}: PropagationInput): Composition | null {
  if (target.maps === undefined) requireConnectedLayers(source.shape, 'the checker');
  const widths = widthsOf(source.shape);
  const blockEnds = blockEndsOf(source.shape);
  const { matrices, constant } = target;
  const carried = constant ? 1 : 0;
  const reject = (block: number, reason: string): never => {
    throw new Rejection({ block, layer: blockEnds[block - 1] ?? 0, neuron: 0, reason });
  };
  if (matrices.length === 0 || blockEnds.length !== matrices.length) {
    reject(matrices.length, 'the source does not have one block for each target layer');
  }
  const composition =
    target.maps === undefined
      ? null
      : compositionOf(source.shape, { ...target, maps: target.maps }, reject);
  matrices.forEach((matrix, index) => {
    const inputs = index === 0 ? inputSigns.length + carried : matrices[index - 1].rows;
    if (target.maps === undefined && matrix.columns !== inputs)
      reject(index + 1, 'its matrix does not fit the one before');
    // A window may list no taps.
    const least = index === 0 && constant ? 2 : 1;
    if (target.maps !== undefined && !(matrix.columns >= least)) {
      const besides = least === 2 ? ' besides the constant' : '';
      reject(index + 1, `its matrix has no column${besides}`);
    }
    if (index === matrices.length - 1) return;
    const assignment = assignments[index];
    const width = widths[blockEnds[index]];
    if (
      assignment?.length !== matrix.rows ||
      new Set(assignment).size !== matrix.rows ||
      assignment.some((neuron) => neuron >= width)
    ) {
      reject(index + 1, 'its outputs are not assigned to different neurons of its last layer');
    }
  });
  const { fractionalPlaces, scale } = target;
  const places = fractionalPlaces.reduce((sum, count) => sum + count, 0);
  if (fractionalPlaces.length !== matrices.length || scale.exponent !== places) {
    reject(matrices.length, 'the output scale is not the product of the scales of the blocks');
  }
  if (widths[0] !== inputSigns.length + carried) {
    reject(1, 'the source has another number of inputs');
  }
  if (widths.at(-1) !== matrices.at(-1)?.rows) {
    reject(matrices.length, 'the last layer of the source does not consist of the outputs');
  }
  return composition;
}

/** Reads the block's masks; `roots` are the neurons of its last layer whose rows are needed. */
function* liveLayers(
  { source, mask }: Pick<PropagationInput, 'source' | 'mask'>,
  first: number,
  last: number,
  inputNeurons: Uint32Array,
  roots: Uint32Array,
): Steps<PrunedLayer[]> {
  const layers: PrunedLayer[] = [];
  const listOf = (t: number): Uint32Array => (t < first ? inputNeurons : layers[t - first].neurons);
  for (let t = first; t <= last; t++) {
    const layerMask = mask(t);
    const { shape } = source;
    if (layerMask.inputs !== columnsOf(shape, t) || layerMask.outputs !== widthOf(shape, t)) {
      throw new RangeError(`the mask of layer ${t} does not have the source's widths`);
    }
    layers.push(yield* pruneLayerOf(source, t, layerMask, listOf));
    yield;
  }
  const before = { number: first - 1, count: inputNeurons.length };
  const keeping = keepLiveSteps(layers, before, (t) => (t === last ? roots : undefined));
  return yield* retold(keeping, () => undefined);
}

/**
 * Neurons of layer `boundary`, the last of its block, that hold no output and that some layer up to `next`,
 * the last of the next block, keeps an edge from, whether or not anything reads that edge's end. Ascending.
 */
function* unassignedRead(
  { source, mask }: PropagationInput,
  boundary: number,
  next: number,
  assignment: Uint32Array,
): Steps<Uint32Array> {
  const { shape } = source;
  const assigned = new Set(assignment);
  const others = new Set<number>();
  for (let t = boundary + 1; t <= next; t++) {
    // A block's input is the lowest of the layers read, so its neurons are the first columns.
    if (readingOf(shape, t).reads[0] !== boundary) continue;
    const taps = tapsOf(shape, t);
    const end = widthOf(shape, boundary) * taps;
    for (const column of toSparse(mask(t)).columns) {
      if (column >= end) break;
      const neuron = Math.floor(column / taps);
      if (!assigned.has(neuron)) others.add(neuron);
    }
    yield;
  }
  return Uint32Array.from(others).sort();
}

/**
 * Coefficients that one layer's rows of a block may hold before it is checked in parts. Every part goes
 * over all edges again, 4 bytes each, so a block of more edges is given more: two layers of rows, 24 bytes
 * a coefficient, take as much as its edges do, or 400 MB.
 */
function roomFor(edges: number): number {
  return Math.max(2 ** 24, Math.floor(edges / 6));
}

/** Channels that block `block` (from 0) reads, the constant among them. */
function channelsBefore({ source, target }: PropagationInput, block: number): number {
  return block === 0 ? widthOf(source.shape, 0) : target.matrices[block - 1].rows;
}

/** Where block `block` (from 0) has the columns of its matrix; of feature maps alone. */
function columnsOfBlock(input: PropagationInput, block: number): BlockColumns | undefined {
  const { maps, constant } = input.target;
  return (
    maps && windowColumnsOf(maps.blocks[block]?.window, channelsBefore(input, block), constant)
  );
}

/** The kernels of block `block` (from 0), whose layers are `first .. last`, if they are to be composed. */
function kernelsOfBlock(
  input: PropagationInput,
  block: number,
  { first, last }: { readonly first: number; readonly last: number },
  composition: Composition | null,
  columns: BlockColumns | undefined,
): ComposedKernels | undefined {
  if (composition === null || columns === undefined) return undefined;
  const { source, target } = input;
  const layers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  if (!layers.some((t) => composition.layers.has(t))) return undefined;
  return {
    planes: composition.planes.slice(first - 1, last + 1),
    readings: layers.map((t) => readingOf(source.shape, t)),
    constant: target.constant ? channelsBefore(input, block) - 1 : -1,
    window: target.maps?.blocks[block]?.window,
    columns,
  };
}

/** Rejects masks of the layers `first .. last` that keep edges between groups: the source has none there. */
function* checkGroups(
  { source, mask }: PropagationInput,
  block: number,
  first: number,
  last: number,
): Steps<void> {
  for (let t = first; t <= last; t++) {
    const { groups } = layerOf(source.shape, t);
    if (groups === undefined) continue;
    const edge = edgeBetweenGroups(mask(t), groups);
    yield;
    if (edge === null) continue;
    const reason = `it keeps the edge from column ${edge.column}, of another group, which the source does not have`;
    throw new Rejection({ block, layer: t, neuron: edge.row, reason });
  }
}

/** Block `number` (from 1) by itself, of a ticket whose structure was checked. */
function* blockSteps(
  input: PropagationInput,
  number: number,
  composition: Composition | null,
): Steps<BlockToProve> {
  const { source, mask, target, assignments } = input;
  const ends = blockEndsOf(source.shape);
  const index = number - 1;
  const isLast = number === target.matrices.length;
  const last = ends[index];
  const { rows } = target.matrices[index];
  const assignment = isLast
    ? Uint32Array.from({ length: rows }, (_, output) => output)
    : assignments[index];
  const first = index === 0 ? 1 : ends[index - 1] + 1;
  yield* checkGroups(input, number, first, last);
  const columns = columnsOfBlock(input, index);
  const composed = kernelsOfBlock(input, index, { first, last }, composition, columns);
  const read = composed === undefined ? columns : undefined;
  return {
    ...{ number, source, mask, assignment, first, last },
    ...(composed && { composed }),
    input:
      index === 0
        ? rawInput(input.inputSigns, target.constant, read)
        : assignedInput(assignments[index - 1], read),
    expected: expectedRows(target, number),
    // Neurons of the boundary that the next block reads though they hold no output: they must be 0.
    others: isLast
      ? new Uint32Array(0)
      : yield* unassignedRead(input, last, ends[number] ?? last, assignment),
  };
}

/**
 * The same for whoever has a ticket and nothing else. Throws a `Rejection` where its parts do not describe
 * one pruned source and one integer network, and a `RangeError` for a block that there is not.
 */
export function* blockToProve(input: PropagationInput, number: number): Steps<BlockToProve> {
  const composition = checkStructure(input);
  checkIntegerNetwork(input.target, 'target');
  if (!(number >= 1 && number <= input.target.matrices.length)) {
    throw new RangeError(`the ticket has no block ${number}`);
  }
  return yield* blockSteps(input, number, composition);
}

function* proveBlock(
  block: BlockToProve,
  ranges: RangeProof | undefined,
  limits: ProofLimits,
  budget: WorkBudget,
): Steps<BlockProof> {
  const { number, first, last, input: blockInput, source, assignment, others } = block;
  const total = depthOf(source.shape);
  if (ranges?.takes(block)) {
    const proving = ranges.prove(block, { ...limits, additions: budget.left }, total);
    const { additions, ...proof } = yield* proving;
    budget.left -= additions;
    budget.spent += additions;
    return { block: number, ...proof };
  }
  const roots = Uint32Array.from([...assignment, ...others]).sort();
  const layers = yield* liveLayers(block, first, last, blockInput.neurons, roots);
  const liveEdges = layers.reduce((sum, { edges }) => sum + edges.length, 0);
  const proof: BlockProof = {
    block: number,
    layers: layers.length,
    liveNeurons: layers.reduce((sum, { neurons }) => sum + neurons.length, 0),
    liveEdges,
  };
  if (block.composed !== undefined) {
    const { composed, ...plain } = block;
    const whole = { ...plain, ...composed, layers };
    const checking = composedProof.get()(whole, limits.coefficients, budget);
    yield* retold(checking, () => undefined);
    return proof;
  }
  const room = Math.min(limits.coefficients, limits.partsBeyond ?? roomFor(liveEdges));
  const checker = blockChecker({ ...block, layers }, budget);
  // A block whose rows take too much memory is checked again in parts: that is no way back.
  let furthest = first - 1;
  function* check(range: VariableRange, most: number): Steps<void> {
    const share = (range.to - range.from) / blockInput.variables;
    const before = (range.from / blockInput.variables) * layers.length;
    const steps = checker.check(range, most);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) {
      if (step.value === undefined) {
        yield;
        continue;
      }
      const done = first - 1 + Math.floor(before + share * (step.value - first + 1));
      if (done <= furthest || done >= total) continue;
      furthest = done;
      yield { stage: 'prove', done, total };
    }
    if (step.value) return;
    const parts = halves(blockInput, range);
    if (parts === undefined && most < limits.coefficients) {
      yield* check(range, limits.coefficients);
      return;
    }
    if (parts === undefined) {
      throw new Rejection({
        block: number,
        layer: first,
        neuron: 0,
        reason: `the rows of one input hold more than ${most} coefficients, beyond what the checker takes on`,
      });
    }
    for (const part of parts) yield* check(part, most);
  }
  yield* check({ from: 0, to: blockInput.variables }, room);
  return proof;
}
