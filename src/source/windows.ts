/**
 * How the layers of a source of feature maps read: as a rule through the windows of the integer network's
 * blocks, each layer that reads a block's input, and everything else position by position. A source may have
 * kernels elsewhere; then its planes have to fit those of the blocks all the same.
 */
import { InputError, UsageError } from '../core/errors.js';
import { type BlockWindow, type IntegerMaps, planesBetween } from '../integer/block-maps.js';
import type { PlaneSize } from '../target/planes.js';
import { planesOf } from './planes.js';
import { blockEndsOf, readingOf, type SourceLayer, type SourceShape, tapsOf } from './shape.js';

/** Where the taps of a layer look. */
export type Reading = Pick<BlockWindow, 'kernel' | 'stride' | 'pads' | 'dilation'>;

const POINT: PlaneSize = { height: 1, width: 1 };

/** Position by position. */
export const PLAIN_READING: Reading = {
  kernel: POINT,
  stride: POINT,
  pads: { top: 0, left: 0, bottom: 0, right: 0 },
  dilation: POINT,
};

export function isSameReading(one: Reading, other: Reading): boolean {
  const text = ({ kernel, stride, pads, dilation }: Reading): string =>
    [
      ...[kernel.height, kernel.width, stride.height, stride.width],
      ...[pads.top, pads.left, pads.bottom, pads.right, dilation.height, dilation.width],
    ].join(' ');
  return text(one) === text(other);
}

/** The window through which each layer reads, layer 1 first; undefined where that is position by position. */
function windowReadings(shape: SourceShape, { blocks }: IntegerMaps): (Reading | undefined)[] {
  const ends = blockEndsOf(shape);
  const windows = new Map(
    blocks.map(({ window }, index) => [index === 0 ? 0 : (ends[index - 1] as number), window]),
  );
  // Reads ascend: a block's input, which no layer of another block reads, comes first.
  return shape.layers.map(({ reads }, index) => windows.get(reads?.[0] ?? index));
}

/** A shape whose blocks read their input through the windows of these maps, in every layer that reads it. */
export function withWindows(shape: SourceShape, maps: IntegerMaps): SourceShape {
  const readings = windowReadings(shape, maps);
  return {
    inputs: shape.inputs,
    layers: shape.layers.map((layer, index): SourceLayer => {
      const reading = readings[index];
      if (reading === undefined) return layer;
      const { kernel, stride, pads, dilation } = reading;
      return { ...layer, kernel, stride, pads, dilation };
    }),
  };
}

/** Numbers of the layers, from 1, that read otherwise than the windows say. */
export function layersBeyondWindows(shape: SourceShape, maps: IntegerMaps): number[] {
  const readings = windowReadings(shape, maps);
  const layers: number[] = [];
  for (const [index, reading] of readings.entries()) {
    const own = readingOf(shape, index + 1);
    if (!isSameReading(own, reading ?? PLAIN_READING)) layers.push(index + 1);
  }
  return layers;
}

/** Positions of a layer's plane, and those times its taps, are no more. */
const MOST_POSITIONS = 2 ** 26;

export type BlockPlanes =
  | { readonly planes: readonly PlaneSize[] }
  | { readonly block: number; readonly problem: string };

/** The planes of all layers, the inputs' first, or what is wrong with them, and in which block (from 0). */
export function planesInBlocks(shape: SourceShape, maps: IntegerMaps): BlockPlanes {
  const ends = blockEndsOf(shape);
  let planes: PlaneSize[];
  try {
    planes = planesOf(shape, { height: maps.input.height, width: maps.input.width });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { block: 0, problem: error.message };
  }
  for (let t = 1; t < planes.length; t++) {
    const { height, width } = planes[t] as PlaneSize;
    if (height * width * tapsOf(shape, t) <= MOST_POSITIONS) continue;
    const block = ends.findIndex((end) => t <= end);
    return { block, problem: `layer ${t} has too many positions and taps` };
  }
  const wanted = planesBetween(maps);
  for (const [block, end] of ends.entries()) {
    const own = planes[end] as PlaneSize;
    const other = wanted[block + 1] as PlaneSize;
    if (own.height === other.height && own.width === other.width) continue;
    const problem = `its maps are of ${own.height} by ${own.width}, the integer network's of ${other.height} by ${other.width}`;
    return { block, problem };
  }
  return { planes };
}

/**
 * Throws an `InputError` that names the layer unless all layers read as the windows say: whatever gathers what
 * a block reads once, for all of its layers, says so here.
 */
export function requireWindows(shape: SourceShape, maps: IntegerMaps, use: string): void {
  const [layer] = layersBeyondWindows(shape, maps);
  if (layer === undefined) return;
  throw new InputError({
    place: `source, layer ${layer}`,
    problem: `it reads with a kernel of its own, and ${use} takes sources whose blocks read their input through one`,
    remedy: 'run its integer network with option "engine: folded"; a check takes it as it is',
  });
}
