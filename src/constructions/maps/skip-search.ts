/**
 * The least skip source for a class of networks of feature maps: for each free block the scheme of skip that
 * costs least, read straight from the maps before or from a copy of the columns (docs/convolution.md). From
 * the last block to the first, since what an output costs depends on who reads it; all share one price.
 */
import { checkProbability } from '../../core/arguments.js';
import { UsageError } from '../../core/errors.js';
import type { Steps } from '../../core/steps.js';
import { type ClassBlock, checkNetworkClass } from '../../integer/network-class.js';
import { MAXIMUM_WIDTH } from '../../source/shape.js';
import { matchingFailure } from '../failure-bounds.js';
import { atLeastPrice } from '../horner/search.js';
import { demandKey } from '../skip/demand.js';
import {
  chooseStructure,
  SCHEMES,
  type SchemesOf,
  type Structure,
  sizeStructure,
  type Weighed,
} from '../skip/search.js';
import type { Surroundings } from '../skip/sizes.js';
import { leastSlack } from '../slack.js';
import { sizeDirect } from './direct.js';
import {
  knownRows,
  type MapsBlock,
  type MapsClass,
  type MapsPlan,
  mapsLayers,
  mapsPlanOf,
  skipDemand,
} from './plan.js';
import { scaleDemand, sizeScale } from './scale.js';
import { tapsRead } from './search.js';

/** What free blocks may be; default: all there is. */
export interface AllowedBlocks {
  readonly schemes?: SchemesOf;
  /** Whether columns are copied first: what may be chosen from. */
  readonly copied?: readonly boolean[];
}

/** How a free block is laid out; sizes follow from the price. */
interface FreeChoice {
  readonly structure: Structure;
  readonly copied: boolean;
}

class Search {
  readonly #networkClass: MapsClass;
  readonly #delta: number;
  readonly #allowed: AllowedBlocks;
  /** Channels of the layers that blocks read, as far as known. */
  #inputWidths: number[];
  #choices: (FreeChoice | null)[] = [];

  constructor(networkClass: MapsClass, delta: number, allowed: AllowedBlocks) {
    const { dimensions, constant, maps } = networkClass;
    this.#networkClass = networkClass;
    this.#delta = delta;
    this.#allowed = allowed;
    this.#inputWidths = maps.blocks.map(
      (_, index) => (dimensions[index] as number) + (constant ? 1 : 0),
    );
  }

  /** Chooses the structure of every free block at a price. */
  *choose(price: number): Steps<void> {
    const known = new Map<string, FreeChoice>();
    const choices: (FreeChoice | null)[] = [];
    const networkClass = this.#networkClass;
    const allowed = this.#allowed;
    yield* this.#backwards(price, function* (index, around) {
      const key = `${demandKey(skipDemand(networkClass, index, false))} ${around.inputWidth} ${around.nextReaders}`;
      const choice = known.get(key) ?? (yield* chooseFree(networkClass, index, around, allowed));
      if (allowed.schemes === undefined) known.set(key, choice);
      choices[index] = choice;
      return choice;
    });
    this.#choices = choices;
  }

  /** Sizes blocks from the last to the first; null if one has no sizes. */
  *#backwards(
    price: number,
    choiceOf: (index: number, around: Surroundings) => Steps<FreeChoice>,
  ): Steps<MapsBlock[] | null> {
    const networkClass = this.#networkClass;
    const blocks: MapsBlock[] = [];
    const { maps } = networkClass;
    let nextReaders = 0;
    for (let index = maps.blocks.length - 1; index >= 0; index--) {
      yield;
      const taps = tapsRead(networkClass, index);
      const inputWidth = (this.#inputWidths[index] as number) * taps;
      const around = { inputWidth, nextReaders, price };
      const isFree = maps.blocks[index]?.form.kind === 'free';
      const block = isFree
        ? sizeFree(networkClass, index, around, yield* choiceOf(index, around))
        : sizeKnown(networkClass, index, around);
      if (block === null) return null;
      blocks[index] = block;
      const layers = mapsLayers(networkClass, index, block);
      nextReaders =
        taps * layers.reduce((sum, { width, reads }) => sum + (reads[0] === 0 ? width : 0), 0);
    }
    this.#inputWidths = this.#inputWidths.map((width, index) => {
      if (index === 0) return width;
      const layers = mapsLayers(networkClass, index - 1, blocks[index - 1] as MapsBlock);
      return layers.at(-1)?.width as number;
    });
    return blocks;
  }

  *planAt(logPrice: number): Steps<MapsPlan | null> {
    const choices = this.#choices;
    // biome-ignore lint/correctness/useYield: it is known by now
    const blocks = yield* this.#backwards(Math.exp(logPrice), function* (index) {
      return choices[index] as FreeChoice;
    });
    if (blocks === null) return null;
    const plan = mapsPlanOf('skip', this.#networkClass, blocks);
    if (plan.shape.layers.some(({ channels }) => channels > MAXIMUM_WIDTH)) return null;
    return plan.failureBound <= this.#delta ? plan : null;
  }
}

