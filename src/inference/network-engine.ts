/** A network of float64s as an engine: what a baseline ticket's effective weights are, multiplied. */
import { evaluateNetwork } from '../target/evaluate.js';
import type { Network } from '../target/network.js';
import { ADDITIONS_AT_ONCE, type FloatEngineSteps } from './float.js';

/** A few samples at a time. Outputs are `samples` by `outputs`, row-major. */
export function networkEngineSteps(network: Network): FloatEngineSteps {
  const { layers } = network;
  const { inputs } = layers[0];
  const { outputs } = layers[layers.length - 1];
  const weights = layers.reduce((sum, layer) => sum + layer.inputs * layer.outputs, 0);
  const atOnce = Math.max(1, Math.floor(ADDITIONS_AT_ONCE / weights));
  return function* (batch, samples) {
    const result = new Float64Array(samples * outputs);
    for (let from = 0; from < samples; from += atOnce) {
      const to = Math.min(samples, from + atOnce);
      const part = batch.subarray(from * inputs, to * inputs);
      result.set(evaluateNetwork(network, part), from * outputs);
      yield { stage: 'run', done: to, total: samples };
    }
    return result;
  };
}
