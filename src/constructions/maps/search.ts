/** The least layered source for a class of networks of feature maps; all blocks share one price of failure. */
import { checkProbability } from '../../core/arguments.js';
import type { Steps } from '../../core/steps.js';
import { tapCount } from '../../integer/block-maps.js';
import { type ClassBlock, checkNetworkClass } from '../../integer/network-class.js';
import { sourceWeights } from '../../source/shape.js';
import { matchingFailure } from '../failure-bounds.js';
import { mayBeQuads } from '../horner/quads/choose.js';
import { type Chosen, chooseEither, sizeChosen } from '../horner/quads/search.js';
import { atLeastPrice, chooseStructure } from '../horner/search.js';
import { BlockSizer, type Surroundings } from '../horner/sizes.js';
import type { Structure } from '../horner/structures.js';
import { leastSlack } from '../slack.js';
import { sizeDirect } from './direct.js';
import { groupedLayers, largestPart, sizeGrouped } from './grouped.js';
import {
  freeDemand,
  knownRows,
  type MapsBlock,
  type MapsClass,
  type MapsLayer,
  type MapsPlan,
  mapsLayers,
  mapsPlanOf,
} from './plan.js';
import { scaleDemand, sizeScale } from './scale.js';

/** Source columns for each channel that block `index` reads. */
export function tapsRead({ maps }: MapsClass, index: number): number {
  const window = maps.blocks[index]?.window;
  return window === undefined ? 1 : tapCount(window);
}

/** Weights that one more output of a block costs in the next, roughly. */
function nextWeights(networkClass: MapsClass, index: number): number {
  const { maps } = networkClass;
  const next = maps.blocks[index + 1] as ClassBlock | undefined;
  if (next === undefined) return 0;
  const taps = tapsRead(networkClass, index + 1);
  if (next.form.kind !== 'free') return taps * 2 * (next.known.length + 1);
  const { inputs, outputs } = freeDemand(networkClass, index + 1);
  return taps * (inputs + 2 * (outputs + 1));
}

/** The neurons for handed-on maps, in the last hidden layer and among the outputs. */
function passWidths(
  passed: number,
  around: readonly [number, number],
  price: number,
): readonly [number, number] {
  if (passed === 0) return [0, 0];
  const failure = (slack: number): number => matchingFailure(passed, 1, passed + slack, 1 / 2);
  return [
    passed + leastSlack(around[0], price, failure),
    passed + leastSlack(around[1], price, failure),
  ];
}

/** How a grouped block is laid out: groups of a part, and the structure that all parts have. */
interface Grouped {
  readonly perPart: number;
  readonly part: Structure;
}

function isPlain(chosen: Chosen | Grouped | null): boolean {
  return chosen === null || 'perPart' in chosen || chosen.quads === undefined;
}

/** Weights of a block whose first layer has so many columns. */
function weightsOf(layers: readonly MapsLayer[], columns: number): number {
  return layers.reduce((sum, { width, groups }, level) => {
    const before = level === 0 ? columns : (layers[level - 1]?.width as number);
    const own = groups ?? [{ channels: width, columns: before }];
    return own.reduce((more, group) => more + group.channels * group.columns, sum);
  }, 0);
}

/**
 * The parts of a grouped block that cost least at a price; null where one part, all groups as zeros of one
 * block, costs less.
 */
function* chooseGrouped(
  networkClass: MapsClass,
  index: number,
  count: number,
  price: number,
  around: Surroundings,
): Steps<Grouped | null> {
  let best: Grouped | null = null;
  let least = Number.POSITIVE_INFINITY;
  // From all groups in one part on, for as long as halves cost less.
  for (let perPart = count; ; perPart = Math.ceil(perPart / 2)) {
    const demand = largestPart(networkClass, index, perPart);
    const part = yield* chooseStructure(demand, price, around, new Map());
    const sized = sizeGrouped(networkClass, index, perPart, part, price, around);
    const layers = sized === null ? [] : groupedLayers(sized);
    const weights =
      sized === null ? Number.POSITIVE_INFINITY : weightsOf(layers, around.inputWidth);
    if (!(weights < least)) break;
    least = weights;
    best = { perPart, part };
    if (perPart === 1) break;
  }
  return best === null || best.perPart === count ? null : best;
}

