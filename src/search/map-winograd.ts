/**
 * Layers of feature maps by Winograd's algorithm (`winograd.ts`): their sums, and both gradients. Tiles go through
 * in blocks of whole rows of tiles, over the samples one after another, so that what a block's products read
 * and write stays near.
 */
import type { MapKernels } from '../inference/products/map-kernels.js';
import type { Allocator, MapsPlace, StagePlace } from '../inference/products/map-memory.js';
import { PANEL_BYTES, PRODUCT_MODE, panelColumns } from '../inference/products/product-call.js';
import type { PlaneSize } from '../target/planes.js';
import type { GradientPlace } from './map-memory.js';
import { PLACES, REACH, TILE, usesWinograd, type WinogradKernels } from './winograd.js';

/** Tiles of a block, about; a product takes four rows at a time. */
const TILES = 56;
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
  readonly plane: PlaneSize;
  /** Rows of tiles, block by block, of so many samples. */
  readonly samples: number;
  readonly blocks: readonly (readonly TileRow[])[];
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
function blockOf({ width }: PlaneSize): { rows: number; tiles: number } {
  const perRow = width / TILE;
  // Whole fours of tiles.
  const step = perRow % 4 === 0 ? 1 : perRow % 2 === 0 ? 2 : 4;
  const rows = step * Math.ceil(TILES / (perRow * step));
  return { rows, tiles: rows * perRow };
}

const rowBytes = (channels: number): number => 4 * channels + LINE;
const panelsOf = (channels: number): number => Math.ceil(channels / COLUMNS);
/** Of the weights of one place. */
const placeBytes = (read: number, channels: number): number =>
  panelsOf(channels) * read * PANEL_BYTES;

