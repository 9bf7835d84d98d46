/**
 * The block of a convolution, drawn from a real ticket: its first source layer reads the maps through the
 * kernel, the others read each position by itself; beside the chains goes a map that a later layer still reads.
 */
import { placePlain } from '../../src/constructions/horner/plain.js';
import { hornerMaps } from '../../src/constructions/maps/maps.js';
import { freeDemand, type MapsClass } from '../../src/constructions/maps/plan.js';
import { complete } from '../../src/core/steps.js';
import { describeNeurons, formatSum } from '../../src/figures/coefficients.js';
import { liveEdges } from '../../src/figures/live-edges.js';
import { formatTick } from '../../src/figures/numbers.js';
import { ROLE_COLOURS } from '../../src/figures/palette.js';
import {
  type DrawnEdge,
  type DrawnLayer,
  drawPrunedNetwork,
} from '../../src/figures/pruned-network.js';
import { lowerMapsSteps } from '../../src/integer/lower-maps.js';
import { networkClassOf } from '../../src/integer/network-class.js';
import { columnsOf, widthOf } from '../../src/source/shape.js';
import { exactArray } from '../../src/target/exact-array.js';
import { convolutionMap } from '../../src/target/make-layers.js';
import type { InputSign, Network } from '../../src/target/network.js';
import { drawnLayer, findFigure } from './block-figure.js';

const SEED = 1n;
const DELTA = 1e-3;
/** By tap of a kernel of 1 by 2. */
const WEIGHTS = [5, -3];
const TAPS = ['x', 'y'];
const SIGNS: readonly InputSign[] = ['nonnegative'];

/** Rows: from one tap's carriers to the next one's, from a carrier to its second copy. */
const PITCH = 1.7;
const COPY = 0.8;
/** Rows of the first accumulator and of the output, then of the last layer's copy of the offset. */
const CHAIN = TAPS.length * PITCH + 0.1;
const OUTPUT = TAPS.length * PITCH + 0.6;
const OFFSET_COPY = TAPS.length * PITCH + 2.5;

type Kind = 'carrier' | 'chain' | 'offset' | 'handed on';
interface Placed {
  readonly kind: Kind;
  readonly row: number;
}

/** `relu(5 x_0 - 3 x_1)` of one map, and the map added to it: so that the first block hands it on. */
function residualNetwork(): Network {
  const input = { channels: 1, height: 1, width: 8 };
  const map = (weights: readonly number[]) =>
    convolutionMap({
      ...{ input, outputChannels: 1, kernel: { height: 1, width: weights.length } },
      pads: { top: 0, left: 0, bottom: 0, right: weights.length - 1 },
      weights,
    });
  const bias = exactArray(new Float64Array(1));
  const parts = [map([1]), map([1])];
  return {
    layers: [
      { ...map(WEIGHTS), bias, activation: 'relu' },
      { kind: 'sum', inputs: 16, outputs: 8, parts, bias, activation: 'identity', reads: [1, 0] },
    ],
    domain: { kind: 'all' },
  };
}

/** The ticket, and where its first block's neurons were placed. */
function found() {
  const target = complete(lowerMapsSteps(residualNetwork(), [0, 0], SIGNS));
  const networkClass = networkClassOf(target, SIGNS) as MapsClass;
  const plan = hornerMaps.plan(networkClass, DELTA);
  const { source, live } = findFigure(hornerMaps, target, plan, SEED);
  const [block] = plan.mapsBlocks;
  if (block?.kind !== 'free') throw new Error('the first block has no chains');
  const { horner } = block;
  if (horner.quads !== undefined) throw new Error('the first block has chains in fours');
  const taps = TAPS.map((_, tap) => tap);
  const layout = complete(
    placePlain(
      {
        ...{ source, start: 0, inputNeurons: Uint32Array.from(taps), block: horner },
        halves: taps.map((column) => ({ column, negative: false })),
        demand: freeDemand(networkClass, 0),
      },
      () => ({ stage: 'find', done: 0, total: 1 }),
    ),
  );
  if ('unmet' in layout) throw new Error(layout.unmet.demand);
  const depth = layout.radices.length + 1;
  return { plan, layout, depth, live: live.slice(0, depth) };
}