/** The least source found for the class with failure bound at most `delta`, in steps. */
export function* planMapsSteps(networkClass: MapsClass, delta: number): Steps<MapsPlan> {
  checkNetworkClass(networkClass);
  checkProbability('delta', delta);
  const { maps, dimensions, constant } = networkClass;
  const structures: (Chosen | Grouped | null)[] = [];
  /** The same with chains in fours where those cost less. */
  const either: (Chosen | Grouped | null)[] = [];
  const guesses = new Map<number, number>();
  const typical = maps.blocks.reduce((sum, { columns }) => sum + columns, 0);
  const price = (100 * typical) / delta;
  const aroundOf = (index: number, inputWidth: number): Surroundings => ({
    inputWidth: inputWidth * tapsRead(networkClass, index),
    nextWidth: nextWeights(networkClass, index),
  });
  const carried = constant ? 1 : 0;
  for (const [index, { form, groups }] of maps.blocks.entries()) {
    if (form.kind !== 'free') {
      structures.push(null);
      either.push(null);
      continue;
    }
    if (groups !== undefined) {
      const around = aroundOf(index, (dimensions[index] as number) + carried);
      const grouped = yield* chooseGrouped(networkClass, index, groups.count, price, around);
      if (grouped !== null) {
        structures.push(grouped);
        either.push(grouped);
        continue;
      }
    }
    const around = aroundOf(index, (dimensions[index] as number) + carried);
    const demand = freeDemand(networkClass, index);
    const plain = yield* chooseStructure(demand, price, around, guesses);
    structures.push({ plain });
    either.push(mayBeQuads(demand) ? yield* chooseEither(demand, plain, price, around) : { plain });
  }

  function sizeBlock(
    index: number,
    structure: Chosen | Grouped | null,
    inputWidth: number,
    logPrice: number,
  ): MapsBlock | null {
    const block = maps.blocks[index] as ClassBlock;
    const own = Math.exp(logPrice);
    const { inputWidth: columns, nextWidth } = aroundOf(index, inputWidth);
    if (structure !== null && 'perPart' in structure) {
      const around = { inputWidth: columns, nextWidth };
      return sizeGrouped(networkClass, index, structure.perPart, structure.part, own, around);
    }
    if (structure !== null) {
      const demand = freeDemand(networkClass, index);
      const around = { inputWidth: columns, nextWidth };
      const horner =
        structure.quads === undefined
          ? new BlockSizer(demand, own, around, guesses).size(structure.plain)
          : sizeChosen(structure, demand, own, around);
      if (horner === null) return null;
      const last = horner.hiddenWidths.at(-1) as number;
      const before = horner.hiddenWidths.at(-2) ?? columns;
      const beside = [before + horner.outputWidth, last + nextWidth] as const;
      return { kind: 'free', horner, passWidths: passWidths(block.known.length, beside, own) };
    }
    const rows = knownRows(networkClass, index);
    if (block.form.kind === 'scale') {
      const sizes = sizeScale(scaleDemand(rows), { columns, nextWidth }, own, false);
      return { kind: 'scale', ...sizes };
    }
    return { kind: 'direct', segments: sizeDirect(rows, columns + nextWidth, own) };
  }

  function* planAt(
    chosen: readonly (Chosen | Grouped | null)[],
    logPrice: number,
  ): Steps<MapsPlan | null> {
    const blocks: MapsBlock[] = [];
    let inputWidth = (dimensions[0] as number) + carried;
    for (const index of maps.blocks.keys()) {
      yield;
      const block = sizeBlock(index, chosen[index] ?? null, inputWidth, logPrice);
      if (block === null) return null;
      blocks.push(block);
      inputWidth = mapsLayers(networkClass, index, block).at(-1)?.width as number;
    }
    const plan = mapsPlanOf('horner', networkClass, blocks);
    return plan.failureBound <= delta ? plan : null;
  }
  const planOf = (chosen: readonly (Chosen | Grouped | null)[]): Steps<MapsPlan> =>
    atLeastPrice((logPrice) => planAt(chosen, logPrice), typical, delta);
  const plain = yield* planOf(structures);
  if (either.every(isPlain)) return plain;
  const mixed = yield* planOf(either);
  return sourceWeights(mixed.shape) < sourceWeights(plain.shape) ? mixed : plain;
}
