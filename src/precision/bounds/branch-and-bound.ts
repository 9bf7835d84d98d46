/**
 * A bound over a region by halving boxes, the worst first. Deterministic: no clock, only counts. With a
 * goal it stops as soon as every box meets it, and gives up early where that is out of reach; for a
 * larger goal the same run can only end earlier with success, never fail where a smaller one succeeded.
 */
import type { Spend } from '../../core/limits.js';
import type { Progress } from '../../core/progress.js';
import type { Steps } from '../../core/steps.js';
import type { Threads, ThreadTask } from '../../core/threads.js';
import { cloneParameters, initialParameters, type LayerParameters } from './chain-parameters.js';
import type { DifferenceLayer } from './difference-layers.js';
import { OutOfRange } from './ellipsoid.js';
import { runChainSteps } from './ellipsoid-chain.js';
import { type Learned, learnParameters, type Patience } from './ellipsoid-learning.js';
import { centred, type Region } from './region.js';
import { rowRanges } from './row-ranges.js';
import { chainSteps, rowSteps } from './steps.js';

export interface BranchOptions {
  /** Stop once every output's bound is at most this. */
  readonly goal?: number;
  /** Whether to stop, too, where the goal seems out of reach (default); else all boxes are tried. */
  readonly giveUp?: boolean;
  /** Most boxes analysed (default 300 for at most 16 inputs, else 1). */
  readonly boxes?: number;
  /**
   * Whether each box also has ranges by rows (`row-ranges.ts`), and several are split at a time; default
   * false, as tickets of before have it.
   */
  readonly rows?: boolean;
  /**
   * Whether learning keeps multipliers apart from where they prove nothing (`ellipsoid-learning.ts`), which is several
   * times cheaper; default false, as tickets of before have it.
   */
  readonly apart?: boolean;
  /** Whether each parameter is learned in steps of its own (`own-steps.ts`), where nothing is split; default false. */
  readonly ownSteps?: boolean;
  /** Rounds of learning on the whole region and on each half (defaults 40 and 5). */
  readonly rounds?: number;
  readonly childRounds?: number;
  /** Told the steps that are about to be done, at most; throws where they are too many. */
  readonly spend?: Spend;
  /** Analyse the halves of a box at the same time; the numbers are the same with any. */
  readonly threads?: Threads;
}

export interface BranchResult {
  /** Per output, an upper bound of `|f_j - f^_j|` over the region. Infinite where none was found. */
  readonly bounds: Float64Array;
  readonly boxes: number;
}

/** More inputs than this are never split: halving one of many changes nothing. */
const MOST_SPLIT_INPUTS = 16;
const DEFAULT_BOXES = 300;

/**
 * Counts of boxes at which the search asks whether the goal is still in reach, each three times the one
 * before, and the first two with a plain factor: too few boxes to see a trend.
 */
const EARLY_FACTORS = [12, 7];
/** Trust in the trend at the later checkpoints: bounds sometimes fall faster than they did. */
const OPTIMISM = [1, 1, 0.5, 0.75, 0.9];
const STEEPEST = 0.4;

/** Boxes that are split at a time where each has rows, whatever the threads. */
const SPLIT_AT_ONCE = 8;

function checkpoint(number: number): number {
  return number === 0 ? 1 : 3 ** (number + 1);
}

/**
 * Whether a goal is out of reach, from the worst bounds at the checkpoints passed. The forecast does not
 * depend on the goal, so a goal given up here would be given up by every smaller one.
 */
function isHopeless(history: readonly number[], boxes: number, goal: number): boolean {
  const last = history.length - 1;
  const worst = history[last];
  if (last < EARLY_FACTORS.length) return worst > EARLY_FACTORS[last] * goal;
  // The steepest fall seen; from 1 to 9 boxes is two steps of a factor of three.
  let perStep = Math.sqrt(history[1] / history[0]);
  for (let at = 2; at <= last; at++) perStep = Math.min(perStep, history[at] / history[at - 1]);
  perStep = Math.max(STEEPEST, perStep);
  let forecast = worst * (OPTIMISM[last] ?? 0.9);
  for (let count = 3 * checkpoint(last); count <= 1.5 * boxes; count *= 3) forecast *= perStep;
  return forecast > goal;
}

