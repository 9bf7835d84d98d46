/**
 * The least source for a class: for each block the scheme and top with the fewest source weights, from the
 * last block to the first, since what an output costs depends on who reads it; then every slack at the
 * lowest price with which the failure terms of all blocks sum to at most delta.
 */
import { checkProbability } from '../../core/arguments.js';
import { UsageError } from '../../core/errors.js';
import { complete, type Steps } from '../../core/steps.js';
import { checkNetworkClass, type NetworkClass } from '../../integer/network-class.js';
import { MAXIMUM_WIDTH } from '../../source/shape.js';
import { demandKey, inputReaders, type SkipDemand, skipDemands } from './demand.js';
import { sizeGathered } from './gathered-sizes.js';
import { GROWTHS, type GrowthName, isPossible } from './growths.js';
import { layersOf, type SkipBlock, type SkipPlan, skipPlanOf } from './plan.js';
import {
  GrownSizer,
  leastObjective,
  mostHead,
  type Sized,
  type Surroundings,
  type TopChoice,
} from './sizes.js';

/** A scheme and its top; sizes follow from the price. */
export type Structure =
  | ({ readonly scheme: GrowthName } & TopChoice)
  | { readonly scheme: 'gathered'; readonly units: number };

const MAXIMUM_UNITS = 256;
const BASE_COPIES = 8;
const MAXIMUM_BASE_COPIES = 24;

export interface Weighed {
  readonly structure: Structure;
  readonly objective: number;
}

/** Walks from `start` for as long as the objective falls; one that is no better may lie between. */
function least<Candidate>(
  start: number,
  end: number,
  sizeAt: (value: number) => (Candidate & { objective: number }) | null,
): (Candidate & { objective: number }) | null {
  let best: (Candidate & { objective: number }) | null = null;
  let worse = 0;
  for (let value = start; value <= end && worse < 2; value++) {
    const sized = sizeAt(value);
    if (sized === null) continue;
    if (best === null || sized.objective < best.objective) {
      best = sized;
      worse = 0;
    } else {
      worse++;
    }
  }
  return best;
}

/** The best top of one growth. */
function bestTop(name: GrowthName, sizer: GrownSizer): Weighed | null {
  const weigh = (top: TopChoice): Weighed | null => {
    const sized = sizer.size(top);
    return sized && { structure: { scheme: name, ...top }, objective: sized.objective };
  };
  const growth = GROWTHS[name];
  const { based } = growth;
  const best = least(0, mostHead(growth), (head) =>
    least(sizer.fewestUnits(head), MAXIMUM_UNITS, (units) =>
      weigh({ head, units, baseCopies: based ? BASE_COPIES : 0 }),
    ),
  );
  if (best === null || !based) return best;
  const { units } = best.structure;
  const varied = least(2, MAXIMUM_BASE_COPIES, (baseCopies) =>
    weigh({ head: 0, units, baseCopies }),
  );
  return varied !== null && varied.objective < best.objective ? varied : best;
}

/** The best number of copies of the last doubling. */
function bestGathered(demand: SkipDemand, around: Surroundings): Weighed | null {
  // With fewer units most outputs have one sign alone at some input.
  const fewest = Math.max(2, Math.floor(Math.log2(demand.parts)));
  return least(fewest, MAXIMUM_UNITS, (units): Weighed | null => {
    const sized = sizeGathered(demand, around, units);
    return sized && { structure: { scheme: 'gathered', units }, objective: sized.objective };
  });
}

/** All schemes that blocks are chosen from. */
export const SCHEMES = ['gathered', ...(Object.keys(GROWTHS) as GrowthName[])] as const;
export type SchemeName = (typeof SCHEMES)[number];

/** The schemes that block `index`, from 0, may be of. */
export type SchemesOf = (index: number) => readonly SchemeName[];

/** The structure of a block that costs least, and what it costs. Throws a `UsageError` where there is none. */
export function* chooseStructure(
  demand: SkipDemand,
  around: Surroundings,
  schemes: readonly SchemeName[],
): Steps<Weighed> {
  let best = schemes.includes('gathered') ? bestGathered(demand, around) : null;
  // What can be cheap comes first, so that little of what cannot is sized. Of equals the first in the list
  // is chosen, whatever came first here.
  let place = -1;
  const candidates = (Object.keys(GROWTHS) as GrowthName[])
    .map((name, at) => ({ name, at, atLeast: leastObjective(name, demand, around) }))
    .filter(({ name }) => schemes.includes(name) && isPossible(GROWTHS[name], demand))
    .sort((one, other) => one.atLeast - other.atLeast || one.at - other.at);
  for (const { name, at, atLeast } of candidates) {
    yield;
    if (best !== null && atLeast > best.objective) break;
    const sizer = new GrownSizer(name, demand, around);
    if (best !== null && sizer.leastObjective() > best.objective) continue;
    const weighed = bestTop(name, sizer);
    if (weighed === null) continue;
    const objective = weighed.objective + sizer.fixedObjective();
    const isBetter =
      best === null || objective < best.objective || (objective === best.objective && at < place);
    if (!isBetter) continue;
    best = { ...weighed, objective };
    place = at;
  }
  if (best === null) {
    throw new UsageError(
      `no block of skip for ${demand.parts} inputs and ${demand.outputs} outputs with this failure bound`,
    );
  }
  return best;
}

