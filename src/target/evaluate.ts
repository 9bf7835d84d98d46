/**
 * Evaluation of a target network in float64: what `f(x)` is to about 15 digits, for comparing and
 * measuring. Everything that is proved uses the exact weights instead.
 */
import { checkNumbers } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { checkNetwork } from './check-network.js';
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

/** Samples that are taken through a layer together: few enough to stay in cache, and rows are reused. */
const SAMPLES_TOGETHER = 32;

/** One layer on a batch: `samples` by `layer.inputs` in, `samples` by `layer.outputs` out. */
export function evaluateLayer(layer: Layer, values: Float64Array, samples: number): Float64Array {
  const results = new Float64Array(samples * layer.outputs);
  for (let from = 0; from < samples; from += SAMPLES_TOGETHER) {
    evaluateSamples(layer, values, results, from, Math.min(from + SAMPLES_TOGETHER, samples));
  }
  return results;
}

function evaluateSamples(
  { inputs, outputs, weights, bias, activation }: Layer,
  values: Float64Array,
  results: Float64Array,
  from: number,
  to: number,
): void {
  for (let output = 0; output < outputs; output++) {
    const row = output * inputs;
    for (let sample = from; sample < to; sample++) {
      const start = sample * inputs;
      let sum = 0;
      for (let input = 0; input < inputs; input++) {
        sum += (weights[row + input] as number) * (values[start + input] as number);
      }
      sum += bias[output] as number;
      results[sample * outputs + output] = activation === 'relu' && sum < 0 ? 0 : sum;
    }
  }
}
