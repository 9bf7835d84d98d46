/**
 * How much rounding one layer's numbers costs at the outputs, to first order: what the choice of bits weighs
 * against their cost. No bound; the certificate of what was chosen is.
 */
import { joinedNumbers } from '../../core/concatenate.js';
import { forEachEntry } from '../../target/linear-map.js';
import type { MapReach } from './map-chain.js';
import {
  applyNumbers,
  type LinearDifference,
  type MapDifference,
  type PoolingDifference,
} from './map-difference.js';

/**
 * Of each layer, the largest change that its numbers rounded to integers make to the sum of all outputs, as
 * far as magnitudes tell; with p binary places it is `2^-p` of that. 0 of a maximum. `reaches` are those of
 * `mapChainSteps`, whatever the places.
 */
export function roundingEffects(
  layers: readonly MapDifference[],
  reaches: readonly MapReach[],
): number[] {
  const slopes = reaches.map(({ upper }) => new Float64Array(upper.length));
  slopes[layers.length].fill(1);
  const effects = new Array<number>(layers.length).fill(0);
  for (let index = layers.length - 1; index >= 0; index--) {
    const layer = layers[index];
    const slope = slopes[index + 1];
    const { upper } = reaches[index + 1];
    // A neuron that is always off hands nothing on.
    if (layer.isRectified) for (let i = 0; i < slope.length; i++) if (upper[i] <= 0) slope[i] = 0;
    const widths = layer.reads.map((number) => slopes[number].length);
    const onto = new Float64Array(widths.reduce((sum, width) => sum + width, 0));
    if (layer.kind === 'pooling') backThroughPooling(layer.pooling, slope, onto);
    else {
      const sizes = joinedNumbers(layer.reads.map((number) => magnitudes(reaches[number])));
      effects[index] = effectOf(layer, slope, sizes);
      backThrough(layer, slope, onto);
    }
    let at = 0;
    for (const [position, number] of layer.reads.entries()) {
      const into = slopes[number];
      for (let i = 0; i < into.length; i++) into[i] += onto[at + i];
      at += widths[position];
    }
  }
  return effects;
}

function magnitudes({ lower, upper }: MapReach): Float64Array {
  return lower.map((low, i) => Math.max(Math.abs(low), Math.abs(upper[i])));
}

/** Half a unit for each number that is not 0, times what it meets. */
function effectOf(layer: LinearDifference, slope: Float64Array, sizes: Float64Array): number {
  const met = applyNumbers(
    layer,
    ({ values }) => values.map((value) => (value === 0 ? 0 : 1)),
    sizes,
  );
  const biased = layer.bias.values.map((value) => (value === 0 ? 0 : 1));
  return met.reduce((sum, size, output) => {
    const own = size + biased[Math.floor(output / layer.perChannel)];
    return sum + 0.5 * own * slope[output];
  }, 0);
}

/** Adds `|W|^T` times the slopes. */
function backThrough({ parts }: LinearDifference, slope: Float64Array, onto: Float64Array): void {
  for (const { map, start, values } of parts) {
    slope.forEach((own, output) => {
      if (own === 0) return;
      forEachEntry(map, output, (input, index) => {
        onto[start + input] += Math.abs(values[index]) * own;
      });
    });
  }
}

/** A maximum may be any of its window, about where that is: spread over its channel. */
function backThroughPooling(
  pooling: PoolingDifference['pooling'],
  slope: Float64Array,
  onto: Float64Array,
): void {
  const { channels, height, width } = pooling.output;
  const area = pooling.input.height * pooling.input.width;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let at = 0; at < height * width; at++) sum += slope[channel * height * width + at];
    const each = sum / area;
    for (let at = 0; at < area; at++) onto[channel * area + at] += each;
  }
}
