/**
 * The shape of a source network: a list of layers, each with its channels, the earlier layers that it
 * reads and, for feature maps (theory, section 11), the kernel it reads them with. Widths, block ends and
 * all counts are views of it; whoever calculates with a shape asks the functions here and in `columns.ts`.
 */
import { checkList, checkObject } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import type { Pads, PlaneSize } from '../target/linear-map.js';

/** The generator counts columns and rows in 32 bits. */
export const MAXIMUM_WIDTH = 2 ** 32 - 1;

/** A count may be beyond what a source can have: plans tell how much they would need. */
function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

/** One layer of a source. What is left out is as in a fully connected layer. */
export interface SourceLayer {
  /** Rows of its mask; its neurons, where planes are 1 by 1. Below 2^32. */
  readonly channels: number;
  /**
   * Numbers of the layers that it reads, all channels of each, ascending, which is the order of its
   * columns; 0 is the inputs. Only layers of its own block and the block's input layer, the one that
   * ends the block before. Default: the layer before it.
   */
  readonly reads?: readonly number[];
  /**
   * Of a convolution: the first of the layers that it reads is read with it, the others position by
   * position, their maps being as large as its own. Default: 1 by 1.
   */
  readonly kernel?: PlaneSize;
  /** Default: 1 in both directions. */
  readonly stride?: PlaneSize;
  /** Default: none. */
  readonly pads?: Pads;
  /** Steps between taps. Default: 1 in both directions. */
  readonly dilation?: PlaneSize;
  /**
   * Its channels and its columns in groups, in order: only channels and columns of the same group have edges
   * between them. Default: one group.
   */
  readonly groups?: readonly LayerGroup[];
  /** Whether it holds the outputs of a target layer; the last layer of a source does in any case. */
  readonly endsBlock?: boolean;
}

/** So many channels of a layer, in a row, which read so many of its columns, in a row. */
export interface LayerGroup {
  readonly channels: number;
  readonly columns: number;
}

/** Plain data: a thread takes it as it is. */
export interface SourceShape {
  /** Channels of layer 0: the inputs, the constant among them. Below 2^32. */
  readonly inputs: number;
  /** Layers `1 .. L`. */
  readonly layers: readonly SourceLayer[];
}

/**
 * The shape of fully connected layers of widths `N_0 .. N_L`, each reading the one before. `blockEnds`
 * are ascending layer numbers from 1, one per target layer, the last of them `L`; by default there is
 * one block. Throws a `UsageError` for lists that describe no source.
 */
export function layeredShape(
  widths: readonly number[],
  blockEnds?: readonly number[],
): SourceShape {
  checkList('widths', widths);
  const wrong = widths.findIndex((width) => !isCount(width));
  if (wrong >= 0) throw new UsageError(`widths: that of layer ${wrong} is no number of neurons`);
  const [inputs, ...channels] = widths;
  if (inputs === undefined) throw new UsageError('widths: there is not even a layer of inputs');
  const depth = channels.length;
  const ends = blockEnds === undefined ? (depth > 0 ? [depth] : []) : blockEnds;
  checkList('blockEnds', ends);
  ends.forEach((end, index) => {
    const before = index === 0 ? 0 : (ends[index - 1] as number);
    if (Number.isInteger(end) && end > before && end <= depth) return;
    throw new UsageError(`blockEnds: block ${index + 1} cannot end with layer ${end} of ${depth}`);
  });
  if ((ends.at(-1) ?? 0) !== depth) {
    throw new UsageError(
      `blockEnds: the last block does not end with layer ${depth}, the last one`,
    );
  }
  const inner = new Set(ends.slice(0, -1));
  const layers = channels.map(
    (count, index): SourceLayer =>
      inner.has(index + 1) ? { channels: count, endsBlock: true } : { channels: count },
  );
  return { inputs, layers };
}

/** At the public edge: all that the counts below rely on, whether or not a source can have the shape. */
function checkLayers(shape: SourceShape): void {
  checkObject('shape', shape);
  checkList('shape.layers', shape.layers);
  shape.layers.forEach((layer, index) => {
    checkObject(`shape, layer ${index + 1}`, layer);
  });
}

/** Number of layers, `L`. */
export function depthOf(shape: SourceShape): number {
  return shape.layers.length;
}

/** Layer t, from 1. */
export function layerOf(shape: SourceShape, t: number): SourceLayer {
  const layer = shape.layers[t - 1];
  if (layer === undefined) throw new RangeError(`layer ${t} of ${depthOf(shape)}`);
  return layer;
}

/** Channels of layer t, `N_t`; of the inputs for t = 0. */
export function widthOf(shape: SourceShape, t: number): number {
  return t === 0 ? shape.inputs : layerOf(shape, t).channels;
}

