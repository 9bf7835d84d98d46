/**
 * biprop: Diffenderfer and Kailkhura, "Multi-prize lottery ticket hypothesis" (ICLR 2021). Masks as in
 * edge-popup over Kaiming-normal weights W, of which the network sees the signs only, times
 * `alpha = |W * M|_1 / kept` in each layer.
 */
import { keptOf } from './layer.js';
import type { MaskMethod } from './method.js';
import { beginUniform, maskLargest, takeSigns } from './top-scores.js';

export const biprop: MaskMethod = {
  begin: (layer, _index, _options, key) => beginUniform(layer, key),
  forward(layers, keep, options) {
    maskLargest(layers, keep, options);
    for (const layer of layers) {
      const { inputs, weights, mask, effective } = layer;
      let sum = 0;
      for (let index = 0; index < effective.length; index++) {
        const weight = (weights[index] as number) * (mask[index] as number);
        effective[index] = Math.sign(weight);
        sum += Math.abs(weight);
      }
      layer.scale = Math.sqrt(2 / inputs) * (sum / Math.max(1, keptOf(mask)));
    }
  },
  /** `dL/ds = dL/dw^ * W * sign(s)`: alpha is taken as a constant, so it is divided out again. */
  backward({ inputs, weights, scores, scale }, gradient) {
    const factor = Math.sqrt(2 / inputs) / (scale || 1);
    for (let index = 0; index < gradient.length; index++) {
      gradient[index] *= factor * (weights[index] as number);
    }
    takeSigns(gradient, scores);
  },
};
