/**
 * What every bound on `f - f^` starts from: per layer the true weights, the rounded ones and their
 * difference as float64s, each within `DATA_ROUNDOFFS` unit roundoffs of its exact value, relatively.
 * The differences are formed exactly before they are rounded, so nothing cancels.
 */
import {
  addDyadic,
  type Dyadic,
  dyadic,
  dyadicToNumber,
  multiplyDyadic,
  negateDyadic,
} from '../../core/dyadic.js';
import { MisfitError } from '../../core/errors.js';
import { bigEntry, type IntegerNetwork, isBig } from '../../integer/integer-network.js';
import { type ExactArray, exactEntry } from '../../target/exact-array.js';
import { type Layer, matrixOf, type Network } from '../../target/network.js';

/** One layer of `f` and of the integer network next to each other; matrices are outputs by inputs. */
export interface DifferenceLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly rounded: Float64Array;
  readonly roundedBias: Float64Array;
  /** `W - W^` and `b - b^`. */
  readonly deltaWeights: Float64Array;
  readonly deltaBias: Float64Array;
}

/** `value / base^places` with relative error of at most 3 unit roundoffs. */
function scaledDown(value: Dyadic, base: 2 | 10, places: number): number {
  if (base === 2) {
    return dyadicToNumber({ mantissa: value.mantissa, exponent: value.exponent - places });
  }
  // Dividing by 5^p through an integer quotient of 64 significant bits and a sticky rest.
  const divisor = 5n ** BigInt(places);
  const negative = value.mantissa < 0n;
  const magnitude = negative ? -value.mantissa : value.mantissa;
  const shift = BigInt(Math.max(0, divisor.toString(2).length - magnitude.toString(2).length) + 64);
  const quotient = (magnitude << shift) / divisor;
  return dyadicToNumber({
    mantissa: negative ? -quotient : quotient,
    exponent: value.exponent - places - Number(shift),
  });
}

function fail(layer: number, problem: string): never {
  throw new MisfitError(`layer ${layer + 1}: ${problem}`);
}

function differenceLayer(
  layer: Layer,
  integerNetwork: IntegerNetwork,
  index: number,
): DifferenceLayer {
  const { matrices, constant, fractionalPlaces, scale } = integerNetwork;
  const matrix = matrices[index];
  const { inputs, outputs } = layer;
  const weights = matrixOf(layer);
  const carried = constant ? 1 : 0;
  const last = index === matrices.length - 1;
  if (matrix.columns !== inputs + carried || matrix.rows !== outputs + (last ? 0 : carried)) {
    fail(index, 'the integer matrix does not have the shape of the layer');
  }
  const places = fractionalPlaces[index];
  const big = isBig(matrix.values);
  // 2^-places is a normal float64 only up to 1022; far below the data nothing underflows at 900.
  const fast = scale.base === 2 && places <= 900 && !big;
  const step = 2 ** -Math.min(places, 900);
  const unit = scale.base === 2 ? undefined : dyadic(10n ** BigInt(places));

  const rounded = new Float64Array(inputs * outputs);
  const deltaWeights = new Float64Array(inputs * outputs);
  const roundedBias = new Float64Array(outputs);
  const deltaBias = new Float64Array(outputs);

  function put(
    part: ExactArray,
    from: number,
    to: number | undefined,
    into: { rounded: Float64Array; delta: Float64Array },
  ): void {
    if (fast && (part.exact.size === 0 || !part.exact.has(from))) {
      const value = to === undefined ? 0 : (matrix.values[to] as number) * step;
      into.rounded[from] = value;
      into.delta[from] = part.values[from] - value;
      return;
    }
    const integer = dyadic(to === undefined ? 0n : bigEntry(matrix, to));
    const target = exactEntry(part, from);
    into.rounded[from] = scaledDown(integer, scale.base, places);
    const scaled =
      unit === undefined
        ? multiplyDyadic(target, { mantissa: 1n, exponent: places })
        : multiplyDyadic(target, unit);
    const difference = addDyadic(scaled, negateDyadic(integer));
    const delta = scaledDown(difference, scale.base, places);
    // A difference too small for float64 must not pass for none.
    into.delta[from] = delta === 0 && difference.mantissa !== 0n ? Number.MIN_VALUE : delta;
  }

  const weightParts = { rounded, delta: deltaWeights };
  const biasParts = { rounded: roundedBias, delta: deltaBias };
  for (let row = 0; row < outputs; row++) {
    for (let column = 0; column < inputs; column++) {
      put(weights, row * inputs + column, row * matrix.columns + column, weightParts);
    }
    put(layer.bias, row, constant ? row * matrix.columns + inputs : undefined, biasParts);
  }
  return {
    ...{ inputs, outputs, weights: weights.values, bias: layer.bias.values },
    ...{ rounded, roundedBias, deltaWeights, deltaBias },
  };
}

/** Data below it are too near the end of the float64 range for relative rounding errors. */
const LEAST = 2 ** -1000;

/** Whether there is an entry so small, and not 0. */
export function hasTiny(values: Float64Array): boolean {
  return values.some((value) => value !== 0 && Math.abs(value) < LEAST);
}

/**
 * Whether some entry is so small, and not 0, that the bounds' relative errors do not hold for it:
 * nothing is certified then but equality.
 */
export function underflows(layers: readonly DifferenceLayer[]): boolean {
  return layers.some((layer) =>
    [
      layer.weights,
      layer.bias,
      layer.rounded,
      layer.roundedBias,
      layer.deltaWeights,
      layer.deltaBias,
    ].some(hasTiny),
  );
}

/**
 * The layers of `f - f^`. Throws a `MisfitError` where the two networks do not have the same shape
 * or last activation, or the integer network's constant is not carried as `2^p_i` (theory, section 2).
 */
export function differenceLayers(
  network: Network,
  integerNetwork: IntegerNetwork,
): DifferenceLayer[] {
  const { matrices, constant, fractionalPlaces, scale, activation } = integerNetwork;
  const { layers } = network;
  if (layers.length === 0 || matrices.length !== layers.length) {
    throw new MisfitError('the two networks do not have the same number of layers');
  }
  if (activation !== layers[layers.length - 1].activation) {
    throw new MisfitError('the two networks do not have the same last activation');
  }
  if (scale.exponent !== fractionalPlaces.reduce((sum, places) => sum + places, 0)) {
    throw new MisfitError('the output scale is not the product of the layer scales');
  }
  if (constant) {
    matrices.slice(0, -1).forEach((matrix, index) => {
      const { rows, columns } = matrix;
      for (let column = 0; column < columns; column++) {
        const expected =
          column < columns - 1 ? 0n : BigInt(scale.base) ** BigInt(fractionalPlaces[index]);
        if (bigEntry(matrix, (rows - 1) * columns + column) !== expected) {
          fail(index, 'the last row of the integer matrix does not carry the constant');
        }
      }
    });
  }
  return layers.map((layer, index) => differenceLayer(layer, integerNetwork, index));
}
