/**
 * Evaluation of a target network in float64: what `f(x)` is to about 15 digits, for comparing and
 * measuring. Everything that is proved uses the exact weights instead.
 */
import { checkNumbers } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { applyMap } from './apply-map.js';
import { checkNetwork } from './check-network.js';
import { outputsPerChannel } from './linear-map.js';
import type { Layer, Network } from './network.js';

/**
 * Outputs of `network` for a batch. `inputs` is row-major, `samples` by `d_0`; the result is
 * row-major, `samples` by `d_l`. Throws a `UsageError` if the length of `inputs` is not a multiple
 * of `d_0`, and an `InputError` for what is no network.
 */
export function evaluateNetwork(network: Network, inputs: Float64Array): Float64Array {
  checkNetwork(network);
  checkNumbers('inputs', inputs);
  const first = network.layers[0];
  if (inputs.length % first.inputs !== 0) {
    throw new UsageError(
      `${inputs.length} input values are not a whole number of samples of ${first.inputs}`,
    );
  }
  const samples = inputs.length / first.inputs;
  return network.layers.reduce((values, layer) => evaluateLayer(layer, values, samples), inputs);
}

/** One layer on a batch: `samples` by `layer.inputs` in, `samples` by `layer.outputs` out. */
function evaluateLayer(layer: Layer, values: Float64Array, samples: number): Float64Array {
  const { outputs, bias, activation } = layer;
  const results = applyMap(layer, values, samples);
  const shared = outputsPerChannel(layer);
  for (let sample = 0; sample < samples; sample++) {
    for (let output = 0; output < outputs; output++) {
      const at = sample * outputs + output;
      const sum = results[at] + bias.values[Math.floor(output / shared)];
      results[at] = activation === 'relu' && sum < 0 ? 0 : sum;
    }
  }
  return results;
}