export function placeWinograd(
  allocator: Allocator,
  places: readonly StagePlace[],
  samples: number,
): WinogradPlaces {
  let [numbers, weights] = [0, 0];
  const layers = places.map((place): WinogradLayer | null => {
    if (!usesWinograd(place)) return null;
    const { stage, channels, inputChannels } = place;
    const row = rowBytes(Math.max(channels, inputChannels));
    numbers = Math.max(numbers, PLACES * blockOf(stage.sums).tiles * row);
    weights = Math.max(weights, PLACES * 4 * channels * inputChannels);
    const backward = stage.reads === 0 ? 0 : PLACES * placeBytes(channels, inputChannels);
    return {
      ...{ plane: stage.sums, samples, blocks: blocksOf(stage.sums, samples) },
      forward: allocator.take(PLACES * placeBytes(inputChannels, channels)),
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

/** A row of tiles: where it is, and the number of its first tile in its block. */
interface TileRow {
  readonly sample: number;
  readonly y: number;
  readonly tile: number;
}

function blocksOf(plane: PlaneSize, samples: number): TileRow[][] {
  const perSample = plane.height / TILE;
  const perRow = plane.width / TILE;
  const { rows } = blockOf(plane);
  const blocks: TileRow[][] = [];
  for (let at = 0; at < samples * perSample; at++) {
    if (at % rows === 0) blocks.push([]);
    const row = { sample: Math.floor(at / perSample), y: at % perSample };
    blocks.at(-1)?.push({ ...row, tile: (at % rows) * perRow });
  }
  return blocks;
}

/** Of the first so many samples. */
function blocksOfFirst({ plane, samples, blocks }: WinogradLayer, count: number) {
  return count === samples ? blocks : blocksOf(plane, count);
}

export interface WinogradMachine {
  readonly product: MapKernels['product'];
  readonly kernels: WinogradKernels;
  readonly scratch: WinogradScratch;
}

/** Where maps are, and their channels, filled up. */
interface Maps {
  readonly place: MapsPlace;
  readonly channels: number;
}

/** Brings each tile of a block to its places at `to`. */
function lift(
  transform: WinogradKernels['lift'],
  { place, channels }: Maps,
  rows: readonly TileRow[],
  perRow: number,
  to: number,
  toPlace: number,
): void {
  const row = rowBytes(channels);
  for (const { sample, y, tile } of rows) {
    transform(
      place.at + sample * place.sample + TILE * y * place.row,
      to + tile * row,
      perRow,
      channels / 4,
      place.row,
      place.position,
      TILE * place.position,
      REACH * toPlace,
      toPlace,
      row,
      0,
      1,
    );
  }
}

/**
 * Writes the scaled sums of a layer to `to`, with the flags of `mode` as a product has them: of the maps `from`,
 * border included, by the weights at `weights`.
 */
export function winogradSums(
  { product, kernels, scratch }: WinogradMachine,
  layer: WinogradLayer,
  from: Maps,
  weights: number,
  to: Maps,
  samples: number,
  mode: number,
  scale: number,
): void {
  const perRow = layer.plane.width / TILE;
  const { tiles } = blockOf(layer.plane);
  const [fromRow, toRow] = [rowBytes(from.channels), rowBytes(to.channels)];
  const [fromPlace, toPlace] = [tiles * fromRow, tiles * toRow];
  const panels = placeBytes(from.channels, to.channels);
  for (const rows of blocksOfFirst(layer, samples)) {
    lift(kernels.lift, from, rows, perRow, scratch.first, fromPlace);
    for (let place = 0; place < PLACES; place++) {
      product(
        scratch.first + place * fromPlace,
        weights + place * panels,
        scratch.second + place * toPlace,
        rows.length * perRow,
        to.channels / 4,
        from.channels,
        1,
        fromRow,
        4,
        0,
        PANEL_BYTES,
        0,
        from.channels * PANEL_BYTES,
        toRow,
        0,
        1,
      );
    }
    const { at, sample: apart, row, position } = to.place;
    for (const { sample, y, tile } of rows) {
      kernels.lower(
        scratch.second + tile * toRow,
        at + sample * apart + TILE * y * row,
        perRow,
        to.channels / 4,
        REACH * toPlace,
        toPlace,
        toRow,
        row,
        position,
        TILE * position,
        mode,
        scale,
      );
    }
  }
}

/** The gradients of the weights, summed over the samples in order; with `adds` added to those that are there. */
export function winogradWeightGradients(
  { product, kernels, scratch }: WinogradMachine,
  layer: WinogradLayer,
  { channels, inputChannels, input }: StagePlace,
  { sums, weights }: GradientPlace,
  samples: number,
  adds: boolean,
): void {
  const perRow = layer.plane.width / TILE;
  const { tiles } = blockOf(layer.plane);
  const [readRow, sumRow] = [rowBytes(inputChannels), rowBytes(channels)];
  const row = 4 * channels;
  const place = inputChannels * row;
  const [read, gradients] = [
    { place: input, channels: inputChannels },
    { place: sums, channels },
  ];
  blocksOfFirst(layer, samples).forEach((rows, block) => {
    lift(kernels.lift, read, rows, perRow, scratch.first, tiles * readRow);
    lift(kernels.liftGradients, gradients, rows, perRow, scratch.second, tiles * sumRow);
    for (let at = 0; at < PLACES; at++) {
      product(
        scratch.first + at * tiles * readRow,
        scratch.second + at * tiles * sumRow,
        scratch.weights + at * place,
        inputChannels,
        channels / 4,
        rows.length * perRow,
        1,
        4,
        readRow,
        0,
        sumRow,
        0,
        PANEL_BYTES,
        row,
        block === 0 ? 0 : PRODUCT_MODE.accumulate,
        1,
      );
    }
  });
  kernels.lowerWeights(
    scratch.weights,
    weights,
    inputChannels,
    channels / 4,
    REACH * place,
    place,
    row,
    3 * place,
    place,
    row,
    adds ? PRODUCT_MODE.add : 0,
    1,
  );
}

/** Brings weights at `from`, tap by tap, in each by filled up channel read, to their places at `to`, in panels. */
function packPlaces(
  { liftWeights }: WinogradKernels,
  from: number,
  to: number,
  read: number,
  channels: number,
): void {
  const row = 4 * channels;
  const place = placeBytes(read, channels);
  for (let column = 0; column < channels; column += COLUMNS) {
    liftWeights(
      from + 4 * column,
      to + (column / COLUMNS) * read * PANEL_BYTES,
      read,
      Math.min(COLUMNS, channels - column) / 4,
      3 * read * row,
      read * row,
      row,
      REACH * place,
      place,
      PANEL_BYTES,
      0,
      1,
    );
  }
}

/** Packs a layer's weights, and with `backward` those of the gradients of what it reads. Gradients of weights are written over. */
export function packWinograd(
  kernels: WinogradKernels,
  values: Float32Array,
  { stage, channels: filled, inputChannels: filledInputs }: StagePlace,
  { forward, backward }: WinogradLayer,
  { weights: raw, weightBytes }: GradientPlace,
  weights: Float32Array,
  withBackward: boolean,
): void {
  const { inputChannels, channels } = stage;
  const numbers = values.subarray(raw / 4, (raw + weightBytes) / 4);
  numbers.fill(0);
  for (let row = 0; row < 9 * inputChannels; row++) {
    const [tap, read] = [Math.floor(row / inputChannels), row % inputChannels];
    const own = weights.subarray(row * channels, (row + 1) * channels);
    numbers.set(own, (tap * filledInputs + read) * filled);
  }
  packPlaces(kernels, raw, forward, filledInputs, filled);
  if (!withBackward) return;
  numbers.fill(0);
  for (let tap = 0; tap < 9; tap++) {
    for (let read = 0; read < inputChannels; read++) {
      const from = (tap * inputChannels + read) * channels;
      const to = (8 - tap) * filled * filledInputs + read;
      for (let channel = 0; channel < channels; channel++) {
        numbers[to + channel * filledInputs] = weights[from + channel] as number;
      }
    }
  }
  packPlaces(kernels, raw, backward, filled, filledInputs);
}
