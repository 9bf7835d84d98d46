/**
 * A way to learn a mask: how scores begin, how a step's masks follow from them, and what of the
 * gradient reaches them. The training loop, the network and the optimiser are shared.
 */
import type { TrainedLayer } from './layer.js';
import type { SearchOptions } from './options.js';
import type { StreamKey } from './random.js';

export interface MaskMethod {
  /** Sets the scores with which training begins; `key` is the layer's own. */
  begin(layer: TrainedLayer, index: number, options: SearchOptions, key: StreamKey): void;
  /**
   * Sets mask, effective weights and scale of every layer, for a step or to be stored. `keep` is the kept fraction of
   * each layer now; `key` is the step's own.
   */
  forward(
    layers: readonly TrainedLayer[],
    keep: readonly number[],
    options: SearchOptions,
    key: StreamKey,
  ): void;
  /**
   * Turns `gradient`, the loss's by the effective weights before scaling (that is, scale times the
   * gradient by the effective weights), into its gradient by the scores, in place.
   */
  backward(layer: TrainedLayer, gradient: Float32Array): void;
}
