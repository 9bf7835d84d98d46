/**
 * Horner: every integer network of a class inside a source a few times the counting bound (theory,
 * section 5; proof and layout in docs/horner.md).
 *
 * Most significant digit first. A carrier keeps each input alive from layer to layer; every output has
 * a chain of k accumulators that all take the sum of the k before them, which multiplies by k, and one
 * digit edge from every carrier, of whatever sign the seed drew, kept or not at will.
 */
import type { Progress } from '../../core/progress.js';
import { complete, counted, type Steps } from '../../core/steps.js';
import type { Threads } from '../../core/threads.js';
import { type IntegerNetwork, isBig } from '../../integer/integer-network.js';
import { checkInClass } from '../../integer/network-class.js';
import type { DenseMask, LayerMask } from '../../source/mask.js';
import { blockEndsOf, depthOf, sameShape, sourceWeights, widthOf } from '../../source/shape.js';
import type { Source } from '../../source/source.js';
import { blockInputs } from '../block-inputs.js';
import { type Construction, checkSourcePlan, type Finding } from '../construction.js';
import { splitFailure } from '../failure-bounds.js';
import { digitSteps, LAYER_STEPS } from '../work.js';
import { emptyMasks, fillDigits, fillTask, keepChains } from './fill.js';
import { type BlockLayout, type LayoutFailure, layoutBlock } from './layout.js';
import { hornerLayout } from './placed.js';
import {
  accumulatorFailure,
  type BlockDemand,
  blockDemands,
  carrierFailure,
  type HornerBlock,
  type HornerPlan,
  offsetFailure,
  outputsFailure,
  windowFailure,
} from './plan.js';
import { planHorner, planHornerSteps } from './search.js';
import { approximateSize } from './structures.js';
import { selectionThreshold } from './windows.js';

export type Layouts =
  | { readonly found: true; readonly layouts: readonly BlockLayout[] }
  | Extract<Finding, { found: false }>;

/** Upper bound of the probability that a seed fails this demand of a layout. */
export function layoutFailureProbability(
  { kind, hidden }: LayoutFailure,
  demand: BlockDemand,
  block: HornerBlock,
): number {
  switch (kind) {
    case 'split':
      return splitFailure(demand.splitCoordinates, demand.inputs, block.splitWidth ?? 0);
    case 'windows':
      return windowFailure(demand, block);
    case 'carriers':
      return carrierFailure(demand, block, hidden);
    case 'accumulators':
      return accumulatorFailure(demand, block, hidden);
    case 'offset':
      return offsetFailure(block);
    case 'outputs':
      return outputsFailure(demand, block);
  }
}

/**
 * Where every block's carriers, chains and outputs are in this source; independent of the weights.
 * A block's inputs are the outputs of the one before, so blocks go one after the other.
 */
export function layoutHorner(source: Source, plan: HornerPlan): Layouts {
  return complete(layoutHornerSteps(source, plan));
}

/** The same in steps: laying out is one half of finding. */
export function* layoutHornerSteps(source: Source, plan: HornerPlan): Steps<Layouts> {
  const { networkClass, blocks } = plan;
  const blockEnds = blockEndsOf(plan.shape);
  if (!sameShape(source.shape, plan.shape)) {
    throw new RangeError('the source has another shape than the plan');
  }
  const demands = blockDemands(networkClass);
  const layouts: BlockLayout[] = [];
  let start = 0;
  let inputNeurons: Uint32Array = Uint32Array.from(
    { length: widthOf(plan.shape, 0) },
    (_, neuron) => neuron,
  );
  for (const [index, block] of blocks.entries()) {
    const demand = demands[index];
    const result = yield* layoutBlock(
      {
        source,
        start,
        inputNeurons,
        halves: blockInputs(networkClass, index),
        demand,
        block,
        threshold: selectionThreshold(block.radices, block.selection, demand.reach),
      },
      (layer) => findProgress(layer / 2, depthOf(plan.shape)),
    );
    if ('kind' in result) {
      return {
        found: false,
        unmet: {
          block: index + 1,
          layer: result.layer,
          demand: result.demand,
          probability: Math.min(1, layoutFailureProbability(result, demand, block)),
        },
      };
    }
    layouts.push(result);
    inputNeurons = result.outputs;
    start = blockEnds[index];
  }
  return { found: true, layouts };
}

function findProgress(done: number, total: number): Progress {
  return { stage: 'find', done, total };
}

/** Words of a block's masks from which on threads are not left to keep them: 64 MB. */
const WORTH_RELEASING = 2 ** 24;

/** Weights times layers below which a block is not worth dividing among threads. */
const WORTH_DIVIDING = 2 ** 21;

/**
 * Masks and kept digits of one block, which follow from its matrix and where its neurons are, whoever
 * fills which part: its inputs are divided among the threads. `tell` says what so many inputs done are of
 * the whole.
 */
export function* findBlock(
  network: IntegerNetwork,
  block: number,
  layout: BlockLayout,
  source: Source,
  tell: (inputsDone: number) => Progress | undefined = () => undefined,
  threads?: Threads,
): Steps<{ readonly masks: DenseMask[]; readonly digits: number }> {
  const matrix = network.matrices[block];
  const inputs = layout.columns.length;
  const parts = Math.min(threads?.count ?? 1, inputs);
  if (
    threads === undefined ||
    parts === 1 ||
    matrix.rows * inputs * layout.radices.length < WORTH_DIVIDING
  ) {
    const masks = emptyMasks(layout);
    const filled = yield* counted(fillDigits(matrix, layout, source, masks), tell);
    return { masks, digits: keepChains(layout, source, masks, [filled]) };
  }
  const masks = emptyMasks(layout, threads.allocate);
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
  const filled = yield* threads.run(fillTask, ranges, tell);
  if (masks.reduce((sum, { words }) => sum + words.length, 0) > WORTH_RELEASING)
    threads.release?.();
  return { masks, digits: keepChains(layout, source, masks, filled) };
}

function* findSteps(
  network: IntegerNetwork,
  source: Source,
  plan: HornerPlan,
  sink: (t: number, mask: LayerMask) => void,
  threads?: Threads,
): Steps<Finding> {
  checkSourcePlan(source, plan, 'horner');
  checkInClass(network, plan.networkClass);
  const depth = depthOf(plan.shape);
  const placed = yield* layoutHornerSteps(source, plan);
  if (!placed.found) return placed;
  let t = 0;
  let digits = 0;
  for (const [block, layout] of placed.layouts.entries()) {
    const layers = layout.radices.length;
    const before = t;
    const found = yield* findBlock(
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
    layout: hornerLayout(plan, placed.layouts),
  };
}

/** Steps for a sign of the source, and for a bit of a weight. */
export const SIGN_STEPS = 3;
export const DIGIT_STEPS = 300;

export const horner: Construction<HornerPlan> = {
  name: 'horner',
  size: (networkClass) =>
    blockDemands(networkClass).reduce((sum, demand) => sum + approximateSize(demand), 0),
  // The signs of the source are looked at one by one.
  work: (network, { shape }) =>
    SIGN_STEPS * Number(sourceWeights(shape)) +
    LAYER_STEPS * (depthOf(shape) + 1) +
    digitSteps(network, DIGIT_STEPS),
  plan: planHorner,
  planSteps: planHornerSteps,
  find: (...call) => complete(findSteps(...call)),
  findSteps,
};
