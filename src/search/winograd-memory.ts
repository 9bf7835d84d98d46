/**
 * Where layers computed by Winograd's algorithm have what only they need: weights at their places, and the blocks of
 * tiles that they go through.
 */
import type { Allocator, StagePlace } from '../inference/products/map-memory.js';
import { PANEL_BYTES, panelColumns } from '../inference/products/product-call.js';
import type { PlaneSize } from '../target/planes.js';
import { tilesOf, type WinogradForm, winogradFormOf } from './winograd.js';

/** Tiles of a block times places, about: as many numbers a channel stay in a cache. A product takes four rows at a time. */
const BLOCK = 900;
/** Behind each row of a block against strides of powers of two. */
const LINE = 64;
const COLUMNS = panelColumns('float32');

/** Memory that all such layers use in turn. */
export interface WinogradScratch {
  /** A block's numbers at their places: what is read, and sums or their gradients. */
  readonly first: number;
  readonly second: number;
  /** The gradients of a layer's weights at their places. */
  readonly weights: number;
}

export interface WinogradLayer {
  readonly form: WinogradForm;
  readonly plane: PlaneSize;
  /** Blocks of whole rows of tiles, over so many samples one after another. */
  readonly samples: number;
  readonly blocks: readonly TileBlock[];
  /** Weights at their places, in panels: of the sums, and of the gradients of what is read, where it has any. */
  readonly forward: number;
  readonly backward: number;
}

export interface WinogradPlaces {
  readonly scratch: WinogradScratch;
  /** Null for layers that are computed directly. */
  readonly layers: readonly (WinogradLayer | null)[];
}

/** Rows of tiles of a block, and its tiles. */
export function blockOf(form: WinogradForm, plane: PlaneSize): { rows: number; tiles: number } {
  const { width: perRow } = tilesOf(form, plane);
  // Whole fours of tiles.
  const step = perRow % 4 === 0 ? 1 : perRow % 2 === 0 ? 2 : 4;
  const rows = step * Math.ceil(BLOCK / form.places / (perRow * step));
  return { rows, tiles: rows * perRow };
}

export const rowBytes = (channels: number): number => 4 * channels + LINE;
const panelsOf = (channels: number): number => Math.ceil(channels / COLUMNS);
/** Of the weights of one place. */
export const placeBytes = (read: number, channels: number): number =>
  panelsOf(channels) * read * PANEL_BYTES;

export function placeWinograd(
  allocator: Allocator,
  places: readonly StagePlace[],
  samples: number,
): WinogradPlaces {
  let [numbers, weights] = [0, 0];
  const layers = places.map((place): WinogradLayer | null => {
    const form = winogradFormOf(place);
    if (form === null) return null;
    const { stage, channels, inputChannels } = place;
    const row = rowBytes(Math.max(channels, inputChannels));
    numbers = Math.max(numbers, form.places * blockOf(form, stage.sums).tiles * row);
    weights = Math.max(weights, form.places * 4 * channels * inputChannels);
    const backward = stage.reads === 0 ? 0 : form.places * placeBytes(channels, inputChannels);
    return {
      ...{ form, plane: stage.sums, samples, blocks: blocksOf(form, stage.sums, samples) },
      forward: allocator.take(form.places * placeBytes(inputChannels, channels)),
      backward: allocator.take(backward),
    };
  });
  const scratch = {
    first: allocator.take(numbers),
    second: allocator.take(numbers),
    weights: allocator.take(weights),
  };
  return { scratch, layers };
}

/** Tiles in sequence of one row that have as many sums: where these begin, and the first one's number in its block. */
export interface TileRun {
  readonly sample: number;
  readonly y: number;
  readonly x: number;
  readonly tile: number;
  readonly tiles: number;
  /** Of each: at the end of a side they may be fewer than the form's. */
  readonly sums: PlaneSize;
}

export interface TileBlock {
  readonly tiles: number;
  readonly runs: readonly TileRun[];
}

function blocksOf(form: WinogradForm, plane: PlaneSize, samples: number): TileBlock[] {
  const { tile: side } = form;
  const { height: perSample, width: perRow } = tilesOf(form, plane);
  const { rows } = blockOf(form, plane);
  const whole = Math.floor(plane.width / side);
  const rest = plane.width % side;
  const runsOfRow = (row: number): TileRun[] => {
    const [sample, y] = [Math.floor(row / perSample), side * (row % perSample)];
    const height = Math.min(side, plane.height - y);
    const tile = (row % rows) * perRow;
    const runs = [
      { sample, y, x: 0, tile, tiles: whole, sums: { height, width: side } },
      { sample, y, x: side * whole, tile: tile + whole, tiles: 1, sums: { height, width: rest } },
    ];
    return runs.filter(({ tiles, sums }) => tiles > 0 && sums.width > 0);
  };
  const all = samples * perSample;
  return Array.from({ length: Math.ceil(all / rows) }, (_, block) => {
    const count = Math.min(rows, all - block * rows);
    const own = Array.from({ length: count }, (_, row) => runsOfRow(block * rows + row));
    return { tiles: count * perRow, runs: own.flat() };
  });
}

/** Of the first so many samples. */
export function blocksOfFirst({ form, plane, samples, blocks }: WinogradLayer, count: number) {
  return count === samples ? blocks : blocksOf(form, plane, count);
}
