/**
 * What edge-popup and biprop share: scores that begin Kaiming-uniform, masks of the largest absolute
 * scores, and the gradient that goes straight through the threshold.
 */
import { keptCounts, type TrainedLayer } from './layer.js';
import type { SearchOptions } from './options.js';
import { fillUniform, type StreamKey } from './random.js';
import { selectLargest } from './select.js';

/** Kaiming-uniform with a = sqrt(5), as the papers' codes: uniform in +-1/sqrt(fan_in). */
export function beginUniform({ inputs, scores }: TrainedLayer, key: StreamKey): void {
  fillUniform(key, scores);
  const bound = 1 / Math.sqrt(inputs);
  for (let index = 0; index < scores.length; index++) {
    scores[index] = (2 * (scores[index] as number) - 1) * bound;
  }
}

/** Masks of the kept fraction of each layer, or of all layers together. */
export function maskLargest(
  layers: readonly TrainedLayer[],
  keep: readonly number[],
  { keepScope }: SearchOptions,
): void {
  const counts = keptCounts(layers, keep);
  if (keepScope === 'global') {
    const total = counts.reduce((sum, count) => sum + count, 0);
    selectLargest(
      layers.map(({ scores }) => scores),
      total,
      layers.map(({ mask }) => mask),
    );
    return;
  }
  layers.forEach(({ scores, mask }, index) => {
    selectLargest([scores], counts[index] as number, [mask]);
  });
}

/**
 * `dL/ds = dL/dw^ * w * sign(s)`, where w is the weight with which the edge would be kept: as if the
 * mask were |s| itself. `dL/dw^ * w` is the gradient given times the unscaled weight.
 */
export function straightThrough({ weights, scores }: TrainedLayer, gradient: Float32Array): void {
  for (let index = 0; index < gradient.length; index++) {
    gradient[index] *= weights[index] as number;
  }
  takeSigns(gradient, scores);
}

/** Multiplies by the signs of the scores (by their sign bits: a branch would be mispredicted). */
export function takeSigns(gradient: Float32Array, scores: Float32Array): void {
  const bits = new Uint32Array(gradient.buffer, gradient.byteOffset, gradient.length);
  const scoreBits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
  for (let index = 0; index < bits.length; index++) {
    bits[index] ^= (scoreBits[index] as number) & 0x80000000;
  }
}
