/**
 * supermask: Zhou, Lan, Liu, Yosinski, "Deconstructing lottery tickets: zeros, signs, and the
 * supermask" (NeurIPS 2019). Every edge is kept with probability sigmoid(score), drawn anew for every
 * step; the gradient goes straight through the draw. Dynamic rescaling: a layer is multiplied by its
 * size over the number of kept edges.
 */
import { portableExp, portableLog } from '../core/portable-math.js';
import { keptOf, maskWeights, type TrainedLayer } from './layer.js';
import type { MaskMethod } from './method.js';
import { derivedKey, fillWords, type StreamKey } from './random.js';

function sigmoid(score: number): number {
  return 1 / (1 + portableExp(-score));
}

/** The largest score that a kept fraction begins with: a probability of 1 has no score. */
const MOST_CERTAIN = 1 - 2 ** -20;

/** The standard deviation of the papers' initial weights: Glorot's, for the constant as well. */
function glorot({ inputs, outputs }: TrainedLayer): number {
  return Math.sqrt(2 / (inputs + outputs));
}

function applyMask(layer: TrainedLayer): void {
  const { weights, mask } = layer;
  maskWeights(layer);
  layer.scale = (glorot(layer) * weights.length) / Math.max(1, keptOf(mask));
}

/** Draws a mask for every layer, edges independent, with the probabilities that scores stand for. */
export function sampleMasks(layers: readonly TrainedLayer[], key: StreamKey): void {
  layers.forEach((layer, which) => {
    const { scores, mask, chances } = layer;
    const words = new Uint32Array(scores.length);
    fillWords(derivedKey(key, which, 0), words);
    for (let index = 0; index < scores.length; index++) {
      const chance = sigmoid(scores[index] as number);
      chances[index] = chance;
      mask[index] = Number((words[index] as number) < chance * 2 ** 32);
    }
    applyMask(layer);
  });
}

export const supermask: MaskMethod = {
  begin({ scores }, index, { keep }) {
    const probability = Math.min(keep[index] as number, MOST_CERTAIN);
    scores.fill(portableLog(probability) - portableLog(1 - probability));
  },
  forward(layers, _keep, _options, key) {
    sampleMasks(layers, key);
  },
  /** `dL/dm = dL/dw^ * w * sigmoid'(m)`, the rescaling taken as a constant. */
  backward({ weights, chances }, gradient) {
    for (let index = 0; index < gradient.length; index++) {
      const chance = chances[index] as number;
      gradient[index] *= (weights[index] as number) * chance * (1 - chance);
    }
  },
};

/** Keeps the edges that are more likely kept than not. */
export function thresholdMasks(layers: readonly TrainedLayer[]): void {
  for (const layer of layers) {
    const { scores, mask } = layer;
    for (let index = 0; index < scores.length; index++) {
      mask[index] = Number((scores[index] as number) > 0);
    }
    applyMask(layer);
  }
}
