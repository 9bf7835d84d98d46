/**
 * edge-popup: Ramanujan, Wortsman, Kembhavi, Farhadi, Rastegari, "What's hidden in a randomly weighted
 * neural network?" (CVPR 2020). The network computes with the edges of the largest absolute scores.
 */
import { keptOf, maskWeights } from './layer.js';
import type { MaskMethod } from './method.js';
import { beginUniform, maskLargest, straightThrough } from './top-scores.js';

/**
 * Scales keep a layer's variance whatever is kept: `sqrt(2 / (fan_in * kept fraction))` for the signed
 * constant and for normal weights alike ("scaled Kaiming"), with the layer's own kept fraction.
 */
export const edgePopup: MaskMethod = {
  begin: (layer, _index, _options, key) => beginUniform(layer, key),
  forward(layers, keep, options) {
    maskLargest(layers, keep, options);
    for (const layer of layers) {
      const { outputs, mask } = layer;
      maskWeights(layer);
      // A global threshold may leave a layer without edges: then any scale will do.
      layer.scale = Math.sqrt((2 * outputs) / Math.max(1, keptOf(mask)));
    }
  },
  backward: straightThrough,
};
