/**
 * The least source for a class, each block of plain chains or of chains in fours: those that are the
 * smaller for it. It is never larger than that of plain chains alone.
 */
import { checkProbability } from '../../../core/arguments.js';
import { UsageError } from '../../../core/errors.js';
import type { Steps } from '../../../core/steps.js';
import { checkNetworkClass, type NetworkClass } from '../../../integer/network-class.js';
import { sourceWeights } from '../../../source/shape.js';
import { plainHorner } from '../plain.js';
import {
  type BlockDemand,
  blockDemands,
  chainLayers,
  demandKey,
  type HornerBlock,
  type HornerPlan,
  type PlainBlock,
} from '../plan.js';
import { atLeastPrice } from '../search.js';
import { BlockSizer, type Surroundings } from '../sizes.js';
import { type Structure, shapeOf } from '../structures.js';
import { selectionThreshold, windowShortfall } from '../windows.js';
import { chooseQuads, mayBeQuads, objectiveOf } from './choose.js';
import { hornerPlanOf } from './plan-of.js';
import { QuadsSizer, type QuadsStructure } from './sizes.js';

/** A plain block's structure, to be sized anew. */
function structureOf(
  demand: BlockDemand,
  { radices, carrierCopies, selection }: PlainBlock,
): Structure {
  const threshold = selectionThreshold(radices, selection, demand.reach);
  const layers = chainLayers({ radices, carrierCopies }, selection);
  const shape = shapeOf(demand, radices, carrierCopies);
  return { ...shape, selection, pairFailure: windowShortfall(layers, threshold) };
}

/** The structure of a block of either kind. */
export type Chosen =
  | { readonly plain: Structure; readonly quads?: undefined }
  | { readonly quads: QuadsStructure };

/** The layers around each block, before the blocks have sizes. */
function surroundings(
  { dimensions, constant }: NetworkClass,
  demands: readonly BlockDemand[],
): Surroundings[] {
  return demands.map((demand, index) => {
    const next = demands[index + 1];
    return {
      inputWidth: index === 0 ? dimensions[0] + (constant ? 1 : 0) : demand.inputs,
      nextWidth: next === undefined ? 0 : next.inputs + next.outputs,
    };
  });
}

/** The block of a structure at a price; null where it has no sizes. */
export function sizeChosen(
  chosen: Chosen,
  demand: BlockDemand,
  price: number,
  around: Surroundings,
): HornerBlock | null {
  return chosen.quads === undefined
    ? new BlockSizer(demand, price, around).size(chosen.plain)
    : new QuadsSizer(demand, price, around).size(chosen.quads);
}

/** What the blocks of a class are weighed with. */
interface Weighed {
  readonly demands: readonly BlockDemand[];
  readonly around: readonly Surroundings[];
  /** Of a unit of failure probability, while structures are chosen. */
  readonly price: number;
  /** Weights that come with a neuron more, roughly. */
  readonly typical: number;
}

function weighedOf(networkClass: NetworkClass, delta: number): Weighed {
  const demands = blockDemands(networkClass);
  const typical = demands.reduce((sum, { inputs, outputs }) => sum + inputs + 2 * outputs, 0);
  const around = surroundings(networkClass, demands);
  return { demands, around, typical, price: (100 * typical) / delta };
}

/** A text that tells apart what sizes depend on. */
function sizesKey(demand: BlockDemand, around: Surroundings): string {
  return `${demandKey(demand)} ${demand.reach.largest} ${JSON.stringify(around)}`;
}

/** The plan of blocks of these structures at the lowest price that keeps the failure bound. */
function* cheapestPlan(
  networkClass: NetworkClass,
  delta: number,
  { demands, around, typical }: Weighed,
  chosen: readonly Chosen[],
): Steps<HornerPlan> {
  function* planAt(logPrice: number): Steps<HornerPlan | null> {
    const sized = new Map<string, HornerBlock | null>();
    const blocks: HornerBlock[] = [];
    let { inputWidth } = around[0];
    for (const [index, demand] of demands.entries()) {
      const here = { ...around[index], inputWidth };
      const key = sizesKey(demand, here);
      let block = sized.get(key);
      if (block === undefined) {
        yield;
        block = sizeChosen(chosen[index], demand, Math.exp(logPrice), here);
        sized.set(key, block);
      }
      if (block === null) return null;
      blocks.push(block);
      inputWidth = block.outputWidth;
    }
    const plan = hornerPlanOf(networkClass, blocks);
    return plan.failureBound <= delta ? plan : null;
  }
  return yield* atLeastPrice(planAt, typical, delta);
}

/** The structure of fours where it costs less than this one of plain chains, else that. */
export function* chooseEither(
  demand: BlockDemand,
  structure: Structure,
  price: number,
  around: Surroundings,
): Steps<Chosen> {
  const plain: Chosen = { plain: structure };
  if (!mayBeQuads(demand)) return plain;
  const sized = sizeChosen(plain, demand, price, around);
  const most =
    sized === null
      ? Number.POSITIVE_INFINITY
      : objectiveOf(sized, demand, around, structure.digitsPerWeight);
  const quads = yield* chooseQuads(demand, new QuadsSizer(demand, price, around), around, most);
  return quads === null ? plain : { quads };
}

/**
 * The least Horner source found for the class with failure bound at most `delta`, in steps. Throws a
 * `UsageError` where there is none, or for a class or delta that is none.
 */
export function* planHornerSteps(networkClass: NetworkClass, delta: number): Steps<HornerPlan> {
  const plain = yield* plainHorner.planSteps(networkClass, delta);
  const weighed = weighedOf(networkClass, delta);
  const known = new Map<string, Chosen>();
  const chosen: Chosen[] = [];
  for (const [index, demand] of weighed.demands.entries()) {
    const around = weighed.around[index];
    // Equal demands have equal structures of plain chains.
    const key = sizesKey(demand, around);
    const structure = structureOf(demand, plain.blocks[index] as PlainBlock);
    const either =
      known.get(key) ?? (yield* chooseEither(demand, structure, weighed.price, around));
    known.set(key, either);
    chosen.push(either);
  }
  if (chosen.every(({ quads }) => quads === undefined)) return plain;
  const mixed = yield* cheapestPlan(networkClass, delta, weighed, chosen);
  return sourceWeights(mixed.shape) < sourceWeights(plain.shape) ? mixed : plain;
}

/**
 * The same with chains in fours in every block, however small: to measure and to test them by. Throws a
 * `UsageError` where a block has no such structure.
 */
export function* planQuadsSteps(networkClass: NetworkClass, delta: number): Steps<HornerPlan> {
  checkNetworkClass(networkClass);
  checkProbability('delta', delta);
  const weighed = weighedOf(networkClass, delta);
  const chosen: Chosen[] = [];
  for (const [index, demand] of weighed.demands.entries()) {
    const around = weighed.around[index];
    const sizer = new QuadsSizer(demand, weighed.price, around);
    const quads = yield* chooseQuads(demand, sizer, around, Number.POSITIVE_INFINITY);
    if (quads === null) {
      throw new UsageError(
        `no block of chains in fours for layer ${index + 1}; take a larger delta`,
      );
    }
    chosen.push({ quads });
  }
  return yield* cheapestPlan(networkClass, delta, weighed, chosen);
}
