/**
 * One layer under training: the source's weights, which never change, and the scores that choose among
 * them. All arrays are `inputs` by `outputs`, position `c * outputs + v` for the edge from c into v,
 * the order in which tickets store masks.
 */

import { layerMagnitudes, unitWeights } from '../source/normal.js';
import { layeredShape } from '../source/shape.js';
import { createSource } from '../source/source.js';
import type { SearchOptions } from './options.js';

export interface TrainedLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** The source's weights before scaling: signs, or standard normal numbers. */
  readonly weights: Float32Array;
  readonly scores: Float32Array;
  /** Of SGD. */
  readonly velocity: Float32Array;
  /** 1 for kept edges. */
  readonly mask: Uint8Array;
  /** What the network computes with, before scaling: weights of the kept edges, 0 elsewhere. */
  readonly effective: Float32Array;
  /** supermask: each edge's probability of being kept; else empty. */
  readonly chances: Float32Array;
  /** What the layer's sums are multiplied by. */
  scale: number;
}

/** The layers of a search's source with scores of 0. */
export function createLayers({ method, widths, weights, seed }: SearchOptions): TrainedLayer[] {
  const source = createSource(seed, layeredShape(widths));
  return widths.slice(1).map((outputs, index) => {
    const inputs = widths[index] as number;
    const t = index + 1;
    const magnitudes = weights === 'signed-constant' ? null : layerMagnitudes(seed, t);
    const size = inputs * outputs;
    return {
      inputs,
      outputs,
      weights: unitWeights(source.layer(t), magnitudes, inputs, outputs),
      scores: new Float32Array(size),
      velocity: new Float32Array(size),
      mask: new Uint8Array(size),
      effective: new Float32Array(size),
      chances: new Float32Array(method === 'supermask' ? size : 0),
      scale: 1,
    };
  });
}

/** Sets the effective weights from weights and mask. */
export function maskWeights({ weights, mask, effective }: TrainedLayer): void {
  for (let index = 0; index < effective.length; index++) {
    effective[index] = (weights[index] as number) * (mask[index] as number);
  }
}

export function keptOf(mask: Uint8Array): number {
  let kept = 0;
  for (let index = 0; index < mask.length; index++) kept += mask[index] as number;
  return kept;
}

/** Edges to keep of each layer for kept fractions, at least one a layer. */
export function keptCounts(layers: readonly TrainedLayer[], keep: readonly number[]): number[] {
  return layers.map(({ weights }, index) =>
    Math.max(1, Math.round((keep[index] as number) * weights.length)),
  );
}
