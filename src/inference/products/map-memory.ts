/**
 * Where a network of feature maps is in a machine's memory, for so many samples at a time: per layer the
 * maps it reads, with a border of zeros, position by position; its weights in panels; and, where it pools,
 * the maps before that. Channels are filled up to whole vectors with zeros, which change no sum.
 */
import { isConnected, type MapStage } from '../../ticket/trained-maps.js';
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
  readonly connected: boolean;
  /** Channels with those that fill up. The inputs of the network are not filled up. */
  readonly inputChannels: number;
  readonly channels: number;
  /** With the border. */
  readonly input: MapsPlace;
  /** What the products write: before pooling, else what the next layer reads, inside of its border. */
  readonly sums: MapsPlace;
  /** What the next layer reads, inside of its border; the outputs of the last. */
  readonly output: MapsPlace;
  /** Panels of weights: one number for each tap and filled up channel, tap by tap. */
  readonly weights: number;
  readonly panelBytes: number;
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

/** The places of all layers. */
export function placeStages(
  allocator: Allocator,
  stages: readonly MapStage[],
  lane: ProductLane,
  samples: number,
): StagePlace[] {
  const bytes = lane === 'float32' ? 4 : 8;
  const channelsRead = (index: number): number => {
    const { inputChannels } = stages[index] as MapStage;
    return index === 0 ? inputChannels : filledUp(inputChannels);
  };
  const inputs = stages.map(({ input, pad }, index) => {
    const plane = { height: input.height + 2 * pad, width: input.width + 2 * pad };
    return placeMaps(allocator, samples, plane, channelsRead(index) * bytes);
  });
  return stages.map((stage, index): StagePlace => {
    const { kernel, channels: count, sums: plane, pool } = stage;
    const channels = filledUp(count);
    const next = stages[index + 1];
    const output =
      next === undefined
        ? placeMaps(allocator, samples, plane, channels * bytes)
        : inside(inputs[index + 1] as MapsPlace, next.pad);
    const panelBytes = kernel.height * kernel.width * channelsRead(index) * PANEL_BYTES;
    return {
      ...{ stage, channels, output, panelBytes },
      connected: isConnected(stage),
      inputChannels: channelsRead(index),
      input: inputs[index] as MapsPlace,
      sums: pool === 1 ? output : placeMaps(allocator, samples, plane, channels * bytes),
      weights: allocator.take(Math.ceil(channels / panelColumns(lane)) * panelBytes),
    };
  });
}