/** What each neuron of a layer is there for, and its row; what the chains have no use for is handed on. */
function placesOf({ layout, depth }: ReturnType<typeof found>, t: number): Map<number, Placed> {
  const places = new Map<number, Placed>();
  if (t === depth) return places.set(layout.outputs[0], { kind: 'chain', row: OUTPUT });
  const copies = layout.carrierCopies[t] ?? 1;
  layout.carriers[t]?.forEach((neuron, index) => {
    const row = Math.floor(index / copies) * PITCH + (index % copies) * COPY;
    places.set(neuron, { kind: 'carrier', row });
  });
  const radix = layout.radices[t - 1] ?? 0;
  layout.accumulators[t - 1]?.forEach((neuron, index) => {
    const offset = index >= radix;
    places.set(neuron, {
      kind: offset ? 'offset' : 'chain',
      row: CHAIN + index + (offset ? 0.4 : 0),
    });
  });
  if (t === depth - 1) places.set(layout.offsetOf[0], { kind: 'offset', row: OFFSET_COPY });
  return places;
}

const COLOURS: Readonly<Record<Kind, string>> = {
  carrier: ROLE_COLOURS.carrier,
  'handed on': ROLE_COLOURS.carrier,
  chain: ROLE_COLOURS.chain,
  offset: ROLE_COLOURS.offset,
};

/** The figure `map-layout.svg`. */
export function mapLayoutFigure(): string {
  const ticket = found();
  const { plan, depth, live } = ticket;
  // Every tap of the only channel is a variable of its own: drawn, and told, as inputs.
  const [first, ...rest] = live;
  const layers = [{ ...first, taps: 1 }, ...rest];
  const signs = TAPS.map(() => SIGNS[0]);
  const texts = describeNeurons(layers, [depth], signs, false, (tap) => TAPS[tap]);
  const places = Array.from({ length: depth + 1 }, (_, t) => placesOf(ticket, t));
  const placeOf = (t: number, neuron: number): Placed =>
    places[t].get(neuron) ?? { kind: 'handed on', row: 0 };
  const drawn = places.map((_, t): DrawnLayer => {
    const ids = t === 0 ? [...TAPS.keys()] : [...live[t - 1].neurons];
    return drawnLayer(plan, {
      ...{ t, ids, name: t === 0 ? 'taps' : t === depth ? 'outputs' : `layer ${t}` },
      isCounted: t > 0,
      row: (index) => placeOf(t, ids[index]).row,
      label: (index) => (t === 0 ? TAPS[ids[index]] : texts[t - 1][index].label),
      color: (index) => COLOURS[placeOf(t, ids[index]).kind],
    });
  });
  const edges = liveEdges(layers, TAPS.length).map(({ layer, from, to, sign }): DrawnEdge => {
    const strong =
      placeOf(layer - 1, from).kind === 'carrier' &&
      ['chain', 'offset'].includes(placeOf(layer, to).kind);
    return { layer, from: `${from}`, to: `${to}`, sign, kept: true, strong };
  });
  const weights = live.reduce(
    (sum, _, index) => sum + columnsOf(plan.shape, index + 1) * widthOf(plan.shape, index + 1),
    0,
  );
  return drawPrunedNetwork(
    {
      layers: drawn,
      edges,
      strong: 'digits, of either sign',
      roles: [
        { label: 'carriers, and the map handed on', color: ROLE_COLOURS.carrier },
        { label: 'chain of the output', color: ROLE_COLOURS.chain },
        { label: 'offset', color: ROLE_COLOURS.offset },
      ],
    },
    {
      title: 'The block of a convolution, at one position of its maps',
      caption:
        `A kernel of 1 by 2 on one map, ${formatSum(WEIGHTS.map(BigInt), TAPS)}, found among ${formatTick(weights)} random signs, ` +
        'which all positions share; pruned neurons are not shown. Layer 1 alone reads through the kernel: x is the ' +
        'map at the position, y at the next one, both at least 0. All other layers read their own position. ' +
        'x is handed on besides, for the residual sum behind. Every neuron is labelled with what it ' +
        `computes. Seed ${SEED}.`,
    },
  );
}
