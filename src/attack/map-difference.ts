/**
 * The error `f - f^` of networks of feature maps, as `difference-search.ts` has it of matrices, with convolutions
 * for products. A maximum is taken of the values and of the other network's; where both are at the same place
 * the error is the one there, without the rounding of a difference.
 */
import { joinedNumbers } from '../core/concatenate.js';
import { UsageError } from '../core/errors.js';
import { losslessMapPlaces } from '../integer/map-places.js';
import { withSumPooling } from '../integer/sum-pooling.js';
import {
  applyNumbers,
  type LinearDifference,
  type MapDifference,
  mapDifferences,
} from '../precision/bounds/map-difference.js';
import { forEachEntry } from '../target/linear-map.js';
import { largestInputs } from '../target/max-pooling.js';
import { inputsOf, type Network } from '../target/network.js';
import { channelsFirst } from '../target/planes.js';
import type { Difference, ErrorsAt } from './difference.js';
import { gate, typicalSize } from './difference-search.js';

/** What a layer makes of the values and errors that it reads. */
interface Passed {
  readonly values: Float64Array;
  readonly errors: Float64Array;
  /** Before ReLU, and what is off there. */
  readonly pre: Float64Array;
  readonly delta: Float64Array;
  /** Of a maximum, the input that each output is, of the true network and of the other one. */
  readonly largest?: { readonly own: Uint32Array; readonly other: Uint32Array };
}

function passLinear(layer: LinearDifference, values: Float64Array, errors: Float64Array) {
  const { bias, perChannel } = layer;
  const pre = applyNumbers(layer, 'values', values);
  const delta = applyNumbers(layer, 'delta', values);
  const carried = applyNumbers(layer, 'rounded', errors);
  for (let i = 0; i < pre.length; i++) {
    const channel = Math.floor(i / perChannel);
    pre[i] += bias.values[channel] as number;
    delta[i] += (bias.delta[channel] as number) + (carried[i] as number);
  }
  return { pre, delta };
}

function pass(layer: MapDifference, values: Float64Array, errors: Float64Array): Passed {
  let sums: Pick<Passed, 'pre' | 'delta' | 'largest'>;
  if (layer.kind === 'pooling') {
    const own = largestInputs(layer.pooling, values);
    const others = values.map((value, i) => value - (errors[i] as number));
    const other = largestInputs(layer.pooling, others);
    const pre = Float64Array.from(own, (from) => values[from] as number);
    const delta = pre.map((value, i) => {
      const from = other[i] as number;
      return from === own[i] ? (errors[from] as number) : value - (others[from] as number);
    });
    sums = { pre, delta, largest: { own, other } };
  } else sums = passLinear(layer, values, errors);
  const { pre, delta } = sums;
  if (!layer.isRectified) return { ...sums, values: pre, errors: delta };
  const rectified = pre.map((value) => Math.max(0, value));
  const errorsBehind = pre.map((value, i) => {
    const other = value - (delta[i] as number);
    if (value > 0 && other > 0) return delta[i] as number;
    return Math.max(0, value) - Math.max(0, other);
  });
  return { ...sums, values: rectified, errors: errorsBehind };
}

/** Slopes of what is looked at in the values, and in the errors, of one layer. */
interface Slopes {
  readonly onValues: Float64Array;
  readonly onErrors: Float64Array;
}

const noSlopes = (length: number): Slopes => ({
  onValues: new Float64Array(length),
  onErrors: new Float64Array(length),
});

/** From behind a ReLU to before it. */
function throughRelu(
  { pre, delta }: Passed,
  { onValues, onErrors }: Slopes,
  softness: number,
): Slopes {
  const width = softness * typicalSize(pre);
  const own = pre.map((z) => gate(z, width));
  const other = pre.map((z, i) => gate(z - (delta[i] as number), width));
  return {
    onErrors: onErrors.map((slope, i) => slope * (other[i] as number)),
    onValues: onValues.map(
      (slope, i) =>
        slope * (own[i] as number) +
        (onErrors[i] as number) * ((own[i] as number) - (other[i] as number)),
    ),
  };
}

