/**
 * How the layers of an exported network of feature maps read one another: through which window, from which
 * plane to which, and from which layer on everything is dense.
 */
import {
  type BlockWindow,
  type IntegerMaps,
  planesBetween,
  tapCount,
} from '../integer/block-maps.js';
import { requireWindows } from '../source/windows.js';
import type { FeatureShape, PlaneSize } from '../target/planes.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import type { MatrixOrder } from './matrix-order.js';

export interface MapReading {
  /** With which the first of the layers that it reads is read; null where each position is read by itself. */
  readonly window: BlockWindow | null;
  /** The planes that are read so, and those that are made; all else that is read is as large as these. */
  readonly before: PlaneSize;
  readonly behind: PlaneSize;
}

export interface MapLayout {
  readonly input: FeatureShape;
  /** Whether samples come position by position (N x H x W x C). */
  readonly channelsLast: boolean;
  /** A sample as the file takes it. */
  readonly inputShape: readonly [number, number, number];
  /** One per exported layer. */
  readonly layers: readonly MapReading[];
  /**
   * Index of the first layer that, like all behind it, reads all that is before it as one vector; the number
   * of layers if the outputs are maps of several positions.
   */
  readonly dense: number;
}

/** Taps with which a layer reads each channel: as many columns has a channel. */
export function tapsOfReading({ window }: MapReading): number {
  return window === null ? 1 : tapCount(window);
}

/** The layout of a ticket's network in such blocks, and with such reads; none where it has no maps. */
export function layoutOfTicket(
  { target, channelsLast, shape }: ConstructedTicket,
  blockEnds: readonly number[],
  reads: Reads | null = null,
): MapLayout | undefined {
  if (target.maps !== undefined) requireWindows(shape, target.maps, 'an export');
  return target.maps && mapLayout(target.maps, blockEnds, channelsLast !== undefined, reads);
}

/** What each layer reads, ascending, layer 1 first. */
type Reads = readonly (readonly number[])[];

/** The last columns of a layer's weights, those of all layers but the first that it reads. */
export interface RestOfWeights {
  readonly inputs: number;
  readonly shape: readonly number[];
}

/**
 * The shape of the weights of a layer over maps, as convolutions have them; of others they are matrices. Where
 * a layer reads some of its layers through a window and `rest` columns are of others, these are apart.
 */
export function weightsShape(
  {
    inputs,
    outputs,
    rest = 0,
  }: { readonly inputs: number; readonly outputs: number; readonly rest?: number },
  index: number,
  layout: MapLayout | undefined,
): { readonly shape?: readonly number[]; readonly rest?: RestOfWeights } {
  const reading = layout?.layers[index];
  if (layout === undefined || reading === undefined || index >= layout.dense) return {};
  const { height, width } = reading.window?.kernel ?? { height: 1, width: 1 };
  if (reading.window === null) return { shape: [outputs, inputs, height, width] };
  const shape = [outputs, (inputs - rest) / tapsOfReading(reading), height, width];
  if (rest === 0) return { shape };
  return { shape, rest: { inputs: rest, shape: [outputs, rest, 1, 1] } };
}

/** How ONNX multiplies by a layer's matrix: outputs first over maps, else inputs first. */
export function orderOf(index: number, layout: MapLayout | undefined): MatrixOrder {
  return layout !== undefined && index < layout.dense ? 'outputs-first' : 'inputs-first';
}

/** A single position, or a window that is the plane itself: its columns are the plane, channel by channel. */
function isDense({ window, before }: MapReading): boolean {
  if (window === null) return before.height * before.width === 1;
  const { kernel, pads } = window;
  const padded = pads.top + pads.left + pads.bottom + pads.right > 0;
  return !padded && kernel.height === before.height && kernel.width === before.width;
}

/** The layout of layers in blocks that end with `blockEnds`; those that read a block's input have its window. */
export function mapLayout(
  maps: IntegerMaps,
  blockEnds: readonly number[],
  channelsLast: boolean,
  reads: Reads | null = null,
): MapLayout {
  const planes = planesBetween(maps);
  const layers = blockEnds.flatMap((end, block): MapReading[] => {
    const first = block === 0 ? 0 : (blockEnds[block - 1] as number);
    const behind = planes[block + 1] as PlaneSize;
    const window = maps.blocks[block]?.window ?? null;
    return Array.from({ length: end - first }, (_, index) =>
      (reads === null ? index === 0 : reads[first + index]?.[0] === first)
        ? { window, before: planes[block] as PlaneSize, behind }
        : { window: null, before: behind, behind },
    );
  });
  let dense = layers.length;
  while (dense > 0 && isDense(layers[dense - 1] as MapReading)) dense--;
  const { channels, height, width } = maps.input;
  const inputShape = channelsLast
    ? ([height, width, channels] as const)
    : ([channels, height, width] as const);
  return { input: maps.input, channelsLast, inputShape, layers, dense };
}

/** What the metadata of a safetensors file says of maps: JSON, of the layers null for those that are dense. */
export function readingsJson({ input, channelsLast, layers, dense }: MapLayout): string {
  const { channels, height, width } = input;
  return JSON.stringify({
    input: [channels, height, width],
    channelsLast,
    layers: layers.map(({ window }, index) => {
      if (index >= dense) return null;
      const { stride, pads, dilation } = window ?? POINTWISE;
      return {
        stride: [stride.height, stride.width],
        pads: [pads.top, pads.left, pads.bottom, pads.right],
        dilation: [dilation.height, dilation.width],
      };
    }),
  });
}

const POINTWISE = {
  stride: { height: 1, width: 1 },
  pads: { top: 0, left: 0, bottom: 0, right: 0 },
  dilation: { height: 1, width: 1 },
};
