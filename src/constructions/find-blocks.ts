/**
 * Finding as horner and skip do it: the neurons of all blocks are placed first, which does not depend on
 * the weights, then the masks of each block are filled, its inputs divided among threads, and handed on.
 */
import type { Progress } from '../core/progress.js';
import { complete, counted, type Steps } from '../core/steps.js';
import type { Threads, ThreadTask } from '../core/threads.js';
import { type IntegerMatrix, type IntegerNetwork, isBig } from '../integer/integer-network.js';
import { checkInClass, type NetworkClass } from '../integer/network-class.js';
import type { DenseMask } from '../source/mask.js';
import { blockEndsOf, depthOf, type SourceShape, sourceWeights, widthOf } from '../source/shape.js';
import { createSource, type Source } from '../source/source.js';
import {
  type Construction,
  checkSourcePlan,
  type Finding,
  type MaskSink,
  type Plan,
} from './construction.js';
import type { NeuronLayout } from './roles.js';
import { digitSteps, LAYER_STEPS } from './work.js';

/** What is asked of a layout of a block, whichever way it is filled. Cloneable, for other threads. */
export interface PlacedBlock {
  /** By digit input: column of the target's matrix. */
  readonly columns: Uint32Array;
  /** Neuron that holds each output. */
  readonly outputs: Uint32Array;
}

export type Layouts<Layout> =
  | { readonly found: true; readonly layouts: readonly Layout[] }
  | Extract<Finding, { found: false }>;

/** A demand that a block's part of the source does not meet; `layer` counts through the whole source. */
export interface UnmetInBlock {
  readonly unmet: { readonly layer: number; readonly demand: string; readonly probability: number };
}

/** Where a block is to be placed. */
export interface BlockPlace {
  /** From 0. */
  readonly block: number;
  /** Source layer of the block's input, and the neuron of each column there. */
  readonly start: number;
  readonly inputNeurons: Uint32Array;
  /** What so many layers of the block done are of finding the whole. */
  tell(layers: number): Progress;
}

/** A range of a block's inputs to fill, as another thread can take it. */
export interface FillInput<Layout> {
  readonly matrix: IntegerMatrix;
  readonly layout: Layout;
  readonly seed: bigint;
  readonly shape: SourceShape;
  readonly masks: readonly DenseMask[];
  readonly from: number;
  readonly to: number;
}

/**
 * Keeps the digits of the inputs `from .. to - 1` in `masks`: all of the block, nothing kept at first.
 * Different ranges write different columns. Yields after each input.
 */
export type FillDigits<Layout, Filled> = (
  matrix: IntegerMatrix,
  layout: Layout,
  source: Source,
  masks: readonly DenseMask[],
  from?: number,
  to?: number,
) => Steps<Filled>;

/** `fillDigits` for threads; a unit of the work is one input. */
export function fillTaskOf<Layout, Filled>(
  name: string,
  fillDigits: FillDigits<Layout, Filled>,
): ThreadTask<FillInput<Layout>, Filled> {
  return {
    name,
    run: ({ matrix, layout, seed, shape, masks, from, to }) =>
      fillDigits(matrix, layout, createSource(seed, shape), masks, from, to),
  };
}

/** What a construction that works block by block says of its blocks. */
export interface BlockFinder<P extends Plan, Layout extends PlacedBlock, Filled> {
  readonly name: P['construction'];
  layoutSteps(source: Source, plan: P): Steps<Layouts<Layout>>;
  /** The masks of a block with nothing kept; `allocate` makes zeroed words (shared memory, if wanted). */
  emptyMasks(layout: Layout, allocate?: (words: number) => Uint32Array): DenseMask[];
  /** Digits that are looked at for each weight; counted twice where fewest digits are sought. */
  digitsPerWeight(layout: Layout): number;
  readonly fillDigits: FillDigits<Layout, Filled>;
  readonly fillTask: ThreadTask<FillInput<Layout>, Filled>;
  /** Keeps all edges but the digits; `ranges` cover all inputs. Returns how many digits there are. */
  keepOthers(
    matrix: IntegerMatrix,
    layout: Layout,
    masks: readonly DenseMask[],
    ranges: readonly Filled[],
  ): number;
  placed(plan: P, layouts: readonly Layout[]): NeuronLayout;
}

function findProgress(done: number, total: number): Progress {
  return { stage: 'find', done, total };
}

/**
 * Places one block after the other, since a block's inputs are the outputs of the one before: laying out
 * is one half of finding.
 */
export function* layoutBlocks<Layout extends PlacedBlock>(
  shape: SourceShape,
  place: (at: BlockPlace) => Steps<Layout | UnmetInBlock>,
): Steps<Layouts<Layout>> {
  const total = depthOf(shape);
  const layouts: Layout[] = [];
  let start = 0;
  let inputNeurons: Uint32Array = Uint32Array.from(
    { length: widthOf(shape, 0) },
    (_, neuron) => neuron,
  );
  for (const [block, end] of blockEndsOf(shape).entries()) {
    const begun = start;
    const placed = yield* place({
      block,
      start,
      inputNeurons,
      tell: (layers) => findProgress(Math.min(begun + layers, end) / 2, total),
    });
    if ('unmet' in placed) {
      const { layer, demand, probability } = placed.unmet;
      const unmet = { block: block + 1, layer, demand, probability: Math.min(1, probability) };
      return { found: false, unmet };
    }
    layouts.push(placed);
    inputNeurons = placed.outputs;
    start = end;
    yield findProgress(start / 2, total);
  }
  return { found: true, layouts };
}