/** The best scheme of a free block, with or without a layer that copies its columns. */
function* chooseFree(
  networkClass: MapsClass,
  index: number,
  around: Surroundings,
  { schemes = () => SCHEMES, copied: choices = [false, true] }: AllowedBlocks,
): Steps<FreeChoice> {
  let best: (Weighed & { copied: boolean }) | null = null;
  for (const copied of choices) {
    const demand = skipDemand(networkClass, index, copied);
    const weighed = yield* chooseStructure(demand, around, schemes(index));
    if (best === null || weighed.objective < best.objective) best = { ...weighed, copied };
  }
  if (best === null) throw new UsageError(`no block of skip for block ${index + 1}`);
  return { structure: best.structure, copied: best.copied };
}

function sizeFree(
  networkClass: MapsClass,
  index: number,
  around: Surroundings,
  { structure, copied }: FreeChoice,
): MapsBlock | null {
  const demand = skipDemand(networkClass, index, copied);
  const sized = sizeStructure(structure, demand, around);
  if (sized === null) return null;
  const block: MapsBlock = { kind: 'skip', skip: sized.block, copied, passWidth: 0 };
  const passed = (networkClass.maps.blocks[index] as ClassBlock).known.length;
  if (passed === 0) return block;
  const perNeuron = outputColumns(networkClass, index, block, around) + around.nextReaders;
  const failure = (slack: number): number => matchingFailure(passed, 1, passed + slack, 1 / 2);
  return { ...block, passWidth: passed + leastSlack(perNeuron, around.price, failure) };
}

/** Columns that a block's outputs have. */
function outputColumns(
  networkClass: MapsClass,
  index: number,
  block: MapsBlock,
  { inputWidth }: Surroundings,
): number {
  const layers = mapsLayers(networkClass, index, block);
  const widthOf = (layer: number): number =>
    layer === 0 ? inputWidth : (layers[layer - 1]?.width as number);
  return (layers.at(-1)?.reads ?? []).reduce((sum, layer) => sum + widthOf(layer), 0);
}

function sizeKnown(
  networkClass: MapsClass,
  index: number,
  { inputWidth, nextReaders, price }: Surroundings,
): MapsBlock {
  const rows = knownRows(networkClass, index);
  const { form } = networkClass.maps.blocks[index] as ClassBlock;
  if (form.kind === 'scale') {
    const around = { columns: inputWidth, nextWidth: nextReaders };
    return { kind: 'scale', ...sizeScale(scaleDemand(rows), around, price, true) };
  }
  return { kind: 'direct', segments: sizeDirect(rows, inputWidth + nextReaders, price) };
}

/** The least skip source found for the class with failure bound at most `delta`, in steps. */
export function* planSkipMapsSteps(
  networkClass: MapsClass,
  delta: number,
  allowed: AllowedBlocks = {},
): Steps<MapsPlan> {
  checkNetworkClass(networkClass);
  checkProbability('delta', delta);
  const typical = networkClass.maps.blocks.reduce((sum, { columns }) => sum + 3 * columns, 0);
  const search = new Search(networkClass, delta, allowed);
  yield* search.choose((30 * typical) / delta);
  return yield* atLeastPrice((logPrice) => search.planAt(logPrice), typical, delta);
}
