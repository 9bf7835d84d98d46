/**
 * A pruned source over feature maps, ready to run: its live layers, and where a layer with a kernel reads.
 * All positions of a plane, of all samples at a time, are lanes; a kernel gathers the lanes that its taps
 * see, after which its layer is one like any other.
 */
import { InputError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import { outputPlane, planesBetween, tapCount } from '../integer/block-maps.js';
import { tapPositions } from '../integer/window-reads.js';
import { type PrunedLayer, pruneSourceSteps } from '../source/pruned-network.js';
import { blockEndsOf, depthOf, widthOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
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
  /** What layer t (index t - 1) gathers before it; null where it reads each position by itself. */
  readonly gathers: readonly (Gather | null)[];
  readonly blockEnds: readonly number[];
  /** Channels of the outputs, and positions of their plane. */
  readonly outputs: { readonly channels: number; readonly area: number };
}

/** Lays out the live part of a ticket's pruned source, in steps of stage `compile`. */
export function* compileMapsSteps(ticket: ConstructedTicket, memory?: number): Steps<MapProgram> {
  admitTicket(ticket, 'program', memory);
  const { shape, target, seed } = ticket;
  const { maps } = target;
  if (maps === undefined) throw new RangeError('a ticket without maps');
  const live = yield* pruneSourceSteps(createSource(seed, shape), (t) => ticket.mask(t));
  if (live.some(({ reads }) => reads !== undefined)) {
    throw new InputError({
      place: 'shape',
      problem: 'layers of feature maps that read others than the one before',
      remedy: 'run a ticket that horner found',
    });
  }
  const ends = blockEndsOf(shape);
  const gathers: (Gather | null)[] = live.map(() => null);
  for (const [index, { window }] of maps.blocks.entries()) {
    if (window === undefined) continue;
    const behind = outputPlane(window);
    gathers[index === 0 ? 0 : (ends[index - 1] as number)] = {
      taps: tapCount(window),
      from: window.input.height * window.input.width,
      to: behind.height * behind.width,
      positions: tapPositions(window),
    };
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

/** Lanes of one sample at its largest plane, and the most numbers that a layer holds of it. */
export function laneSizes({ input, layers, gathers }: MapProgram): {
  readonly widest: number;
} {
  let area = input.height * input.width;
  let count = input.channels + 1;
  let widest = count * area;
  layers.forEach(({ neurons }, index) => {
    const gather = gathers[index];
    if (gather) {
      widest = Math.max(widest, count * gather.taps * gather.to);
      area = gather.to;
    }
    count = neurons.length;
    widest = Math.max(widest, count * area);
  });
  return { widest };
}
