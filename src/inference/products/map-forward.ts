/**
 * Runs networks of feature maps, in float32 to train them and in float64 as tickets define it: a sum goes
 * through the taps of its kernel row by row, in each through the channels, and is multiplied by the layer's
 * scale. What comes then in a plain layer, a maximum with 0 and pooling, is done here too; what else there may
 * be, by `behind.ts`.
 */
import type { MapKernels } from './map-kernels.js';
import type { MapsPlace, StagePlace } from './map-memory.js';
import { PANEL_BYTES, PRODUCT_MODE, type ProductLane, panelColumns } from './product-call.js';

/** Inputs of a fully connected layer that are read at a time, so that what is read stays near. */
const DEPTH = 512;

function bytesOf(lane: ProductLane): number {
  return lane === 'float32' ? 4 : 8;
}

/**
 * Runs one plain layer on the first `samples` samples. What lies around the maps it reads is 0; the sums of
 * channels that fill up are 0.
 */
export function runStage(
  kernels: MapKernels,
  lane: ProductLane,
  place: StagePlace,
  samples: number,
  scale: number,
): void {
  const rectify = place.activation === null ? 0 : PRODUCT_MODE.rectify;
  runSums(kernels, lane, place, place.sums, samples, scale, rectify);
  if (place.stage.pool !== 1) poolMaps(kernels, lane, place, place.sums, place.output, samples);
}

/** Writes the scaled sums of one layer to `sums`; `mode` is added to the products' own. */
export function runSums(
  { product }: MapKernels,
  lane: ProductLane,
  place: StagePlace,
  sums: MapsPlace,
  samples: number,
  scale: number,
  mode: number,
): void {
  const { stage, connected, input, weights, panelBytes } = place;
  const { kernel, stride } = stage;
  const bytes = bytesOf(lane);
  const vectors = (place.channels * bytes) / 16;
  const end = PRODUCT_MODE.scale + mode;
  if (connected) {
    const depth = kernel.height * kernel.width * place.inputChannels;
    for (let from = 0; from < depth; from += DEPTH) {
      const inner = Math.min(DEPTH, depth - from);
      const begin = from === 0 ? 0 : PRODUCT_MODE.accumulate;
      const [a, b] = [input.at + from * bytes, weights + from * PANEL_BYTES];
      product(
        a,
        b,
        sums.at,
        samples,
        vectors,
        inner,
        1,
        input.sample,
        bytes,
        0,
        PANEL_BYTES,
        0,
        panelBytes,
        sums.sample,
        begin + (from + inner === depth ? end : 0),
        scale,
      );
    }
    return;
  }
  const inner = kernel.width * place.inputChannels;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < stage.sums.height; y++) {
      product(
        input.at + sample * input.sample + y * stride * input.row,
        weights,
        sums.at + sample * sums.sample + y * sums.row,
        stage.sums.width,
        vectors,
        inner,
        kernel.height,
        stride * input.position,
        bytes,
        input.row,
        PANEL_BYTES,
        inner * PANEL_BYTES,
        panelBytes,
        sums.position,
        end,
        scale,
      );
    }
  }
}

/** Writes the largest of each window of a layer to `to`. */
export function poolMaps(
  { pool }: MapKernels,
  lane: ProductLane,
  { stage, channels }: StagePlace,
  from: MapsPlace,
  to: MapsPlace,
  samples: number,
): void {
  const vectors = (channels * bytesOf(lane)) / 16;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < stage.output.height; y++) {
      pool(
        from.at + sample * from.sample + y * stage.pool * from.row,
        to.at + sample * to.sample + y * to.row,
        stage.output.width,
        vectors,
        stage.pool,
        from.row,
      );
    }
  }
}

/**
 * Writes a layer's weights, `weights[(tap * input channels + input channel) * channels + channel]`, into its
 * panels. Those of channels that fill up stay 0.
 */
export function packWeights(
  values: Float32Array | Float64Array,
  lane: ProductLane,
  { stage, inputChannels: filled, weights: address, panelBytes }: StagePlace,
  weights: Float32Array,
): void {
  const bytes = bytesOf(lane);
  const columns = panelColumns(lane);
  const { kernel, inputChannels, channels } = stage;
  const taps = kernel.height * kernel.width;
  for (let first = 0; first < channels; first += columns) {
    const count = Math.min(columns, channels - first);
    const panel = (address + (first / columns) * panelBytes) / bytes;
    for (let tap = 0; tap < taps; tap++) {
      for (let channel = 0; channel < inputChannels; channel++) {
        const from = (tap * inputChannels + channel) * channels + first;
        const to = panel + (tap * filled + channel) * columns;
        for (let column = 0; column < count; column++) {
          values[to + column] = weights[from + column] as number;
        }
      }
    }
  }
}