/**
 * With ranges by rows three times the boxes take the worst bound to 0.7 to 0.8 of what it was on ACAS Xu and VertCAS: a quarter
 * more of them to 0.925, when all goes well.
 */
const FALL_WITH_ROWS = 0.925;
const QUARTER_MORE = 1.25;
/** Counts of boxes from which on there is a trend to speak of. */
const FIRST_FORECAST = 9;

/** The same where boxes have ranges by rows: more boxes, or a larger goal, and it is given up later or not. */
function isHopelessWithRows(worst: number, count: number, boxes: number, goal: number): boolean {
  if (count < FIRST_FORECAST) return false;
  let forecast = worst;
  for (let reached = count; reached < boxes; reached *= QUARTER_MORE) forecast *= FALL_WITH_ROWS;
  return forecast > goal;
}

/** Where nothing will be split: what learning still gains after so many rounds. */
const PATIENCE: readonly Patience[] = [{ rounds: 16, factor: 1.2 }];
/** The same where each parameter has a step length of its own. */
const PATIENCE_OWN_STEPS: readonly Patience[] = [
  { rounds: 24, factor: 1.2 },
  { rounds: 48, factor: 1.1 },
  { rounds: 96, factor: 1.05 },
];

interface Leaf {
  readonly region: Region;
  /** Certain; `worst` may be an estimate above the goal, which only orders the splitting. */
  readonly bounds: Float64Array;
  readonly worst: number;
  readonly parameters: readonly LayerParameters[];
  /** Whether it took `moreRounds` more. */
  readonly learnedMore: boolean;
}

/** A binary heap of leaves, the worst on top; equal ones in the order they came. */
function push(heap: Leaf[], leaf: Leaf): void {
  let at = heap.push(leaf) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent].worst >= leaf.worst) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = leaf;
}

function pop(heap: Leaf[]): Leaf {
  const top = heap[0];
  const moved = heap.pop() as Leaf;
  if (heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1].worst > heap[child].worst) child++;
    if (heap[child].worst <= moved.worst) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = moved;
  return top;
}

/** Where a half is no better than this share of its whole, with ranges by rows, it learns for so many rounds more. */
const WORTH_HALVING = 0.95;
const MORE_ROUNDS = 12;
/** The same where multipliers are kept apart. */
const MORE_ROUNDS_APART = 6;

function moreRounds(apart: boolean): number {
  return apart ? MORE_ROUNDS_APART : MORE_ROUNDS;
}

/** How a region is analysed. */
interface Analysis {
  readonly rounds: number;
  readonly goal: number | undefined;
  readonly rows: boolean;
  readonly apart: boolean;
  /** The box that this is a half of, and of which there is a bound. */
  readonly above?: Leaf;
  /** When learning ends early where the goal seems out of reach: nothing will be split. */
  readonly patience?: readonly Patience[];
  readonly ownSteps?: boolean;
  /** Called before each round of learning. */
  readonly onRound?: (() => void) | undefined;
}

function lower(bounds: Float64Array, others: ArrayLike<number>): Float64Array {
  // A comparison that NaN cannot pass.
  return bounds.map((bound, j) => (others[j] >= 0 ? Math.min(bound, others[j]) : bound));
}

function largestOf(bounds: Float64Array): number {
  return bounds.reduce((most, bound) => Math.max(most, bound), 0);
}

