/**
 * Layers of feature maps by Winograd's algorithm (`winograd.ts`): their sums, and both gradients. Tiles go through
 * in blocks of whole rows of tiles, over the samples one after another, so that what a block's products read
 * and write stays near.
 */
import type { MapKernels } from '../inference/products/map-kernels.js';
import type { MapsPlace, StagePlace } from '../inference/products/map-memory.js';
import { PANEL_BYTES, PRODUCT_MODE, panelColumns } from '../inference/products/product-call.js';
import type { GradientPlace } from './map-memory.js';
import type { WinogradForm, WinogradKernels } from './winograd.js';
import {
  blockOf,
  blocksOfFirst,
  placeBytes,
  rowBytes,
  type TileRun,
  type WinogradLayer,
  type WinogradScratch,
} from './winograd-memory.js';

const COLUMNS = panelColumns('float32');

export interface WinogradMachine {
  readonly product: MapKernels['product'];
  kernelsOf(form: WinogradForm): WinogradKernels;
  readonly scratch: WinogradScratch;
}

/** Where maps are, and their channels, filled up. */
interface Maps {
  readonly place: MapsPlace;
  readonly channels: number;
}

/** Brings each tile of a block to its places at `to`. */
function lift(
  kernels: WinogradKernels,
  name: 'lift' | 'liftGradients',
  { tile: side, reach }: WinogradForm,
  { place, channels }: Maps,
  runs: readonly TileRun[],
  to: number,
  toPlace: number,
): void {
  const row = rowBytes(channels);
  for (const { sample, y, x, tile, tiles, sums } of runs) {
    kernels
      .ofTiles(sums)
      [name](
        place.at + sample * place.sample + y * place.row + x * place.position,
        to + tile * row,
        tiles,
        channels / 4,
        place.row,
        place.position,
        side * place.position,
        reach * toPlace,
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
  { product, kernelsOf, scratch }: WinogradMachine,
  layer: WinogradLayer,
  from: Maps,
  weights: number,
  to: Maps,
  samples: number,
  mode: number,
  scale: number,
): void {
  const { form, plane } = layer;
  const { tile: side, reach, places } = form;
  const kernels = kernelsOf(form);
  const { tiles: most } = blockOf(form, plane);
  const [fromRow, toRow] = [rowBytes(from.channels), rowBytes(to.channels)];
  const [fromPlace, toPlace] = [most * fromRow, most * toRow];
  const panels = placeBytes(from.channels, to.channels);
  for (const { runs, tiles } of blocksOfFirst(layer, samples)) {
    lift(kernels, 'lift', form, from, runs, scratch.first, fromPlace);
    for (let place = 0; place < places; place++) {
      product(
        scratch.first + place * fromPlace,
        weights + place * panels,
        scratch.second + place * toPlace,
        tiles,
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
    for (const { sample, y, x, tile, tiles: count, sums } of runs) {
      const { lower } = kernels.ofTiles(sums);
      lower(
        scratch.second + tile * toRow,
        at + sample * apart + y * row + x * position,
        count,
        to.channels / 4,
        reach * toPlace,
        toPlace,
        toRow,
        row,
        position,
        side * position,
        mode,
        scale,
      );
    }
  }
}

/** The gradients of the weights, summed over the samples in order; with `adds` added to those that are there. */
export function winogradWeightGradients(
  { product, kernelsOf, scratch }: WinogradMachine,
  layer: WinogradLayer,
  { channels, inputChannels, input }: StagePlace,
  { sums, weights }: GradientPlace,
  samples: number,
  adds: boolean,
): void {
  const { form, plane } = layer;
  const kernels = kernelsOf(form);
  const { tiles: most } = blockOf(form, plane);
  const [readRow, sumRow] = [rowBytes(inputChannels), rowBytes(channels)];
  const row = 4 * channels;
  const place = inputChannels * row;
  const [read, gradients] = [
    { place: input, channels: inputChannels },
    { place: sums, channels },
  ];
  blocksOfFirst(layer, samples).forEach(({ runs, tiles }, block) => {
    lift(kernels, 'lift', form, read, runs, scratch.first, most * readRow);
    lift(kernels, 'liftGradients', form, gradients, runs, scratch.second, most * sumRow);
    for (let at = 0; at < form.places; at++) {
      product(
        scratch.first + at * most * readRow,
        scratch.second + at * most * sumRow,
        scratch.weights + at * place,
        inputChannels,
        channels / 4,
        tiles,
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
    form.reach * place,
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
  { reach }: WinogradForm,
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
      reach * place,
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
  { form, forward, backward }: WinogradLayer,
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
  packPlaces(kernels, form, raw, forward, filledInputs, filled);
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
  packPlaces(kernels, form, raw, backward, filled, filledInputs);
}
