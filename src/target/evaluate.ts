/**
 * Evaluation of a target network: in float64, what `f(x)` is to about 15 digits, for comparing and
 * measuring; and exactly, for judging. At float64 inputs `f(x)` is a dyadic rational.
 */
import { checkList, checkNumbers } from '../core/arguments.js';
import { addDyadic, DYADIC_ZERO, type Dyadic, dyadicFromNumber } from '../core/dyadic.js';
import { UsageError } from '../core/errors.js';
import { applyMap, applyMapExactly } from './apply-map.js';
import { checkLayers } from './check-layers.js';
import { exactEntry } from './exact-array.js';
import { outputsPerChannel } from './linear-map.js';
import { applyPooling, applyPoolingExactly } from './max-pooling.js';
import { inputsOf, type Layer, type Network, readsOf } from './network.js';
import { channelsFirst } from './planes.js';

/**
 * Outputs of `network` for a batch. `inputs` is row-major, `samples` by `d_0`; the result is
 * row-major, `samples` by `d_l`. Throws a `UsageError` if the length of `inputs` is not a multiple
 * of `d_0`, and an `InputError` for what is no network.
 */
export function evaluateNetwork(network: Network, inputs: Float64Array): Float64Array {
  checkLayers(network);
  checkNumbers('inputs', inputs);
  const width = inputsOf(network.layers);
  if (inputs.length % width !== 0) {
    throw new UsageError(
      `${inputs.length} input values are not a whole number of samples of ${width}`,
    );
  }
  const samples = inputs.length / width;
  const { channelsLast } = network;
  const order = channelsLast && channelsFirst(channelsLast);
  return throughLayers(
    network.layers,
    order === undefined
      ? inputs
      : inputs.map((_, at) => inputs[at - (at % width) + order[at % width]]),
    (parts) => sideBySide(parts, samples),
    (layer, values) => evaluateLayer(layer, values, samples),
  );
}

/**
 * Outputs of `network` at one input of `d_0` finite float64s, exactly; `exactDecimal` writes them.
 * Throws a `UsageError` for another input, and an `InputError` for what is no network.
 */
export function evaluateExactly(
  network: Network,
  input: Float64Array | readonly number[],
): Dyadic[] {
  checkLayers(network);
  if (!(input instanceof Float64Array)) checkList('input', input);
  const inputs = inputsOf(network.layers);
  if (input.length !== inputs) {
    throw new UsageError(`input: ${input.length} values for a network of ${inputs} inputs`);
  }
  const wrong = input.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new UsageError(`input: value ${wrong + 1} is no finite number`);
  const { channelsLast } = network;
  const values = Array.from(input, dyadicFromNumber);
  return throughLayers(
    network.layers,
    channelsLast === undefined
      ? values
      : Array.from(channelsFirst(channelsLast), (from) => values[from]),
    (parts) => parts.flat(),
    evaluateLayerExactly,
  );
}

/** Takes values through all layers. What no later layer reads is let go. */
function throughLayers<Values>(
  layers: readonly Layer[],
  input: Values,
  join: (parts: Values[]) => Values,
  pass: (layer: Layer, values: Values) => Values,
): Values {
  const lastReader = new Map<number, number>();
  layers.forEach((layer, index) => {
    for (const number of readsOf(layer, index)) lastReader.set(number, index);
  });
  const known = new Map([[0, input]]);
  layers.forEach((layer, index) => {
    const reads = readsOf(layer, index);
    const parts = reads.map((number) => known.get(number) as Values);
    const values = parts.length === 1 ? parts[0] : join(parts);
    for (const number of reads) if (lastReader.get(number) === index) known.delete(number);
    known.set(index + 1, pass(layer, values));
  });
  return known.get(layers.length) as Values;
}

/** The parts of each sample one after another. */
function sideBySide(parts: readonly Float64Array[], samples: number): Float64Array {
  const joint = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (let sample = 0; sample < samples; sample++) {
    for (const part of parts) {
      const width = part.length / samples;
      joint.set(part.subarray(sample * width, (sample + 1) * width), at);
      at += width;
    }
  }
  return joint;
}

/** One layer on a batch: `samples` by `layer.inputs` in, `samples` by `layer.outputs` out. */
function evaluateLayer(layer: Layer, values: Float64Array, samples: number): Float64Array {
  const { outputs, bias, activation } = layer;
  if (layer.kind === 'max-pooling') {
    const maxima = applyPooling(layer, values, samples);
    return activation === 'relu' ? maxima.map((value) => Math.max(value, 0)) : maxima;
  }
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

function evaluateLayerExactly(layer: Layer, values: readonly Dyadic[]): Dyadic[] {
  const { bias, activation } = layer;
  const activate = (value: Dyadic): Dyadic =>
    activation === 'relu' && value.mantissa < 0n ? DYADIC_ZERO : value;
  if (layer.kind === 'max-pooling') return applyPoolingExactly(layer, values).map(activate);
  const shared = outputsPerChannel(layer);
  return applyMapExactly(layer, values).map((value, output) =>
    activate(addDyadic(value, exactEntry(bias, Math.floor(output / shared)))),
  );
}
