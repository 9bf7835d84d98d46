/**
 * Where a network of feature maps is in a machine's memory, for so many samples at a time: what each layer
 * hands on, position by position, with the border of zeros that those who read it want; its weights in panels;
 * and, where it pools or is more than a plain layer, the maps before that. Channels are filled up to whole
 * vectors, whose weights are zeros.
 */

import type { PlaneSize } from '../../target/planes.js';
import type { TrainedActivation } from '../../ticket/trained.js';
import { isConnected, isMoreThanPlain, type MapStage } from '../../ticket/trained-maps.js';
import { PANEL_BYTES, type ProductLane, panelColumns } from './product-call.js';

/** Maps of several samples. All in bytes. */
export interface MapsPlace {
  readonly at: number;
  readonly sample: number;
  readonly row: number;
  readonly position: number;
}

export interface StagePlace {
  readonly stage: MapStage;
  /** Of this layer: none where it is linear, or the last. */
  readonly activation: TrainedActivation | null;
  readonly connected: boolean;
  /** Channels with those that fill up. The inputs of the network are not filled up. */
  readonly inputChannels: number;
  readonly channels: number;
  /** With the border. */
  readonly input: MapsPlace;
  /** Behind the activation, before pooling there; where nothing is pooled there, `output`. */
  readonly sums: MapsPlace;
  /** What others read, inside of its border; the outputs of the last. */
  readonly output: MapsPlace;
  /** Of a layer whose products do not give what `sums` holds, or a maximum of it with 0; else null. */
  readonly behind: BehindPlace | null;
  /** Panels of weights: one number for each tap and filled up channel, tap by tap. */
  readonly weights: number;
  readonly panelBytes: number;
}

/** What lies between a layer's products and its activation. */
export interface BehindPlace {
  /** What the products write. */
  readonly raw: MapsPlace;
  /** The same where it was pooled before; `raw` where it was not. */
  readonly before: MapsPlace;
  /** How many positions `before` has. */
  readonly plane: PlaneSize;
  /** Factors of all channels and then shifts, in float64; 0 where the layer is not normalised. */
  readonly maps: number;
  /** Two float64, for whether all that goes through was finite. */
  readonly check: number;
}

/** Hands out memory, line by line. */
export interface Allocator {
  take(bytes: number): number;
  readonly used: number;
}

const LINE = 64;

export function createAllocator(): Allocator {
  let used = LINE;
  return {
    take(bytes) {
      const at = used;
      used += LINE * Math.ceil(bytes / LINE);
      return at;
    },
    get used() {
      return used;
    },
  };
}

/** Rounded up so that channels are whole vectors of float32, and of float64. */
function filledUp(channels: number): number {
  return 4 * Math.ceil(channels / 4);
}

/** A place for maps of `height` by `width` with a border; a line more a sample against strides of powers of 2. */
export function placeMaps(
  allocator: Allocator,
  samples: number,
  { height, width }: { readonly height: number; readonly width: number },
  channelBytes: number,
): MapsPlace {
  const row = width * channelBytes;
  const sample = LINE * Math.ceil((height * row) / LINE) + LINE;
  return { at: allocator.take(samples * sample), sample, row, position: channelBytes };
}

/** The same maps without `border` positions on all sides. */
export function inside(maps: MapsPlace, border: number): MapsPlace {
  return { ...maps, at: maps.at + border * (maps.row + maps.position) };
}

/** Positions of zeros around what each layer hands on, the inputs first: as many as whoever reads it wants. */
function bordersOf(stages: readonly MapStage[]): number[] {
  const borders = new Array<number>(stages.length + 1).fill(0);
  for (const { reads, pad } of stages) borders[reads] = Math.max(borders[reads] as number, pad);
  return borders;
}

/** The places of all layers. */
export function placeStages(
  allocator: Allocator,
  stages: readonly MapStage[],
  lane: ProductLane,
  samples: number,
  activation: TrainedActivation = 'relu',
): StagePlace[] {
  const bytes = lane === 'float32' ? 4 : 8;
  const borders = bordersOf(stages);
  const values = borders.slice(0, -1).map((border, value) => {
    const { inputChannels, input } = stages[0] as MapStage;
    const from = stages[value - 1];
    const { height, width } = from?.output ?? input;
    const plane = { height: height + 2 * border, width: width + 2 * border };
    const channels = from === undefined ? inputChannels : filledUp(from.channels);
    return placeMaps(allocator, samples, plane, channels * bytes);
  });
  return stages.map((stage, index): StagePlace => {
    const { kernel, reads, pad, channels: count, sums: plane, pool } = stage;
    const channels = filledUp(count);
    const inputChannels = reads === 0 ? stage.inputChannels : filledUp(stage.inputChannels);
    const isLast = index === stages.length - 1;
    const border = borders[reads] as number;
    const place = (size: PlaneSize): MapsPlace =>
      placeMaps(allocator, samples, size, channels * bytes);
    const output = isLast
      ? place(plane)
      : inside(values[index + 1] as MapsPlace, borders[index + 1] as number);
    const own = isLast || stage.linear ? null : activation;
    const panelBytes = kernel.height * kernel.width * inputChannels * PANEL_BYTES;
    const poolsBehind = pool !== 1 && !stage.poolsFirst;
    return {
      ...{ stage, activation: own, channels, inputChannels, output, panelBytes },
      // Rows of a larger border do not lie in sequence.
      connected: isConnected(stage) && border === 0,
      input: inside(values[reads] as MapsPlace, border - pad),
      sums: poolsBehind ? place(plane) : output,
      weights: allocator.take(Math.ceil(channels / panelColumns(lane)) * panelBytes),
      behind: isMoreThanPlain(stage, own) ? placeBehind(allocator, stage, place) : null,
    };
  });
}

function placeBehind(
  allocator: Allocator,
  { sums, output, poolsFirst, normalized, channels }: MapStage,
  place: (plane: PlaneSize) => MapsPlace,
): BehindPlace {
  const raw = place(sums);
  const maps = normalized ? allocator.take(2 * 8 * filledUp(channels)) : 0;
  const check = allocator.take(16);
  return poolsFirst
    ? { raw, before: place(output), plane: output, maps, check }
    : { raw, before: raw, plane: sums, maps, check };
}

/** What the layer that a layer adds has handed on; null where it adds none. */
export function shortcutOf(places: readonly StagePlace[], { adds }: MapStage): MapsPlace | null {
  return adds === 0 ? null : (places[adds - 1] as StagePlace).output;
}
