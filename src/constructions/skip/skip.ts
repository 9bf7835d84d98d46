/**
 * Skip: sources whose hidden layers also read their block's input, in which chains share their growth
 * (docs/skip.md). Two and a half times the counting bound for wide layers, where separate chains in
 * layered sources need nine.
 *
 * For each block the best of a few schemes: chains that double by relays of their own (twin, relay), in
 * pairs, in fours, around a base (signed inputs), or inputs that are doubled instead of chains (gathered).
 */
import type { Progress } from '../../core/progress.js';
import { complete, counted, type Steps } from '../../core/steps.js';
import type { Threads } from '../../core/threads.js';
import { type IntegerNetwork, isBig } from '../../integer/integer-network.js';
import { checkInClass, type NetworkClass } from '../../integer/network-class.js';
import type { DenseMask, LayerMask } from '../../source/mask.js';
import { blockEndsOf, depthOf, sourceWeights, widthOf } from '../../source/shape.js';
import type { Source } from '../../source/source.js';
import { blockInputs } from '../block-inputs.js';
import { type Construction, checkSourcePlan, type Finding } from '../construction.js';
import { digitSteps, LAYER_STEPS } from '../work.js';
import { skipDemands } from './demand.js';
import { emptyMasks, fillDigits, skipFillTask } from './fill.js';
import { layoutGathered } from './gathered-layout.js';
import { layoutGrown } from './grown-layout.js';
import { keepFixed } from './keep-fixed.js';
import type { BlockLayout, BlockRequest } from './layout.js';
import { placedRoles } from './placed.js';
import { layersOf, type SkipBlock, type SkipPlan, termsOf } from './plan.js';
import { planSkip, planSkipSteps } from './search.js';
import { approximateSize } from './sizes.js';

export type SkipLayouts =
  | { readonly found: true; readonly layouts: readonly BlockLayout[] }
  | Extract<Finding, { found: false }>;

function findProgress(done: number, total: number): Progress {
  return { stage: 'find', done, total };
}

function layoutBlock(request: BlockRequest, block: SkipBlock): ReturnType<typeof layoutGrown> {
  return block.scheme === 'gathered' ? layoutGathered(request, block) : layoutGrown(request, block);
}

/**
 * Where the neurons of every block are in this source; independent of the weights. A block's inputs are
 * the outputs of the one before, so blocks go one after the other.
 */
export function layoutSkip(source: Source, plan: SkipPlan): SkipLayouts {
  return complete(layoutSkipSteps(source, plan));
}

/** The same in steps: laying out is one half of finding. */
export function* layoutSkipSteps(source: Source, plan: SkipPlan): Steps<SkipLayouts> {
  const { networkClass, blocks, shape } = plan;
  const demands = skipDemands(networkClass);
  const blockEnds = blockEndsOf(shape);
  const layouts: BlockLayout[] = [];
  let start = 0;
  let inputNeurons: Uint32Array = Uint32Array.from(
    { length: widthOf(shape, 0) },
    (_, neuron) => neuron,
  );
  for (const [index, block] of blocks.entries()) {
    const demand = demands[index];
    const layers = layersOf(demand, block);
    const request: BlockRequest = {
      source,
      start,
      inputWidth: widthOf(shape, start),
      inputNeurons,
      parts: blockInputs(networkClass, index),
      demand,
      layers,
    };
    const total = depthOf(shape);
    const begun = start;
    const placed = yield* counted(layoutBlock(request, block), (units) =>
      findProgress((begun + Math.min(layers.length, units)) / 2, total),
    );
    if ('kind' in placed) {
      const terms = termsOf(demand, block);
      const same = terms.filter(
        ({ kind, layer }) => kind === placed.kind && layer === placed.layer,
      );
      const probability = same.reduce((sum, term) => sum + term.probability, 0);
      return {
        found: false,
        unmet: {
          block: index + 1,
          layer: start + placed.layer,
          demand: placed.demand,
          probability: Math.min(1, probability),
        },
      };
    }
    layouts.push(placed);
    inputNeurons = placed.outputs;
    start = blockEnds[index];
    yield findProgress(start / 2, total);
  }
  return { found: true, layouts };
}

/** Weights times layers below which a block is not worth dividing among threads. */
const WORTH_DIVIDING = 2 ** 22;

/** Words of a block's masks from which on threads are not left to keep them: 64 MB. */
const WORTH_RELEASING = 2 ** 24;

/** Masks and kept digits of one block; `tell` says what so many inputs done are of the whole. */
export function* findSkipBlock(
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
  const isWorthDividing = matrix.rows * inputs * layout.places.length >= WORTH_DIVIDING;
  if (threads === undefined || parts === 1 || !isWorthDividing) {
    const masks = emptyMasks(layout);
    const digits = yield* counted(fillDigits(matrix, layout, source, masks), tell);
    keepFixed(layout, matrix, masks);
    return { masks, digits };
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
  const filled = yield* threads.run(skipFillTask, ranges, tell);
  if (masks.reduce((sum, { words }) => sum + words.length, 0) > WORTH_RELEASING)
    threads.release?.();
  keepFixed(layout, matrix, masks);
  return { masks, digits: filled.reduce((sum, digits) => sum + digits, 0) };
}

function* findSteps(
  network: IntegerNetwork,
  source: Source,
  plan: SkipPlan,
  sink: (t: number, mask: LayerMask) => void,
  threads?: Threads,
): Steps<Finding> {
  checkSourcePlan(source, plan, 'skip');
  checkInClass(network, plan.networkClass);
  const depth = depthOf(plan.shape);
  const placed = yield* layoutSkipSteps(source, plan);
  if (!placed.found) return placed;
  let t = 0;
  let digits = 0;
  for (const [block, layout] of placed.layouts.entries()) {
    const before = t;
    const layers = layout.layers.length;
    const found = yield* findSkipBlock(
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
    layout: placedRoles(plan, placed.layouts),
  };
}

const SIGN_STEPS = 3;
const DIGIT_STEPS = 300;

export const skip: Construction<SkipPlan> = {
  name: 'skip',
  size: (networkClass: NetworkClass) =>
    skipDemands(networkClass).reduce((sum, demand) => sum + approximateSize(demand), 0),
  // The signs of the source are looked at one by one.
  work: (network, { shape }) =>
    SIGN_STEPS * Number(sourceWeights(shape)) +
    LAYER_STEPS * (depthOf(shape) + 1) +
    digitSteps(network, DIGIT_STEPS),
  plan: (networkClass, delta) => planSkip(networkClass, delta),
  planSteps: (networkClass, delta) => planSkipSteps(networkClass, delta),
  find: (...call) => complete(findSteps(...call)),
  findSteps,
};
