/**
 * The feature maps of a trained network: how large the input is, and for each layer the kernel it reads
 * with, the zeros around what it reads, and the side of the windows of which the largest value goes on
 * (after the activation; 1 keeps them all). Channels are the ticket's widths. A fully connected layer behind
 * maps reads them with a kernel as large as they are. Sums may be normalised, and the output of an earlier layer be
 * added to them, as in residual networks. How tickets record it: `docs/ticket.md`, trained feature maps.
 */
import { UsageError } from '../core/errors.js';
import type { SourceLayer, SourceShape } from '../source/shape.js';
import type { PlaneSize } from '../target/planes.js';

/** What a layer may have beside kernel, border and pooling; what is left out is as in a plain layer. */
export interface LayerExtras {
  /** Positions from one place of the kernel to the next, in both directions; default 1. */
  readonly stride?: number;
  /** The layer that it reads, 0 being the inputs; default: the one before. */
  readonly reads?: number;
  /** Whether each channel's sums are multiplied by a factor and moved, which is what batch normalisation is. */
  readonly normalized?: true;
  /** A layer before it whose output, of the same size, is added before the activation; default: none. */
  readonly adds?: number;
  /** No activation. */
  readonly linear?: true;
  /** Pooling comes before normalisation and activation, not behind them. */
  readonly poolsFirst?: true;
  /** The mean of each window goes on, not the largest. */
  readonly average?: true;
}