/** From before a layer's ReLU to what it reads. */
function throughLayer(
  layer: MapDifference,
  { largest }: Passed,
  { onValues, onErrors }: Slopes,
  read: Slopes,
): void {
  if (layer.kind === 'pooling') {
    // max(a) - max(a - e): the slope in a is that of the two places' values, in e that of the other's.
    largest?.own.forEach((own, i) => {
      const other = largest.other[i] as number;
      const onError = onErrors[i] as number;
      read.onValues[own] += (onValues[i] as number) + onError;
      read.onValues[other] -= onError;
      read.onErrors[other] += onError;
    });
    return;
  }
  for (const { map, start, values, rounded, delta } of layer.parts) {
    onValues.forEach((onValue, output) => {
      const onError = onErrors[output] as number;
      if (onValue === 0 && onError === 0) return;
      forEachEntry(map, output, (input, index) => {
        const at = start + input;
        read.onValues[at] +=
          onValue * (values[index] as number) + onError * (delta[index] as number);
        read.onErrors[at] += onError * (rounded[index] as number);
      });
    });
  }
}

function gradientOf(
  layers: readonly MapDifference[],
  passed: readonly Passed[],
  inputs: number,
  output: number,
  softness: number,
): Float64Array {
  const slopes = [noSlopes(inputs), ...passed.map(({ values }) => noSlopes(values.length))];
  (slopes[layers.length] as Slopes).onErrors[output] = 1;
  for (let index = layers.length - 1; index >= 0; index--) {
    const layer = layers[index] as MapDifference;
    const own = passed[index] as Passed;
    const behind = slopes[index + 1] as Slopes;
    const before = layer.isRectified ? throughRelu(own, behind, softness) : behind;
    const reads = layer.reads.map((number) => slopes[number] as Slopes);
    const read = noSlopes(reads.reduce((sum, { onValues }) => sum + onValues.length, 0));
    throughLayer(layer, own, before, read);
    let at = 0;
    for (const into of reads) {
      const { length } = into.onValues;
      for (let i = 0; i < length; i++) {
        into.onValues[i] += read.onValues[at + i] as number;
        into.onErrors[i] += read.onErrors[at + i] as number;
      }
      at += length;
    }
  }
  return (slopes[0] as Slopes).onValues;
}

function multiplicationsOf(layers: readonly MapDifference[]): number {
  return layers.reduce(
    (sum, layer) =>
      sum +
      (layer.kind === 'pooling'
        ? 2 * layer.pooling.outputs * layer.pooling.kernel.height * layer.pooling.kernel.width
        : 3 * layer.outputs * layer.products),
    0,
  );
}

/** Multiplications of one evaluation of the difference, at whatever places. */
export function mapMultiplications(network: Network): number {
  const pooled = withSumPooling(network);
  return multiplicationsOf(mapDifferences(pooled, losslessMapPlaces(pooled)));
}

/**
 * Of a network of feature maps and the integers that it has at these places, one for each layer of
 * `withSumPooling(network)`. Inputs are in the network's own order.
 */
export function mapDifference(network: Network, places: readonly number[]): Difference {
  const pooled = withSumPooling(network);
  if (places.length !== pooled.layers.length) {
    throw new UsageError(`places: ${places.length} for ${pooled.layers.length} layers`);
  }
  const layers = mapDifferences(pooled, places);
  const inputs = inputsOf(network.layers);
  const { channelsLast } = network;
  const order = channelsLast && channelsFirst(channelsLast);
  return {
    inputs,
    multiplications: multiplicationsOf(layers),
    at(input): ErrorsAt {
      const first =
        order === undefined ? input : Float64Array.from(order, (from) => input[from] as number);
      const values = [first];
      const errors: Float64Array[] = [new Float64Array(inputs)];
      const passed = layers.map((layer): Passed => {
        const join = (of: readonly Float64Array[]): Float64Array =>
          joinedNumbers(layer.reads.map((number) => of[number] as Float64Array));
        const own = pass(layer, join(values), join(errors));
        values.push(own.values);
        errors.push(own.errors);
        return own;
      });
      return {
        errors: errors[layers.length] as Float64Array,
        gradient(output, softness = 0) {
          const slopes = gradientOf(layers, passed, inputs, output, softness);
          if (order === undefined) return slopes;
          const own = new Float64Array(inputs);
          order.forEach((from, at) => {
            own[from] = slopes[at] as number;
          });
          return own;
        },
      };
    },
  };
}
