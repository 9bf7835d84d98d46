/**
 * What bounds on `f - f^` start from where `f` is a network of feature maps: per layer its numbers, the same
 * rounded to the layer's places, and their difference, as the matrices of `difference-layers.ts`. `f^` is what
 * `lowerMapsSteps` makes of the network at these places, so it has the layers and reads of `f`.
 */
import { addDyadic, dyadic, dyadicToNumber, negateDyadic } from '../../core/dyadic.js';
import type { IntegerNetwork } from '../../integer/integer-network.js';
import { roundBinary } from '../../integer/quantize.js';
import { applyMap } from '../../target/apply-map.js';
import { type ExactArray, exactArray, exactEntry } from '../../target/exact-array.js';
import {
  outputsPerChannel,
  type SimpleMap,
  storedNumbers,
  summands,
} from '../../target/linear-map.js';
import type { MaxPooling } from '../../target/max-pooling.js';
import { type Layer, type Network, readsOf } from '../../target/network.js';
import { differenceLayers, hasTiny } from './difference-layers.js';

/** Numbers, rounded ones and the difference, each within `DATA_ROUNDOFFS` unit roundoffs of the exact ones. */
export interface NumberDifference {
  readonly values: Float64Array;
  readonly rounded: Float64Array;
  readonly delta: Float64Array;
}

type PartOf = 'values' | 'rounded' | 'delta';

/** A linear layer; `parts` are those of a sum, or the one map that it is. */
export interface LinearDifference {
  readonly kind: 'linear';
  readonly reads: readonly number[];
  readonly outputs: number;
  readonly parts: readonly (NumberDifference & {
    readonly map: SimpleMap;
    readonly start: number;
  })[];
  readonly bias: NumberDifference;
  /** Outputs that share a bias. */
  readonly perChannel: number;
  /** Numbers that are added up for one output, at the most. */
  readonly products: number;
  readonly isRectified: boolean;
}

/** A maximum: the same in both networks. */
export interface PoolingDifference {
  readonly kind: 'pooling';
  readonly reads: readonly number[];
  readonly outputs: number;
  readonly pooling: MaxPooling;
  readonly isRectified: boolean;
}

export type MapDifference = LinearDifference | PoolingDifference;

/** The numbers beside what they are at `places` binary places, rounded to nearest, ties to even. */
export function numberDifference(numbers: ExactArray, places: number): NumberDifference {
  const { round, roundFast } = roundBinary(places);
  const { values, exact } = numbers;
  const rounded = new Float64Array(values.length);
  const delta = new Float64Array(values.length);
  // 2^-places is a normal float64 only up to 1022.
  const step = 2 ** -Math.min(places, 900);
  for (let index = 0; index < values.length; index++) {
    const fast = places > 900 || exact.has(index) ? undefined : roundFast(values[index]);
    if (fast !== undefined) {
      // Both exact: a multiple of the value's last bit, and no larger than it.
      rounded[index] = fast * step;
      delta[index] = values[index] - rounded[index];
      continue;
    }
    const value = exactEntry(numbers, index);
    const nearest = dyadic(round(value), -places);
    const difference = addDyadic(value, negateDyadic(nearest));
    rounded[index] = dyadicToNumber(nearest);
    const own = dyadicToNumber(difference);
    // A difference too small for float64 must not pass for none.
    delta[index] = own === 0 && difference.mantissa !== 0n ? Number.MIN_VALUE : own;
  }
  return { values, rounded, delta };
}

function productsOf(map: SimpleMap): number {
  if (map.kind === 'dense') return map.inputs;
  return (map.input.channels / map.groups) * map.kernel.height * map.kernel.width;
}

function layerDifference(layer: Layer, index: number, places: number): MapDifference {
  const reads = readsOf(layer, index);
  const isRectified = layer.activation === 'relu';
  if (layer.kind === 'max-pooling') {
    const { outputs } = layer;
    return { kind: 'pooling', reads, outputs, pooling: layer, isRectified };
  }
  const parts = summands(layer).map(({ part, start }) => ({
    ...numberDifference(storedNumbers(part), places),
    ...{ map: part, start },
  }));
  return {
    ...{ kind: 'linear', reads, parts, isRectified, outputs: layer.outputs },
    bias: numberDifference(layer.bias, places),
    perChannel: outputsPerChannel(layer),
    products: parts.reduce((sum, { map }) => sum + productsOf(map) + 1, 0),
  };
}

/** The layers of `f - f^` for a network whose average poolings add up (`withSumPooling`). */
export function mapDifferences({ layers }: Network, places: readonly number[]): MapDifference[] {
  return layers.map((layer, index) => layerDifference(layer, index, places[index]));
}

/**
 * The same of a chain of matrices and any integers for it. Throws a `MisfitError` where they do not fit each other.
 */
export function denseDifferences(
  network: Network,
  integerNetwork: IntegerNetwork,
): MapDifference[] {
  return differenceLayers(network, integerNetwork).map((own, index) => {
    const { inputs, outputs, weights, rounded, deltaWeights } = own;
    const matrix = { kind: 'dense', inputs, outputs, matrix: exactArray(weights) } as const;
    return {
      ...{ kind: 'linear', reads: [index], outputs, perChannel: 1, products: inputs + 1 },
      parts: [{ values: weights, rounded, delta: deltaWeights, map: matrix, start: 0 }],
      bias: { values: own.bias, rounded: own.roundedBias, delta: own.deltaBias },
      isRectified: network.layers[index].activation === 'relu',
    };
  });
}

/** Every list of numbers of the layers. */
function lists(layers: readonly MapDifference[]): NumberDifference[] {
  return layers.flatMap((layer) => (layer.kind === 'pooling' ? [] : [...layer.parts, layer.bias]));
}

/** True where nothing was rounded. */
export function isExact(layers: readonly MapDifference[]): boolean {
  return lists(layers).every(({ delta }) => delta.every((value) => value === 0));
}

/** Whether some number is so small, and not 0, that relative rounding errors do not hold for it. */
export function hasTinyNumbers(layers: readonly MapDifference[]): boolean {
  return lists(layers).some(
    ({ values, rounded, delta }) => hasTiny(values) || hasTiny(rounded) || hasTiny(delta),
  );
}

/** A layer's linear map with other numbers in their place, on one vector, in float64. */
export function applyNumbers(
  { parts, outputs }: LinearDifference,
  which: PartOf | ((part: NumberDifference) => Float64Array),
  values: Float64Array,
): Float64Array {
  const pick = typeof which === 'string' ? (part: NumberDifference) => part[which] : which;
  const result = new Float64Array(outputs);
  for (const part of parts) {
    const { map, start } = part;
    const numbers = exactArray(pick(part));
    const own = applyMap(
      map.kind === 'dense' ? { ...map, matrix: numbers } : { ...map, weights: numbers },
      values.subarray(start, start + map.inputs),
    );
    for (let output = 0; output < outputs; output++) result[output] += own[output];
  }
  return result;
}

/** The same with the numbers' magnitudes. */
export function applyMagnitudes(
  layer: LinearDifference,
  which: PartOf,
  values: Float64Array,
): Float64Array {
  return applyNumbers(layer, (part) => part[which].map(Math.abs), values);
}
