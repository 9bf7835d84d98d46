/** Where the backward pass of a network of feature maps has its numbers, beside the forward pass's. */
import {
  type Allocator,
  type MapsPlace,
  placeMaps,
  type StagePlace,
} from '../inference/products/map-memory.js';
import { PANEL_BYTES, panelColumns } from '../inference/products/product-call.js';
import type { PlaneSize } from '../target/planes.js';
import { winogradFormOf } from './winograd.js';

export interface GradientPlace {
  /** Gradients of the layer's sums, with a border of zeros as its kernel wants them. */
  readonly bordered: MapsPlace;
  /** The same without the border. */
  readonly sums: MapsPlace;
  /** Gradients of what the layer hands on. */
  readonly output: MapsPlace;
  /** Whether these are added up, from several layers or not by products, on zeros. */
  readonly adds: boolean;
  /** Of a layer that is no plain one; else null. */
  readonly behind: BehindGradients | null;
  /** Gradients of the weights, by tap and filled up channel read. */
  readonly weights: number;
  readonly weightBytes: number;
  /** The same of one shard alone, of layers that cannot add to those of others at once. */
  readonly shard: number;
  /** Transposed weights in panels; of no layer but those whose inputs have gradients. */
  readonly transposed: number;
  readonly panelBytes: number;
}

/** Gradients between a layer's output and its sums. */
export interface BehindGradients {
  /** Behind the activation, before pooling there; `output` where nothing is pooled there. */
  readonly activated: MapsPlace;
  /** Before the activation. */
  readonly before: MapsPlace;
}

/** Positions of zeros around the gradients of a layer's sums. */
function borderOf({ stage, connected }: StagePlace): { height: number; width: number } {
  if (connected) return { height: 0, width: 0 };
  const { kernel, pad } = stage;
  return { height: kernel.height - 1 - pad, width: kernel.width - 1 - pad };
}

export function placeGradients(
  allocator: Allocator,
  places: readonly StagePlace[],
  samples: number,
): GradientPlace[] {
  return places.map((place, index): GradientPlace => {
    const { stage, channels, inputChannels, connected, behind } = place;
    const { kernel, input, output: size, sums, stride, reads, pool, poolsFirst } = stage;
    const hasInputs = reads > 0;
    const border = hasInputs ? borderOf(place) : { height: 0, width: 0 };
    // With a stride zeros stand between the gradients as well, so that every input has its own place.
    const plane =
      connected || !hasInputs
        ? spread(sums, stride)
        : { height: input.height + kernel.height - 1, width: input.width + kernel.width - 1 };
    const bordered = placeMaps(allocator, samples, plane, 4 * channels);
    const taps = kernel.height * kernel.width;
    const weightBytes = 4 * taps * inputChannels * channels;
    const columns = connected ? taps * inputChannels : inputChannels;
    const panelBytes = (connected ? 1 : taps) * channels * PANEL_BYTES;
    const panels = hasInputs ? Math.ceil(columns / panelColumns('float32')) : 0;
    const output = placeMaps(allocator, samples, size, 4 * channels);
    const own = (plane: PlaneSize): MapsPlace => placeMaps(allocator, samples, plane, 4 * channels);
    return {
      ...{ bordered, output },
      sums: {
        at: bordered.at + border.height * bordered.row + border.width * bordered.position,
        sample: bordered.sample,
        row: stride * bordered.row,
        position: stride * bordered.position,
      },
      adds: isAdded(places, index + 1),
      behind: behind && {
        activated: pool === 1 || poolsFirst ? output : own(sums),
        before: own(behind.plane),
      },
      ...{ weights: allocator.take(weightBytes), weightBytes, panelBytes },
      shard: allocator.take(connected || winogradFormOf(place) !== null ? 0 : weightBytes),
      ...{ transposed: allocator.take(panels * panelBytes) },
    };
  });
}

/** What maps take with `stride - 1` positions between two. */
function spread({ height, width }: PlaneSize, stride: number): PlaneSize {
  return { height: (height - 1) * stride + 1, width: (width - 1) * stride + 1 };
}

/** Whether the gradients of what layer `t` hands on are a sum of several layers', or of one that adds it. */
function isAdded(places: readonly StagePlace[], t: number): boolean {
  const readers = places.filter(({ stage }) => stage.reads === t).length;
  return readers !== 1 || places.some(({ stage }) => stage.adds === t);
}
