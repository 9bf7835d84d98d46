/**
 * A pruned source over feature maps, ready to run: its live layers, and where blocks with a kernel read.
 * All positions of a plane, of all samples at a time, are lanes; a kernel gathers the lanes that its taps
 * see, once for all layers of its block that read them, after which these are layers like any other.
 */
import type { Steps } from '../core/steps.js';
import { type IntegerMaps, outputPlane, planesBetween, tapCount } from '../integer/block-maps.js';
import { tapPositions } from '../integer/window-reads.js';
import { mostHeld } from '../source/layer-lists.js';
import { type PrunedLayer, pruneSourceSteps } from '../source/pruned-network.js';
import { blockEndsOf, depthOf, widthOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { requireWindows } from '../source/windows.js';
import type { FeatureShape } from '../target/linear-map.js';
import { admitTicket } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';

/** Where the taps of a kernel read: position of the plane before, or -1, at `position * taps + tap`. */
export interface Gather {
  readonly taps: number;
  /** Positions of the planes before and behind. */
  readonly from: number;
  readonly to: number;
  readonly positions: Int32Array;
}

export interface MapProgram {
  readonly input: FeatureShape;
  /** Whether samples come position by position. */
  readonly channelsLast: boolean;
  readonly constant: boolean;
  /** Live layers, t = 1 .. L. */
  readonly layers: readonly PrunedLayer[];
  /** What a block gathers before its first layer t (index t - 1); null where it reads each position by itself. */
  readonly gathers: readonly (Gather | null)[];
  readonly blockEnds: readonly number[];
  /** Channels of the outputs, and positions of their plane. */
  readonly outputs: { readonly channels: number; readonly area: number };
}

/** Coordinate of a sample that is channel `channel` at `position`. */
export function coordinateOf(
  { input, channelsLast }: Pick<MapProgram, 'input' | 'channelsLast'>,
  channel: number,
  position: number,
): number {
  return channelsLast
    ? position * input.channels + channel
    : channel * input.height * input.width + position;
}

/** What each block gathers before it is computed; null where it reads each position by itself. */
export function blockGathers({ blocks }: IntegerMaps): (Gather | null)[] {
  return blocks.map(({ window }) => {
    if (window === undefined) return null;
    const behind = outputPlane(window);
    return {
      taps: tapCount(window),
      from: window.input.height * window.input.width,
      to: behind.height * behind.width,
      positions: tapPositions(window),
    };
  });
}

/** Lays out the live part of a ticket's pruned source, in steps of stage `compile`. */
export function* compileMapsSteps(ticket: ConstructedTicket, memory?: number): Steps<MapProgram> {
  admitTicket(ticket, 'program', memory);
  const { shape, target, seed } = ticket;
  const { maps } = target;
  if (maps === undefined) throw new RangeError('a ticket without maps');
  requireWindows(shape, maps, 'this');
  const live = yield* pruneSourceSteps(createSource(seed, shape), (t) => ticket.mask(t));
  const ends = blockEndsOf(shape);
  const gathers: (Gather | null)[] = live.map(() => null);
  for (const [index, gather] of blockGathers(maps).entries()) {
    gathers[index === 0 ? 0 : (ends[index - 1] as number)] = gather;
  }
  const last = planesBetween(maps).at(-1) as { height: number; width: number };
  return {
    input: maps.input,
    channelsLast: ticket.channelsLast !== undefined,
    constant: target.constant,
    layers: live,
    gathers,
    blockEnds: ends,
    outputs: { channels: widthOf(shape, depthOf(shape)), area: last.height * last.width },
  };
}

/** The live layers block by block, each with what it gathers, and the number of the layer before it. */
export function blocksOf({
  layers,
  gathers,
  blockEnds,
}: Pick<MapProgram, 'layers' | 'gathers' | 'blockEnds'>): {
  readonly number: number;
  readonly gather: Gather | null;
  readonly own: readonly PrunedLayer[];
}[] {
  return blockEnds.map((end, block) => {
    const number = block === 0 ? 0 : (blockEnds[block - 1] as number);
    return { number, gather: gathers[number] ?? null, own: layers.slice(number, end) };
  });
}

/** The most numbers of one sample that are held at a time, the layer that is made aside. */
export function laneSizes(program: MapProgram): {
  readonly widest: number;
} {
  const { input } = program;
  let area = input.height * input.width;
  let count = input.channels + 1;
  let widest = count * area;
  for (const { number, gather, own } of blocksOf(program)) {
    const columns = count * (gather?.taps ?? 1);
    area = gather?.to ?? area;
    const most = own.reduce((all, { neurons }) => Math.max(all, neurons.length), columns);
    widest = Math.max(widest, Math.max(most, mostHeld(own, columns, number)) * area);
    count = own.at(-1)?.neurons.length ?? 0;
  }
  return { widest };
}
