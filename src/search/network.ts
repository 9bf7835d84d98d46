/**
 * The network under training, behind an interface. It sees effective weights and scales only: what a method does to
 * get them, and what it makes of their gradient, is plain arithmetic outside.
 */
import type { Batch } from './data.js';
import type { TrainedLayer } from './layer.js';
import type { Moments } from './running-moments.js';

/**
 * What a step is computed on. `wasm`: kernels of our own, in WebAssembly SIMD or without it in plain JavaScript, of
 * the same bits. `webgpu`: jax-js in browsers that have it, for networks of widths.
 */
export const BACKENDS = ['wasm', 'webgpu'] as const;
export type Backend = (typeof BACKENDS)[number];

export interface StepResult {
  /** Mean cross-entropy of the batch, in nats. */
  readonly loss: number;
  /** `size` by `classes`. */
  readonly outputs: Float32Array;
  /** By each layer's effective weights before scaling; until the next step. */
  readonly gradients: readonly Float32Array[];
  /** Of each layer that is normalised what it was so by; null for others, absent where there is none. */
  readonly moments?: readonly (Moments | null)[];
}

export interface TrainableNetwork {
  /** Loss, outputs and gradients on a batch, with the layers' effective weights and scales. */
  step(layers: readonly TrainedLayer[], batch: Batch): Promise<StepResult>;
  /** Outputs alone, `size` by `classes`. */
  outputs(layers: readonly TrainedLayer[], batch: Batch): Promise<Float32Array>;
}