function* analyse(
  layers: readonly DifferenceLayer[],
  region: Region,
  start: readonly LayerParameters[],
  analysis: Analysis,
  tell?: (share: number) => Progress,
): Steps<Leaf> {
  const { rounds, goal, rows, apart, above, patience, ownSteps = false, onRound } = analysis;
  const area = centred(region, layers[0].inputs);
  const hints = rows ? yield* rowRanges(layers, region) : [];
  const outputs = layers[layers.length - 1].outputs;
  let bounds = above?.bounds ?? new Float64Array(outputs).fill(Number.POSITIVE_INFINITY);
  const learn = (from: readonly LayerParameters[], turns: number): Steps<Learned> =>
    learnParameters(layers, area, from, turns, {
      ...{ goal, hints, tell, apart, patience, ownSteps, onRound },
    });
  let learned = yield* learn(start, rounds);
  let learnedMore = false;
  // A half that has learned nothing yet would be the worst of all, and so would its halves.
  if (rows && above !== undefined && !(learned.estimate < WORTH_HALVING * above.worst)) {
    learnedMore = true;
    const more = yield* learn(learned.parameters, moreRounds(apart));
    if (more.estimate < learned.estimate) learned = more;
  }
  const { estimate } = learned;
  let { parameters }: { parameters: readonly LayerParameters[] } = learned;
  // A box that will be split again for the goal needs no bound of its own: its whole's is one.
  if (above !== undefined && goal !== undefined && !(estimate <= goal)) {
    return { region, bounds, worst: Math.min(estimate, above.worst), parameters, learnedMore };
  }
  try {
    if (learned.result !== undefined) {
      yield;
      const verified = yield* runChainSteps(
        layers,
        area,
        parameters,
        { verify: true, apart },
        hints,
      );
      bounds = lower(bounds, verified.bounds);
      parameters = verified.parameters;
    }
  } catch (error) {
    if (!(error instanceof OutOfRange)) throw error;
  }
  return { region, bounds, worst: largestOf(bounds), parameters, learnedMore };
}

/** One half of a box, with all that its analysis depends on. */
interface HalfInput {
  readonly layers: readonly DifferenceLayer[];
  readonly region: Region;
  readonly rounds: number;
  readonly goal: number | undefined;
  readonly rows: boolean;
  readonly apart: boolean;
  /** The input that the whole was halved along. */
  readonly input: number;
  readonly above: Leaf;
}

/** Analyses a half on another thread. */
export const halfTask: ThreadTask<HalfInput, Leaf> = {
  name: 'bound a box',
  run: ({ layers, region, above, input, ...how }) => {
    const start = how.apart ? halfAsImportant(above.parameters, input) : above.parameters;
    return analyse(layers, region, start, { ...how, above });
  },
};

/**
 * An input of half the width is half as important: where learning comes to nothing better, it would else be halved
 * again and again.
 */
function halfAsImportant(parameters: readonly LayerParameters[], input: number): LayerParameters[] {
  const halved = cloneParameters(parameters);
  halved[0].activationImportance[input] /= 2;
  halved[0].errorImportance[input] /= 2;
  return halved;
}

/** Multiplications of one run of the chain from which on a half is worth another thread. */
const WORTH_DIVIDING = 2 ** 17;

/** The threads, where these layers are worth them, with a copy of the layers that all see. */
function sharedWork(layers: readonly DifferenceLayer[], threads: Threads | undefined) {
  const work = layers.reduce(
    (sum, { inputs, outputs }) => sum + inputs * outputs * (inputs + outputs),
    0,
  );
  if (threads === undefined || threads.count === 1 || work < WORTH_DIVIDING) return undefined;
  const { share } = threads;
  const shared = layers.map((layer) => ({
    ...layer,
    weights: share(layer.weights),
    bias: share(layer.bias),
    rounded: share(layer.rounded),
    roundedBias: share(layer.roundedBias),
    deltaWeights: share(layer.deltaWeights),
    deltaBias: share(layer.deltaBias),
  }));
  return { threads, shared };
}

/** The input whose width matters most, by the importance it has learned. */
function splitInput(leaf: Leaf): number {
  const { region } = leaf;
  if (region.kind !== 'box') return -1;
  const { lower, upper } = region;
  const learned = leaf.parameters[0].activationImportance;
  let best = -1;
  let most = 0;
  for (let k = 0; k < lower.length; k++) {
    const middle = lower[k] / 2 + upper[k] / 2;
    if (!(lower[k] < middle && middle < upper[k])) continue;
    const score = learned[k] > 0 ? learned[k] : upper[k] - lower[k];
    if (best === -1 || score > most) {
      best = k;
      most = score;
    }
  }
  return best;
}

function halves(region: Region, input: number): Region[] {
  if (region.kind !== 'box') return [];
  const middle = region.lower[input] / 2 + region.upper[input] / 2;
  const below = region.upper.slice();
  const above = region.lower.slice();
  below[input] = middle;
  above[input] = middle;
  return [
    { kind: 'box', lower: region.lower, upper: below },
    { kind: 'box', lower: above, upper: region.upper },
  ];
}

