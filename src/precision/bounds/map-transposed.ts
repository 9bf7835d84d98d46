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

/** Outputs that are added to an input together: each time it is read and written once. */
const TOGETHER = 4;

/** Whether none of `count` outputs, `apart` numbers from one to the next, is anything but 0 in some row. */
function areZero(
  from: Float64Array,
  at: number,
  apart: number,
  count: number,
  rows: number,
): boolean {
  for (let output = 0; output < count; output++) {
    const own = at + output * apart;
    for (let row = own; row < own + rows; row++) if (from[row] !== 0) return false;
  }
  return true;
}

/** Adds `TOGETHER` outputs, `apart` numbers from one to the next, each with its weight. */
function addFour(
  onto: Float64Array,
  to: number,
  from: Float64Array,
  at: number,
  apart: number,
  rows: number,
  weights: Float64Array,
  first: number,
  step: number,
): void {
  const w0 = weights[first];
  const w1 = weights[first + step];
  const w2 = weights[first + 2 * step];
  const w3 = weights[first + 3 * step];
  if (w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0) return;
  const one = at + apart;
  const two = one + apart;
  const three = two + apart;
  for (let row = 0; row < rows; row++) {
    onto[to + row] +=
      w0 * from[at + row] + w1 * from[one + row] + (w2 * from[two + row] + w3 * from[three + row]);
  }
}

/** The same of one output. */
function addOne(
  onto: Float64Array,
  to: number,
  from: Float64Array,
  at: number,
  rows: number,
  weight: number,
): void {
  if (weight === 0) return;
  for (let row = 0; row < rows; row++) onto[to + row] += weight * from[at + row];
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
  for (let output = 0; output < outputs; ) {
    const together = output + TOGETHER <= outputs ? TOGETHER : 1;
    const at = output * rows;
    const first = output * inputs;
    output += together;
    if (areZero(from, at, rows, together, rows)) continue;
    live += together;
    for (let input = 0; input < inputs; input++) {
      const to = (start + input) * rows;
      if (together === 1) addOne(onto, to, from, at, rows, weights[first + input]);
      else addFour(onto, to, from, at, rows, rows, weights, first + input, inputs);
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
  const plane = input.height * input.width;
  const apart = output.height * output.width * rows;
  let live = 0;
  for (let o = 0; o < output.channels; ) {
    const inGroup = o % perGroup;
    const together = inGroup + TOGETHER <= perGroup ? TOGETHER : 1;
    const first = ((o - inGroup) / perGroup) * channels;
    const channel = o;
    o += together;
    for (let y = 0; y < output.height; y++) {
      const top = y * stride.height - pads.top;
      for (let x = 0; x < output.width; x++) {
        const at = ((channel * output.height + y) * output.width + x) * rows;
        if (areZero(from, at, apart, together, rows)) continue;
        live += together;
        const left = x * stride.width - pads.left;
        for (let c = 0; c < channels; c++) {
          for (let a = 0; a < kernel.height; a++) {
            const row = top + a * dilation.height;
            if (row < 0 || row >= input.height) continue;
            const line = start + (first + c) * plane + row * input.width;
            const taps = (channel * channels + c) * area + a * kernel.width;
            for (let b = 0; b < kernel.width; b++) {
              const column = left + b * dilation.width;
              if (column < 0 || column >= input.width) continue;
              const to = (line + column) * rows;
              if (together === 1) addOne(onto, to, from, at, rows, weights[taps + b]);
              else addFour(onto, to, from, at, apart, rows, weights, taps + b, channels * area);
            }
          }
        }
      }
    }
  }
  return live * channels * area * rows;
}
