/**
 * One layer under training: the source's weights, which never change, and the scores that choose among
 * them. All arrays are `inputs` by `outputs`, position `c * outputs + v` for the edge from c into v. That is
 * the order in which tickets store masks, but for kernels: here c goes through a kernel tap by tap, in each
 * through the channels, as kernels are computed with; there through the channels first.
 */

import { layerMagnitudes, unitWeights } from '../source/normal.js';
import { maskSizes, tapsOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { trainedShape } from '../ticket/trained.js';
import type { SearchOptions } from './options.js';
import { beginRunning, type RunningMoments } from './running-moments.js';

export interface TrainedLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** Of its kernel; 1 in fully connected layers. */
  readonly taps: number;
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
  /** Of a layer that is normalised. */
  readonly running: RunningMoments | null;
}

/** The layers of a search's source with scores of 0. */
export function createLayers(options: SearchOptions): TrainedLayer[] {
  const { method, weights, seed } = options;
  const shape = trainedShape(options);
  const source = createSource(seed, shape);
  return maskSizes(shape).map(({ inputs, outputs }, index) => {
    const t = index + 1;
    const taps = tapsOf(shape, t);
    const magnitudes = weights === 'signed-constant' ? null : layerMagnitudes(seed, t);
    const size = inputs * outputs;
    return {
      inputs,
      outputs,
      taps,
      weights: tapByTap(unitWeights(source.layer(t), magnitudes, inputs, outputs), {
        ...{ inputs, outputs, taps },
      }),
      scores: new Float32Array(size),
      velocity: new Float32Array(size),
      mask: new Uint8Array(size),
      effective: new Float32Array(size),
      chances: new Float32Array(method === 'supermask' ? size : 0),
      scale: 1,
      running: options.maps?.layers[index]?.normalized === true ? beginRunning(outputs) : null,
    };
  });
}

/** The source's column that is number `input` here. */
export function sourceColumn(
  { inputs, taps }: Pick<TrainedLayer, 'inputs' | 'taps'>,
  input: number,
): number {
  const channels = inputs / taps;
  return (input % channels) * taps + Math.floor(input / channels);
}

/** A source's weights in the order that training has them. */
function tapByTap(
  weights: Float32Array,
  layer: Pick<TrainedLayer, 'inputs' | 'outputs' | 'taps'>,
): Float32Array {
  const { inputs, outputs, taps } = layer;
  if (taps === 1) return weights;
  const ordered = new Float32Array(weights.length);
  for (let input = 0; input < inputs; input++) {
    const from = sourceColumn(layer, input) * outputs;
    ordered.set(weights.subarray(from, from + outputs), input * outputs);
  }
  return ordered;
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