/** Whether a region of so many inputs is ever split. */
export function canSplit(inputs: number, region: Pick<Region, 'kind'>): boolean {
  return region.kind === 'box' && inputs <= MOST_SPLIT_INPUTS;
}

/** The most boxes that a region is split into. */
export function mostBoxes(
  layers: readonly Pick<DifferenceLayer, 'inputs'>[],
  region: Region,
  boxes = DEFAULT_BOXES,
): number {
  return canSplit(layers[0].inputs, region) ? boxes : 1;
}

/**
 * Bounds `|f_j - f^_j|` over the region; sound whenever it stops. In steps of stage `bound`, counted in
 * boxes, whose begin and end are the caller's to tell.
 */
export function* branchAndBound(
  layers: readonly DifferenceLayer[],
  region: Region,
  options: BranchOptions = {},
): Steps<BranchResult> {
  const { goal, giveUp = true, rounds = 40, childRounds = 5, spend } = options;
  const { rows = false, apart = false } = options;
  // Learning, and the run that makes it a bound.
  const round = chainSteps(layers);
  const each = rows ? rowSteps(layers) : 0;
  const boxes = mostBoxes(layers, region, options.boxes);
  const target = goal ?? 0;
  let work: ReturnType<typeof sharedWork>;
  const heap: Leaf[] = [];
  const done: Leaf[] = [];
  const history: number[] = [];
  const told = (count: number): Progress => ({ stage: 'bound', done: count, total: boxes });
  const ownSteps = options.ownSteps === true && boxes === 1;
  // Of many rounds that may be taken, few are.
  spend?.((ownSteps ? 1 : rounds + 1) * round + each);
  const onRound = ownSteps ? () => spend?.(round) : undefined;
  const patience = ownSteps ? PATIENCE_OWN_STEPS : PATIENCE;
  const whole: Analysis = {
    ...{ rounds, goal, rows, apart, ownSteps, onRound },
    ...(giveUp && boxes === 1 && { patience }),
  };
  push(heap, yield* analyse(layers, region, initialParameters(layers), whole, told));
  let count = 1;
  while (heap.length > 0 && heap[0].worst > target && count + 2 <= boxes) {
    yield told(count);
    const { worst } = heap[0];
    const isCheckpoint = count >= checkpoint(history.length);
    if (isCheckpoint) history.push(worst);
    if (giveUp && goal !== undefined) {
      const isOutOfReach = rows
        ? isHopelessWithRows(worst, count, boxes, goal)
        : isCheckpoint && isHopeless(history, boxes, goal);
      if (isOutOfReach) break;
    }
    const halved: HalfInput[] = [];
    work ??= sharedWork(layers, options.threads);
    const atOnce = rows ? Math.min(SPLIT_AT_ONCE, Math.ceil(heap.length / 2)) : 1;
    while (
      halved.length < 2 * atOnce &&
      heap.length > 0 &&
      heap[0].worst > target &&
      count + halved.length + 2 <= boxes
    ) {
      const leaf = pop(heap);
      const input = splitInput(leaf);
      if (input === -1) {
        done.push(leaf);
        continue;
      }
      const shared = work?.shared ?? layers;
      const how = { layers: shared, rounds: childRounds, goal, rows, apart, input, above: leaf };
      halved.push(...halves(leaf.region, input).map((half) => ({ ...how, region: half })));
    }
    // A point that is too far off stays so, whatever else is split.
    if (done.length > 0) {
      for (const { above } of halved.filter((_, index) => index % 2 === 0)) push(heap, above);
      break;
    }
    spend?.(halved.length * ((childRounds + 1) * round + each));
    const found: Leaf[] = [];
    if (work !== undefined) found.push(...(yield* work.threads.run(halfTask, halved)));
    else for (const half of halved) found.push(yield* halfTask.run(half));
    for (const half of found) push(heap, half);
    // Which of them need more rounds shows on the way.
    spend?.(found.filter(({ learnedMore }) => learnedMore).length * moreRounds(apart) * round);
    count += found.length;
  }
  const leaves = [...heap, ...done];
  const bounds = leaves[0].bounds.slice();
  for (const leaf of leaves) {
    leaf.bounds.forEach((bound, j) => {
      if (bound > bounds[j]) bounds[j] = bound;
    });
  }
  return { bounds, boxes: count };
}