/** Digits looked at, weighed by what one takes, below which a block is not worth dividing among threads. */
const WORTH_DIVIDING = 2 ** 22;

/** Words of a block's masks from which on threads are not left to keep them: 64 MB. */
const WORTH_RELEASING = 2 ** 24;

/**
 * Masks and kept digits of one block, which follow from its matrix and where its neurons are, whoever
 * fills which part: its inputs are divided among the threads. `tell` says what so many inputs done are of
 * the whole.
 */
export function* findBlock<P extends Plan, Layout extends PlacedBlock, Filled>(
  finder: BlockFinder<P, Layout, Filled>,
  network: IntegerNetwork,
  block: number,
  layout: Layout,
  source: Source,
  tell: (inputsDone: number) => Progress | undefined = () => undefined,
  threads?: Threads,
): Steps<{ readonly masks: DenseMask[]; readonly digits: number }> {
  const matrix = network.matrices[block];
  const inputs = layout.columns.length;
  const parts = Math.min(threads?.count ?? 1, inputs);
  const isSmall = matrix.rows * inputs * finder.digitsPerWeight(layout) < WORTH_DIVIDING;
  if (threads === undefined || parts === 1 || isSmall) {
    const masks = finder.emptyMasks(layout);
    const filled = yield* counted(finder.fillDigits(matrix, layout, source, masks), tell);
    return { masks, digits: finder.keepOthers(matrix, layout, masks, [filled]) };
  }
  const masks = finder.emptyMasks(layout, threads.allocate);
  const { seed, shape } = source;
  const { values } = matrix;
  const shared = isBig(values) ? matrix : { ...matrix, values: threads.share(values) };
  const ranges = Array.from({ length: parts }, (_, part) => ({
    matrix: shared,
    layout,
    seed,
    shape,
    masks,
    from: Math.floor((part * inputs) / parts),
    to: Math.floor(((part + 1) * inputs) / parts),
  }));
  const filled = yield* threads.run(finder.fillTask, ranges, tell);
  if (masks.reduce((sum, { words }) => sum + words.length, 0) > WORTH_RELEASING)
    threads.release?.();
  return { masks, digits: finder.keepOthers(matrix, layout, masks, filled) };
}

function* findSteps<P extends Plan, Layout extends PlacedBlock, Filled>(
  finder: BlockFinder<P, Layout, Filled>,
  network: IntegerNetwork,
  source: Source,
  plan: P,
  sink: MaskSink,
  threads?: Threads,
): Steps<Finding> {
  checkSourcePlan(source, plan, finder.name);
  checkInClass(network, plan.networkClass);
  const depth = depthOf(plan.shape);
  const blockEnds = blockEndsOf(plan.shape);
  const placed = yield* finder.layoutSteps(source, plan);
  if (!placed.found) return placed;
  let t = 0;
  let digits = 0;
  for (const [block, layout] of placed.layouts.entries()) {
    const before = t;
    const layers = blockEnds[block] - before;
    const found = yield* findBlock(
      finder,
      network,
      block,
      layout,
      source,
      // Laying out is one half, filling the other.
      (inputs) =>
        findProgress((depth + before + (layers * inputs) / layout.columns.length) / 2, depth),
      threads,
    );
    digits += found.digits;
    // Each is let go of as soon as it is taken: all of them can be most of the memory in use.
    for (let mask = found.masks.shift(); mask !== undefined; mask = found.masks.shift()) {
      t++;
      sink(t, mask);
      yield;
    }
    yield findProgress((depth + t) / 2, depth);
  }
  return {
    found: true,
    assignments: placed.layouts.slice(0, -1).map(({ outputs }) => outputs),
    digits,
    layout: finder.placed(plan, placed.layouts),
  };
}

const SIGN_STEPS = 3;
const DIGIT_STEPS = 300;

/** About how many steps finding and proof take: the signs of the source are looked at one by one. */
export function workOfBlocks(network: IntegerNetwork, { shape }: Plan): number {
  return (
    SIGN_STEPS * Number(sourceWeights(shape)) +
    LAYER_STEPS * (depthOf(shape) + 1) +
    digitSteps(network, DIGIT_STEPS)
  );
}

/** The construction that plans in these steps and finds block by block. */
export function blockConstruction<P extends Plan, Layout extends PlacedBlock, Filled>(
  finder: BlockFinder<P, Layout, Filled>,
  planSteps: (networkClass: NetworkClass, delta: number) => Steps<P>,
  size: (networkClass: NetworkClass) => number,
): Construction<P> {
  const steps: Construction<P>['findSteps'] = (...call) => findSteps(finder, ...call);
  return {
    name: finder.name,
    size,
    work: workOfBlocks,
    plan: (networkClass, delta) => complete(planSteps(networkClass, delta)),
    planSteps,
    find: (...call) => complete(steps(...call)),
    findSteps: steps,
  };
}