export interface TrainedMapLayer extends LayerExtras {
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

/** One layer with all its sizes, nothing left out. */
export interface MapStage {
  readonly kernel: PlaneSize;
  readonly pad: number;
  readonly pool: number;
  readonly stride: number;
  readonly reads: number;
  readonly normalized: boolean;
  /** 0 for none. */
  readonly adds: number;
  readonly linear: boolean;
  readonly poolsFirst: boolean;
  readonly average: boolean;
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
const POSITION: PlaneSize = { height: 1, width: 1 };
/** Of a sample: what a layer reads, borders included, and what it makes before pooling. */
const MOST_NUMBERS = 2 ** 24;

function isSide(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= LONGEST_SIDE;
}

/** A layer's extras, nothing left out; `t` is its number. */
function extrasOf(layer: TrainedMapLayer, t: number) {
  return {
    stride: layer.stride ?? 1,
    reads: layer.reads ?? t - 1,
    normalized: layer.normalized === true,
    adds: layer.adds ?? 0,
    linear: layer.linear === true,
    poolsFirst: layer.poolsFirst === true,
    average: layer.average === true,
  };
}

/** What stands against these maps with these widths `N_0 .. N_L`; null if nothing does. */
export function trainedMapsProblem(widths: readonly number[], maps: TrainedMaps): string | null {
  const { input, layers } = maps;
  if (layers.length !== widths.length - 1) {
    return `${layers.length} layers, not ${widths.length - 1}`;
  }
  if (!isSide(input.height, 1) || !isSide(input.width, 1)) return 'no such input';
  const planes = [input];
  const isUsed = new Set<number>();
  for (const [index, layer] of layers.entries()) {
    const problem = layerProblem(layer, index + 1, layers.length, planes, widths);
    if (problem !== null) return `layer ${index + 1}: ${problem}`;
    const { reads, adds, pool } = stageOf(layer, index + 1, planes, widths);
    isUsed.add(reads).add(adds);
    planes.push(pooled(sumsPlane(planes[reads] as PlaneSize, layer), pool));
  }
  const idle = layers.findIndex((_, index) => index > 0 && !isUsed.has(index));
  if (idle > 0) return `layer ${idle}: none reads it`;
  const plane = planes.at(-1) as PlaneSize;
  if (plane.height !== 1 || plane.width !== 1) {
    return `outputs of ${plane.height}x${plane.width}`;
  }
  return layers.at(-1)?.pool === 1 ? null : 'outputs are pooled';
}

/** What stands against layer `t` of `depth`, the planes of all before it being known; null if nothing does. */
function layerProblem(
  layer: TrainedMapLayer,
  t: number,
  depth: number,
  planes: readonly PlaneSize[],
  widths: readonly number[],
): string | null {
  const { kernel, pad, pool } = layer;
  const { stride, reads, adds, normalized, linear, poolsFirst, average } = extrasOf(layer, t);
  const sides = [kernel.height, kernel.width, pool, stride];
  if (!sides.every((side) => isSide(side, 1)) || !isSide(pad, 0)) {
    return `sides are from 1 to ${LONGEST_SIDE}`;
  }
  if (pad >= Math.min(kernel.height, kernel.width)) return `pad ${pad}, no less than the kernel`;
  if (!isNumber(reads, 0, t - 1)) return `it reads layer ${reads}, which is not before it`;
  if (layer.adds !== undefined && !isNumber(adds, 1, t - 1)) {
    return `it adds layer ${adds}, which is not before it`;
  }
  const plane = planes[reads] as PlaneSize;
  const sums = sumsPlane(plane, layer);
  if (sums.height < 1 || sums.width < 1) {
    return `a kernel of ${kernel.height}x${kernel.width} has no place in ${plane.height}x${plane.width}`;
  }
  if (pool > sums.height || pool > sums.width) {
    return `no window of ${pool}x${pool} in ${sums.height}x${sums.width}`;
  }
  const read = (plane.height + 2 * pad) * (plane.width + 2 * pad) * (widths[reads] as number);
  const made = sums.height * sums.width * (widths[t] as number);
  if (Math.max(read, made) > MOST_NUMBERS) return `more than ${MOST_NUMBERS} numbers a sample`;
  if ((poolsFirst || average) && pool === 1) return 'it says how it pools, and does not';
  if (poolsFirst && average) return 'means are taken behind the activation';
  if (poolsFirst && !normalized && adds === 0) return 'it pools first, and nothing comes then';
  if (t === depth && (normalized || adds > 0 || linear || poolsFirst || average)) {
    return 'the last one gives its sums as they are';
  }
  if (adds === 0) return null;
  const there = planes[adds] as PlaneSize;
  const here = poolsFirst ? pooled(sums, pool) : sums;
  const fits = there.height === here.height && there.width === here.width;
  if (fits && widths[adds] === widths[t]) return null;
  return `it adds ${there.height}x${there.width}x${widths[adds]} to ${here.height}x${here.width}x${widths[t]}`;
}

function isNumber(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** The plane of a layer's sums, from what it reads. */
export function sumsPlane(
  plane: PlaneSize,
  { kernel, pad, stride = 1 }: TrainedMapLayer,
): PlaneSize {
  return {
    height: Math.floor((plane.height + 2 * pad - kernel.height) / stride) + 1,
    width: Math.floor((plane.width + 2 * pad - kernel.width) / stride) + 1,
  };
}

/** What pooling leaves of a plane. */
export function pooled({ height, width }: PlaneSize, side: number): PlaneSize {
  return { height: Math.floor(height / side), width: Math.floor(width / side) };
}

/** Layer `t` with its sizes; `planes` are the inputs' and those of the layers before. */
function stageOf(
  layer: TrainedMapLayer,
  t: number,
  planes: readonly PlaneSize[],
  widths: readonly number[],
): MapStage {
  const extras = extrasOf(layer, t);
  const input = planes[extras.reads] as PlaneSize;
  const sums = sumsPlane(input, layer);
  return {
    ...{ kernel: layer.kernel, pad: layer.pad, pool: layer.pool, ...extras, input, sums },
    ...{ inputChannels: widths[extras.reads] as number, channels: widths[t] as number },
    output: pooled(sums, layer.pool),
  };
}

/** All layers with their sizes. Throws a `UsageError` for maps that are none. */
export function mapStages(widths: readonly number[], maps: TrainedMaps): MapStage[] {
  const problem = trainedMapsProblem(widths, maps);
  if (problem !== null) throw new UsageError(`maps: ${problem}`);
  const planes = [maps.input];
  return maps.layers.map((layer, index): MapStage => {
    const stage = stageOf(layer, index + 1, planes, widths);
    planes.push(stage.output);
    return stage;
  });
}

/** A network of widths `N_0 .. N_L` as one of maps of a single position; of feature maps as `mapStages`. */
export function stagesOf(widths: readonly number[], maps: TrainedMaps | undefined): MapStage[] {
  if (maps !== undefined) return mapStages(widths, maps);
  const planes = widths.map(() => POSITION);
  const connected: TrainedMapLayer = { kernel: POSITION, pad: 0, pool: 1 };
  return widths.slice(1).map((_, index) => stageOf(connected, index + 1, planes, widths));
}

/** The source in which such a network is: a column for each channel and tap, in its order. */
export function trainedMapShape(widths: readonly number[], maps: TrainedMaps): SourceShape {
  const [inputs = 0, ...channels] = widths;
  return {
    inputs,
    layers: channels.map((count, index): SourceLayer => {
      const { kernel, pad, stride = 1, reads = index } = maps.layers[index] as TrainedMapLayer;
      return {
        channels: count,
        kernel,
        pads: { top: pad, left: pad, bottom: pad, right: pad },
        ...(stride === 1 ? {} : { stride: { height: stride, width: stride } }),
        ...(reads === index ? {} : { reads: [reads] }),
      };
    }),
  };
}

/** Whether a layer is fully connected: its kernel covers all that it reads, once. */
export function isConnected({ kernel, input, pad }: MapStage): boolean {
  return pad === 0 && kernel.height === input.height && kernel.width === input.width;
}

/** Numbers of a raw input, position by position, its channels in sequence. */
export function inputCount(widths: readonly number[], maps: TrainedMaps | undefined): number {
  const channels = widths[0] as number;
  return maps === undefined ? channels : channels * maps.input.height * maps.input.width;
}

/** Whether a layer is more than products, ReLU and pooling of the largest, or products alone. */
export function isMoreThanPlain(stage: MapStage, activation: 'relu' | 'sign' | null): boolean {
  const { normalized, adds, linear, poolsFirst, average, stride } = stage;
  const isMore = normalized || adds > 0 || linear || poolsFirst || average || stride > 1;
  return isMore || activation === 'sign';
}