/** The block at the price of its surroundings; null where it has no sizes. */
export function sizeStructure(
  structure: Structure,
  demand: SkipDemand,
  around: Surroundings,
): Sized<SkipBlock> | null {
  if (structure.scheme === 'gathered') return sizeGathered(demand, around, structure.units);
  return new GrownSizer(structure.scheme, demand, around).size(structure);
}

function widest(demand: SkipDemand, block: SkipBlock): number {
  return Math.max(...layersOf(demand, block).map(({ width }) => width));
}

/** Prices are tried to within this, as logarithms. */
const PRICE_STEP = 0.02;

class Search {
  readonly #demands: readonly SkipDemand[];
  readonly #networkClass: NetworkClass;
  readonly #delta: number;
  readonly #schemes: SchemesOf;
  /** Widths of the blocks' input layers, as far as known. */
  #inputWidths: number[];
  #structures: Structure[] = [];

  constructor(networkClass: NetworkClass, delta: number, schemes: SchemesOf) {
    this.#schemes = schemes;
    this.#networkClass = networkClass;
    this.#delta = delta;
    this.#demands = skipDemands(networkClass);
    this.#inputWidths = this.#demands.map(({ columns }) => columns);
  }

  /** Chooses the structure of every block at a price. */
  *choose(price: number): Steps<void> {
    const known = new Map<string, Structure>();
    const structures: Structure[] = [];
    const schemes = this.#schemes;
    yield* this.#backwards(price, function* (index, demand, around) {
      const allowed = schemes(index);
      const key = `${demandKey(demand)} ${around.inputWidth} ${around.nextReaders} ${allowed.join()}`;
      const structure =
        known.get(key) ?? (yield* chooseStructure(demand, around, allowed)).structure;
      known.set(key, structure);
      structures[index] = structure;
      return sizeStructure(structure, demand, around);
    });
    this.#structures = structures;
  }

  /** Blocks from the last to the first; null if one has no sizes. */
  *#backwards(
    price: number,
    sizeOf: (
      index: number,
      demand: SkipDemand,
      around: Surroundings,
    ) => Steps<Sized<SkipBlock> | null>,
  ): Steps<SkipBlock[] | null> {
    const demands = this.#demands;
    const blocks: SkipBlock[] = [];
    let nextReaders = 0;
    for (let index = demands.length - 1; index >= 0; index--) {
      const around = { inputWidth: this.#inputWidths[index], nextReaders, price };
      yield;
      const sized = yield* sizeOf(index, demands[index], around);
      if (sized === null) return null;
      blocks[index] = sized.block;
      nextReaders = inputReaders(layersOf(demands[index], sized.block));
    }
    this.#inputWidths = this.#inputWidths.map((width, index) =>
      index === 0 ? width : blocks[index - 1].outputWidth,
    );
    return blocks;
  }

  *#planAt(logPrice: number): Steps<SkipPlan | null> {
    const structures = this.#structures;
    const blocks = yield* this.#backwards(
      Math.exp(logPrice),
      // biome-ignore lint/correctness/useYield: one block's sizes are a unit of the work
      function* (index, demand, around) {
        return sizeStructure(structures[index], demand, around);
      },
    );
    if (blocks === null) return null;
    const isWide = blocks.some(
      (block, index) => widest(this.#demands[index], block) > MAXIMUM_WIDTH,
    );
    if (isWide) return null;
    const plan = skipPlanOf(this.#networkClass, blocks);
    return plan.failureBound <= this.#delta ? plan : null;
  }

  /** The plan at the lowest price whose failure bound is at most delta; `start` is a guess at its logarithm. */
  *cheapest(start: number): Steps<SkipPlan> {
    let low = start;
    let high = start;
    let plan = yield* this.#planAt(high);
    while (plan === null) {
      low = high;
      high += Math.log(1000);
      if (high > 600) {
        throw new UsageError(
          `no source of skip keeps a failure bound of ${this.#delta}; take a larger delta`,
        );
      }
      plan = yield* this.#planAt(high);
    }
    if (low === high) low -= Math.log(1e6);
    while (high - low > PRICE_STEP) {
      const middle = (low + high) / 2;
      const leaner = yield* this.#planAt(middle);
      if (leaner === null) low = middle;
      else {
        high = middle;
        plan = leaner;
      }
    }
    return plan;
  }
}

/**
 * The least source of the construction skip found for the class with failure bound at most `delta`, each
 * block of one of its schemes. Throws a `UsageError` where some block can be of none of them: a relay's
 * outputs must not be the last block's, and pairs around a base are for signed inputs.
 */
export function planSkip(
  networkClass: NetworkClass,
  delta: number,
  schemes: SchemesOf = () => SCHEMES,
): SkipPlan {
  return complete(planSkipSteps(networkClass, delta, schemes));
}

/** The same in steps. */
export function* planSkipSteps(
  networkClass: NetworkClass,
  delta: number,
  schemes: SchemesOf = () => SCHEMES,
): Steps<SkipPlan> {
  checkNetworkClass(networkClass);
  checkProbability('delta', delta);
  const { dimensions } = networkClass;
  const typical = dimensions.reduce((sum, dimension) => sum + 3 * dimension, 0);
  const guess = Math.log((30 * typical) / delta);
  const search = new Search(networkClass, delta, schemes);
  yield* search.choose(Math.exp(guess));
  return yield* search.cheapest(guess);
}