/** `N_0 .. N_L`. */
export function widthsOf(shape: SourceShape): number[] {
  checkLayers(shape);
  return [shape.inputs, ...shape.layers.map(({ channels }) => channels)];
}

/** Ascending layer numbers (from 1), one per target layer; the last is `L`. */
export function blockEndsOf(shape: SourceShape): number[] {
  checkLayers(shape);
  const ends: number[] = [];
  shape.layers.forEach(({ endsBlock }, index) => {
    if (endsBlock === true || index === shape.layers.length - 1) ends.push(index + 1);
  });
  return ends;
}

const POINT: PlaneSize = { height: 1, width: 1 };
const NO_PADS: Pads = { top: 0, left: 0, bottom: 0, right: 0 };

/** How a layer reads others, nothing left out. */
export function readingOf(
  shape: SourceShape,
  t: number,
): Required<Pick<SourceLayer, 'reads' | 'kernel' | 'stride' | 'pads' | 'dilation'>> {
  const {
    reads = [t - 1],
    kernel = POINT,
    stride = POINT,
    pads = NO_PADS,
    dilation = POINT,
  } = layerOf(shape, t);
  return { reads, kernel, stride, pads, dilation };
}

/** Taps of the kernel that layer t reads with: as many columns for each channel of the first that it reads. */
export function tapsOf(shape: SourceShape, t: number): number {
  const { kernel = POINT } = layerOf(shape, t);
  return kernel.height * kernel.width;
}

/** Number of columns of layer t, from 1. */
export function columnsOf(shape: SourceShape, t: number): number {
  const { reads = [t - 1] } = layerOf(shape, t);
  const taps = tapsOf(shape, t);
  return reads.reduce(
    (sum, layer, index) => sum + widthOf(shape, layer) * (index === 0 ? taps : 1),
    0,
  );
}

/** A layer's mask is `outputs` by `inputs`: rows by columns. */
export interface MaskSize {
  readonly inputs: number;
  readonly outputs: number;
}

/** The sizes of all masks, layer 1 first. */
export function maskSizes(shape: SourceShape): MaskSize[] {
  return shape.layers.map(({ channels }, index) => ({
    inputs: columnsOf(shape, index + 1),
    outputs: channels,
  }));
}

/**
 * Number of source weights, a layer's channels times its columns (of groups, of each by itself), summed; beyond
 * 2^53 as a rule, hence a BigInt. Places of a feature map share their weights.
 */
export function sourceWeights(shape: SourceShape): bigint {
  checkLayers(shape);
  let total = 0n;
  maskSizes(shape).forEach(({ inputs, outputs }, index) => {
    if (!isCount(inputs) || !isCount(outputs)) {
      throw new UsageError(`shape, layer ${index + 1}: its mask is of ${outputs} by ${inputs}`);
    }
    const { groups = [{ channels: outputs, columns: inputs }] } = shape.layers[
      index
    ] as SourceLayer;
    for (const { channels, columns } of groups) total += BigInt(columns) * BigInt(channels);
  });
  return total;
}

/**
 * What each layer reads, layer 1 first; null where every layer reads the one before it alone, and there is
 * nothing to say.
 */
export function readsBeyondLayered(shape: SourceShape): readonly (readonly number[])[] | null {
  const reads = shape.layers.map((_, index) => readingOf(shape, index + 1).reads);
  const layered = reads.every((each, index) => each.length === 1 && each[0] === index);
  return layered ? null : reads;
}

/** A shape of fully connected layers that read others; layer t reads `reads[t-1]`. */
export function withReads(
  { inputs, layers }: SourceShape,
  reads: readonly (readonly number[])[],
): SourceShape {
  return {
    inputs,
    layers: layers.map((layer, index): SourceLayer => {
      const own = reads[index] as readonly number[];
      return own.length === 1 && own[0] === index ? layer : { ...layer, reads: own };
    }),
  };
}

/** A layer's own text, the same for all ways to write it. */
function layerText(shape: SourceShape, t: number): string {
  const { reads, kernel, stride, pads, dilation } = readingOf(shape, t);
  return [
    shape.layers[t - 1]?.channels,
    reads.join(','),
    ...[kernel.height, kernel.width, stride.height, stride.width],
    ...[pads.top, pads.left, pads.bottom, pads.right],
    ...[dilation.height, dilation.width],
    ...(shape.layers[t - 1]?.groups ?? []).flatMap(({ channels, columns }) => [channels, columns]),
  ].join(' ');
}

/** Whether two shapes are the same, however they are written. */
export function sameShape(first: SourceShape, second: SourceShape): boolean {
  if (first === second) return true;
  return (
    first.inputs === second.inputs &&
    first.layers.length === second.layers.length &&
    String(blockEndsOf(first)) === String(blockEndsOf(second)) &&
    first.layers.every((_, index) => layerText(first, index + 1) === layerText(second, index + 1))
  );
}
