/**
 * The backward pass of one layer of feature maps, written by hand: gradients of the sums from those of what
 * it hands on, of the weights, and of what it reads. All products go through their sums in a fixed order.
 */
import type { MapKernels } from '../inference/products/map-kernels.js';
import type { StagePlace } from '../inference/products/map-memory.js';
import { PANEL_BYTES, PRODUCT_MODE, panelColumns } from '../inference/products/product-call.js';
import type { GradientKernels } from './map-gradient-kernels.js';
import type { GradientPlace } from './map-memory.js';

/** Gradients of the sums of a plain layer before scaling: through pooling, ReLU and scale. */
export function backThroughActivation(
  { spread }: GradientKernels,
  { stage, channels, sums, output }: StagePlace,
  gradients: GradientPlace,
  samples: number,
  scale: number,
): void {
  const { pool } = stage;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < stage.output.height; y++) {
      spread(
        sums.at + sample * sums.sample + y * pool * sums.row,
        output.at + sample * output.sample + y * output.row,
        gradients.output.at + sample * gradients.output.sample + y * gradients.output.row,
        gradients.sums.at + sample * gradients.sums.sample + y * pool * gradients.sums.row,
        stage.output.width,
        channels / 4,
        pool,
        sums.row,
        gradients.sums.row,
        scale,
      );
    }
  }
}

/** Positions that the gradient of weights goes through at a time, and rows of weights of a connected layer. */
const POSITIONS = 64;
const ROWS = 16;

/** The gradients of the weights, summed over the samples in order; with `adds` added to those that are there. */
export function weightGradients(
  { product }: MapKernels,
  { add }: GradientKernels,
  values: Float32Array,
  { stage, channels, inputChannels, connected, input }: StagePlace,
  { sums, weights, shard, weightBytes }: GradientPlace,
  samples: number,
  adds: boolean,
): void {
  const { kernel, stride } = stage;
  const vectors = channels / 4;
  const row = 4 * channels;
  if (connected) {
    const rows = kernel.height * kernel.width * inputChannels;
    for (let from = 0; from < rows; from += ROWS) {
      product(
        input.at + 4 * from,
        sums.at,
        weights + from * row,
        Math.min(ROWS, rows - from),
        vectors,
        samples,
        1,
        4,
        input.sample,
        0,
        sums.sample,
        0,
        PANEL_BYTES,
        row,
        adds ? PRODUCT_MODE.add : 0,
        1,
      );
    }
    return;
  }
  const own = adds ? shard : weights;
  values.fill(0, own / 4, (own + weightBytes) / 4);
  const { height, width } = stage.sums;
  const rowsAtOnce = Math.max(1, Math.floor(POSITIONS / width));
  const taps = kernel.width * inputChannels;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < height; y += rowsAtOnce) {
      for (let ky = 0; ky < kernel.height; ky++) {
        product(
          input.at + sample * input.sample + (y * stride + ky) * input.row,
          sums.at + sample * sums.sample + y * sums.row,
          own + ky * taps * row,
          taps,
          vectors,
          width,
          Math.min(rowsAtOnce, height - y),
          4,
          stride * input.position,
          stride * input.row,
          sums.position,
          sums.row,
          PANEL_BYTES,
          row,
          PRODUCT_MODE.accumulate,
          1,
        );
      }
    }
  }
  if (adds) add(weights, shard, weightBytes / 16);
}

/** The gradients of what the layer reads, which is what the layer `before` hands on; added to others there may be. */
export function inputGradients(
  { product }: MapKernels,
  { stage, channels, inputChannels, connected }: StagePlace,
  { bordered, transposed, panelBytes }: GradientPlace,
  before: GradientPlace,
  samples: number,
): void {
  const { kernel, input } = stage;
  const to = before.output;
  const mode = before.adds ? PRODUCT_MODE.accumulate : 0;
  if (connected) {
    const vectors = (kernel.height * kernel.width * inputChannels) / 4;
    product(
      bordered.at,
      transposed,
      to.at,
      samples,
      vectors,
      channels,
      1,
      bordered.sample,
      4,
      0,
      PANEL_BYTES,
      0,
      panelBytes,
      to.sample,
      mode,
      1,
    );
    return;
  }
  const inner = kernel.width * channels;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < input.height; y++) {
      product(
        bordered.at + sample * bordered.sample + y * bordered.row,
        transposed,
        to.at + sample * to.sample + y * to.row,
        input.width,
        inputChannels / 4,
        inner,
        kernel.height,
        bordered.position,
        4,
        bordered.row,
        PANEL_BYTES,
        inner * PANEL_BYTES,
        panelBytes,
        to.position,
        mode,
        1,
      );
    }
  }
}

/**
 * Writes the weights into the panels of `inputGradients`: of a connected layer transposed, else by channels
 * read, with the kernel turned around.
 */
export function packTransposed(
  values: Float32Array,
  { stage, channels: filled, inputChannels: filledInputs, connected }: StagePlace,
  { transposed, panelBytes }: GradientPlace,
  weights: Float32Array,
): void {
  const { kernel, inputChannels, channels } = stage;
  const columns = panelColumns('float32');
  const taps = kernel.height * kernel.width;
  for (let tap = 0; tap < taps; tap++) {
    for (let read = 0; read < inputChannels; read++) {
      const column = connected ? tap * filledInputs + read : read;
      const panel = (transposed + Math.floor(column / columns) * panelBytes) / 4;
      const first = connected ? 0 : (taps - 1 - tap) * filled;
      const from = (tap * inputChannels + read) * channels;
      const to = panel + first * columns + (column % columns);
      for (let channel = 0; channel < channels; channel++) {
        values[to + channel * columns] = weights[from + channel] as number;
      }
    }
  }
}
