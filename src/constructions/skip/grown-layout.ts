/**
 * Lays out a block of growing chains. Order of reading, on which the failure bounds rest: split, base or
 * doubled inputs; units, by their edges into the tops; the digits of the top, to select chains; then level
 * by level relays and accumulators, by the edges between them. Digits after the top are read by nothing
 * here, and no edge is read for two purposes.
 */
import { placeBase, placeDoubled, placeSplit } from './block-start.js';
import type { GrownBlock } from './grown-block.js';
import { beginWork, type GrownWork } from './grown-work.js';
import { groupSize } from './growths.js';
import {
  type BlockLayout,
  type BlockRequest,
  type DigitEdges,
  type LayoutFailure,
  NOWHERE,
  OFFSET,
  type Placing,
} from './layout.js';
import { placeEnd } from './place-end.js';
import { placeLevel } from './place-levels.js';
import { placeTops, type Tops } from './place-tops.js';

/** Digits of the inputs into the neurons at `rows`, `copies` for each chain. */
function inputDigits(
  { places, digitNeurons, chains }: GrownWork,
  layer: number,
  rows: Uint32Array,
  copies: number,
): DigitEdges {
  const own = rows.map((row, index) =>
    chains[Math.floor(index / copies)].hasDigits ? row : NOWHERE,
  );
  const { digits } = places;
  return { layer, from: digits, neurons: digitNeurons, rows: own, copies, isRaw: digits === 0 };
}

/** The digits of one level: of doubled inputs first, where a level has two. */
function levelDigits(work: GrownWork, layer: number, rows: Uint32Array): DigitEdges[] {
  const single = inputDigits(work, layer, rows, 1);
  if (work.growth.bits === 1) return [single];
  const { places, doubledNeurons } = work;
  return [{ ...single, from: places.doubled, neurons: doubledNeurons, isRaw: false }, single];
}

/** The digits of the top, of units and first accumulators. */
function topDigits(work: GrownWork, { tops, units }: Tops): DigitEdges[] {
  const { block, places } = work;
  return [
    inputDigits(work, places.units, units, block.units),
    inputDigits(work, places.tops, tops, 1),
  ];
}

/** The layers before the units. */
function placeStart(work: GrownWork): LayoutFailure | null {
  const { request, growth, places, edges, negative } = work;
  if (growth.based) {
    const placed = placeBase(request, work.block, edges);
    if ('kind' in placed) return placed;
    work.baseNeurons = placed;
    return null;
  }
  if (places.digits > 0) {
    const placed = placeSplit(request, edges);
    if ('kind' in placed) return placed;
    work.digitNeurons = placed;
  }
  if (places.doubled > 0) {
    const raw = places.digits === 0 ? negative : null;
    const placed = placeDoubled(request, places.doubled, work.digitNeurons, raw, edges);
    if ('kind' in placed) return placed;
    work.doubledNeurons = placed;
  }
  return null;
}

export function* layoutGrown(request: BlockRequest, block: GrownBlock): Placing {
  const work = beginWork(request, block);
  const { growth, places, chains, edges, negative } = work;
  const start = placeStart(work);
  if (start !== null) return start;
  yield;
  const placed = placeTops(work);
  if ('kind' in placed) return placed;
  yield;
  const digits: DigitEdges[] = [];
  const accumulators = new Map([[places.tops, placed.tops]]);
  let before = placed.tops;
  for (let level = 1; level < block.levels; level++) {
    const layer = places.tops + 2 * level - 1;
    const next = yield* placeLevel(work, layer, before);
    if ('kind' in next) return next;
    before = next;
    accumulators.set(layer + 1, next);
    digits.push(...levelDigits(work, layer + 1, before));
  }
  const last = places.tops + 2 * block.levels - 1;
  const ends = placeEnd(work, last, before);
  if ('kind' in ends) return ends;
  yield;
  const rows = Uint32Array.from(ends, (neuron) => (neuron < 0 ? NOWHERE : neuron));
  digits.push(...levelDigits(work, last + 1, rows));
  const outputs = new Uint32Array(request.demand.outputs);
  chains.forEach(({ output }, chain) => {
    if (output >= 0) outputs[output] = ends[chain];
  });
  const layout: BlockLayout = {
    start: request.start,
    inputWidth: request.inputWidth,
    layers: request.layers,
    columns: growth.based
      ? Uint32Array.from(negative.keys())
      : Uint32Array.from(request.parts, ({ column }) => column),
    negative,
    chainOutputs: Int32Array.from(chains, ({ output, offset }) => (offset >= 0 ? OFFSET : output)),
    bases: chains.map(({ base }) => base),
    group: groupSize(growth),
    isSigned: growth.based,
    top: topDigits(work, placed),
    places: digits,
    edges,
    accumulators,
    outputs,
  };
  return layout;
}
