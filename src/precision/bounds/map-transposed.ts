/**
 * Products with the transposed matrix of a linear map, for several vectors at once, that form no matrix: of a
 * convolution, what `applyMap` gathers is scattered. Vectors are side by side, neurons by rows, so that each
 * weight is read once for all of them.
 */
import type { ConvolutionMap, DenseMap, SimpleMap } from '../../target/linear-map.js';

/**
 * `onto += A^T from` for the map with `weights` as its numbers; `start` is the first input's place in `onto`.
 * Outputs that are 0 in all rows are left out; returns how many products were taken.
 */
export function addTransposed(
  map: SimpleMap,
  weights: Float64Array,
  from: Float64Array,
  onto: Float64Array,
  start: number,
  rows: number,
): number {
  return map.kind === 'dense'
    ? addMatrix(map, weights, from, onto, start, rows)
    : addConvolution(map, weights, from, onto, start, rows);
}

function isZero(from: Float64Array, at: number, rows: number): boolean {
  for (let row = 0; row < rows; row++) if (from[at + row] !== 0) return false;
  return true;
}

function addMatrix(
  { inputs, outputs }: DenseMap,
  weights: Float64Array,
  from: Float64Array,
  onto: Float64Array,
  start: number,
  rows: number,
): number {
  let live = 0;
  for (let output = 0; output < outputs; output++) {
    const at = output * rows;
    if (isZero(from, at, rows)) continue;
    live++;
    for (let input = 0; input < inputs; input++) {
      const weight = weights[output * inputs + input];
      if (weight === 0) continue;
      const to = (start + input) * rows;
      for (let row = 0; row < rows; row++) onto[to + row] += weight * from[at + row];
    }
  }
  return live * inputs * rows;
}

function addConvolution(
  { input, output, kernel, stride, pads, dilation, groups }: ConvolutionMap,
  weights: Float64Array,
  from: Float64Array,
  onto: Float64Array,
  start: number,
  rows: number,
): number {
  const channels = input.channels / groups;
  const perGroup = output.channels / groups;
  const area = kernel.height * kernel.width;
  let live = 0;
  for (let o = 0; o < output.channels; o++) {
    const first = Math.floor(o / perGroup) * channels;
    for (let y = 0; y < output.height; y++) {
      const top = y * stride.height - pads.top;
      for (let x = 0; x < output.width; x++) {
        const at = ((o * output.height + y) * output.width + x) * rows;
        if (isZero(from, at, rows)) continue;
        live++;
        const left = x * stride.width - pads.left;
        for (let c = 0; c < channels; c++) {
          const plane = start + (first + c) * input.height * input.width;
          for (let a = 0; a < kernel.height; a++) {
            const row = top + a * dilation.height;
            if (row < 0 || row >= input.height) continue;
            const line = plane + row * input.width;
            const taps = ((o * channels + c) * kernel.height + a) * kernel.width;
            for (let b = 0; b < kernel.width; b++) {
              const column = left + b * dilation.width;
              if (column < 0 || column >= input.width) continue;
              const weight = weights[taps + b];
              if (weight === 0) continue;
              const to = (line + column) * rows;
              for (let k = 0; k < rows; k++) onto[to + k] += weight * from[at + k];
            }
          }
        }
      }
    }
  }
  return live * channels * area * rows;
}
