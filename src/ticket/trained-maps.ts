/**
 * The feature maps of a trained network: how large the input is, and for each layer the kernel it reads
 * with, the zeros around what it reads, and the side of the windows of which the largest value goes on
 * (after ReLU; 1 keeps them all). Channels are the ticket's widths. A fully connected layer behind maps reads
 * them with a kernel as large as they are. How tickets record it: `docs/ticket.md`, trained feature maps.
 */
import { UsageError } from '../core/errors.js';
import type { SourceShape } from '../source/shape.js';
import type { PlaneSize } from '../target/planes.js';

export interface TrainedMapLayer {
  readonly kernel: PlaneSize;
  /** On all four sides, less than both sides of the kernel. */
  readonly pad: number;
  /** The side of the pooling windows, which do not overlap; what is left over at the ends is left out. */
  readonly pool: number;
}

export interface TrainedMaps {
  readonly input: PlaneSize;
  readonly layers: readonly TrainedMapLayer[];
}

/** One layer with all its sizes. */
export interface MapStage extends TrainedMapLayer {
  readonly inputChannels: number;
  readonly channels: number;
  /** The plane it reads, without the zeros around it. */
  readonly input: PlaneSize;
  /** The plane of its sums, before pooling. */
  readonly sums: PlaneSize;
  /** Behind the pooling. */
  readonly output: PlaneSize;
}

/** No plane, pad or kernel has a longer side. */
export const LONGEST_SIDE = 2 ** 13;
/** Of a sample: what a layer reads, borders included, and what it makes before pooling. */
const MOST_NUMBERS = 2 ** 24;

function isSide(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= LONGEST_SIDE;
}

/** What stands against these maps with these widths `N_0 .. N_L`; null if nothing does. */
export function trainedMapsProblem(widths: readonly number[], maps: TrainedMaps): string | null {
  const { input, layers } = maps;
  if (layers.length !== widths.length - 1) {
    return `${layers.length} layers, not ${widths.length - 1}`;
  }
  if (!isSide(input.height, 1) || !isSide(input.width, 1)) return 'no such input';
  let plane = input;
  for (const [index, { kernel, pad, pool }] of layers.entries()) {
    const place = `layer ${index + 1}`;
    const sides = [kernel.height, kernel.width, pool];
    if (!sides.every((side) => isSide(side, 1)) || !isSide(pad, 0)) {
      return `${place}: sides are from 1 to ${LONGEST_SIDE}`;
    }
    if (pad >= Math.min(kernel.height, kernel.width)) {
      return `${place}: pad ${pad}, no less than the kernel`;
    }
    const sums = sumsPlane(plane, kernel, pad);
    if (sums.height < 1 || sums.width < 1) {
      return `${place}: a kernel of ${kernel.height}x${kernel.width} has no place in ${plane.height}x${plane.width}`;
    }
    if (pool > sums.height || pool > sums.width) {
      return `${place}: no window of ${pool}x${pool} in ${sums.height}x${sums.width}`;
    }
    const read = (plane.height + 2 * pad) * (plane.width + 2 * pad) * (widths[index] as number);
    const made = sums.height * sums.width * (widths[index + 1] as number);
    if (Math.max(read, made) > MOST_NUMBERS) {
      return `${place}: more than ${MOST_NUMBERS} numbers a sample`;
    }
    plane = pooled(sums, pool);
  }
  if (plane.height !== 1 || plane.width !== 1) {
    return `outputs of ${plane.height}x${plane.width}`;
  }
  return layers.at(-1)?.pool === 1 ? null : 'outputs are pooled';
}

function sumsPlane(plane: PlaneSize, kernel: PlaneSize, pad: number): PlaneSize {
  return {
    height: plane.height + 2 * pad - kernel.height + 1,
    width: plane.width + 2 * pad - kernel.width + 1,
  };
}

function pooled({ height, width }: PlaneSize, side: number): PlaneSize {
  return { height: Math.floor(height / side), width: Math.floor(width / side) };
}

/** All layers with their sizes. Throws a `UsageError` for maps that are none. */
export function mapStages(widths: readonly number[], maps: TrainedMaps): MapStage[] {
  const problem = trainedMapsProblem(widths, maps);
  if (problem !== null) throw new UsageError(`maps: ${problem}`);
  let input = maps.input;
  return maps.layers.map((layer, index): MapStage => {
    const sums = sumsPlane(input, layer.kernel, layer.pad);
    const stage = {
      ...{ kernel: layer.kernel, pad: layer.pad, pool: layer.pool, input, sums },
      ...{ inputChannels: widths[index] as number, channels: widths[index + 1] as number },
      output: pooled(sums, layer.pool),
    };
    input = stage.output;
    return stage;
  });
}

/** The source in which such a network is: a column for each channel and tap, in its order. */
export function trainedMapShape(widths: readonly number[], maps: TrainedMaps): SourceShape {
  const [inputs = 0, ...channels] = widths;
  return {
    inputs,
    layers: channels.map((count, index) => {
      const { kernel, pad } = maps.layers[index] as TrainedMapLayer;
      return { channels: count, kernel, pads: { top: pad, left: pad, bottom: pad, right: pad } };
    }),
  };
}

/** Whether a layer is fully connected: its kernel covers all that it reads, once. */
export function isConnected({ sums, pad }: MapStage): boolean {
  return pad === 0 && sums.height === 1 && sums.width === 1;
}

/** Numbers of a raw input, position by position, its channels in sequence. */
export function inputCount(widths: readonly number[], maps: TrainedMaps | undefined): number {
  const channels = widths[0] as number;
  return maps === undefined ? channels : channels * maps.input.height * maps.input.width;
}
