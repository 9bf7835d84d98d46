/**
 * From the target network to the integer network (theory, section 2): `V_i` holds `round(s_i W_i)`
 * and `round(s_i b_i)` for a scale `s_i` per layer. Three ways to choose scale and rounding:
 * lossless (error 0), N binary places rounded to nearest, and the paper's truncated decimal places
 * (in `paper.ts`).
 */
import { checkWhole } from '../core/arguments.js';
import { type Dyadic, floorDyadic } from '../core/dyadic.js';
import { UsageError } from '../core/errors.js';
import { complete, everyFew, type Steps } from '../core/steps.js';
import { checkNetwork } from '../target/check-network.js';
import { type ExactArray, exactEntry, isZero, placesOf } from '../target/exact-array.js';
import { type Layer, matrixOf, type Network } from '../target/network.js';
import { type IntegerMatrix, type IntegerNetwork, integerMatrix } from './integer-network.js';
import { MAXIMUM_PLACES } from './places.js';

/** Turns the exact value of one weight or bias into its integer. */
type Rounding = (value: Dyadic) => bigint;

/**
 * The same for entries that are plain float64s, as a Number where the result is an exact integer of
 * at most 2^53; undefined where the exact path must decide.
 */
type FastRounding = (value: number) => number | undefined;

const SAFE = 2 ** 53;

/** True if some bias is not zero, so that the constant input has to be carried. */
export function needsConstant(network: Network): boolean {
  return network.layers.some(({ bias }) => !isZero(bias));
}

/** Entries between two steps: a few milliseconds. */
const ENTRIES_AT_ONCE = 2 ** 16;

/** Rounds `[W b; 0 unit]` entry by entry; `unit` is the scale `s_i`, null where no constant row is. */
function* quantizeLayer(
  layer: Layer,
  constant: boolean,
  unit: bigint | null,
  round: Rounding,
  roundFast: FastRounding,
): Steps<IntegerMatrix> {
  const { inputs, outputs } = layer;
  const columns = inputs + (constant ? 1 : 0);
  const rows = outputs + (unit === null ? 0 : 1);
  const fast = new Float64Array(rows * columns);
  const big = new Map<number, bigint>();

  const matrix = matrixOf(layer);

  function put(part: ExactArray, from: number, to: number): void {
    const more = part.exact.size > 0 && part.exact.has(from);
    const plain = more ? undefined : roundFast(part.values[from]);
    if (plain !== undefined) {
      // `+ 0` turns -0 into 0: an integer has one zero.
      fast[to] = plain + 0;
      return;
    }
    const value = round(exactEntry(part, from));
    if (value <= SAFE && value >= -SAFE) fast[to] = Number(value);
    else big.set(to, value);
  }

  const isTurn = everyFew(ENTRIES_AT_ONCE);
  for (let row = 0; row < outputs; row++) {
    if (isTurn(columns)) yield;
    for (let column = 0; column < inputs; column++) {
      put(matrix, row * inputs + column, row * columns + column);
    }
    if (constant) put(layer.bias, row, row * columns + inputs);
  }
  if (unit !== null) {
    if (unit <= SAFE) fast[rows * columns - 1] = Number(unit);
    else big.set(rows * columns - 1, unit);
  }
  if (big.size === 0) return { rows, columns, values: fast };
  const values = Array.from(fast, (value, index) => big.get(index) ?? BigInt(value));
  return integerMatrix(rows, columns, values);
}

/** The matrices of all layers, in steps of stage `quantise`. */
function* eachLayer(
  { layers }: Network,
  quantized: (layer: Layer, index: number) => Steps<IntegerMatrix>,
): Steps<IntegerMatrix[]> {
  const total = layers.length;
  const matrices: IntegerMatrix[] = [];
  yield { stage: 'quantise', done: 0, total };
  for (const [index, layer] of layers.entries()) {
    matrices.push(yield* quantized(layer, index));
    yield { stage: 'quantise', done: index + 1, total };
  }
  return matrices;
}

/** `round(value * 2^p)`, ties to even. Exact where the scaled value is below 2^53. */
export function roundBinary(places: number): { round: Rounding; roundFast: FastRounding } {
  return {
    round(value) {
      const scaled = { mantissa: value.mantissa, exponent: value.exponent + places };
      if (scaled.exponent >= 0) return floorDyadic(scaled);
      const floor = floorDyadic(scaled);
      const doubled = floorDyadic({ mantissa: scaled.mantissa, exponent: scaled.exponent + 1 });
      // An odd doubled floor means a fraction of at least one half; exactly one half only if the
      // normalised mantissa has a single fractional bit.
      if ((doubled & 1n) === 0n) return floor;
      return scaled.exponent === -1 && (floor & 1n) === 0n ? floor : floor + 1n;
    },
    roundFast(value) {
      // Beyond 2^1000 the product could overflow; subnormal values would lose bits in no case, as
      // scaling up is exact.
      if (places > 1000) return undefined;
      const scaled = value * 2 ** places;
      if (!(Math.abs(scaled) < SAFE)) return undefined;
      const floor = Math.floor(scaled);
      const fraction = scaled - floor;
      if (fraction < 0.5) return floor;
      return fraction > 0.5 || floor % 2 !== 0 ? floor + 1 : floor;
    },
  };
}

/**
 * The integer network with `places[i]` binary places in layer i, rounded to nearest, ties to even.
 * With at least the lossless places the result is exactly the target.
 */
export function quantize(network: Network, places: readonly number[]): IntegerNetwork {
  return complete(quantizeSteps(network, places));
}

/** The same in steps of stage `quantise`, counted in layers. */
export function* quantizeSteps(network: Network, places: readonly number[]): Steps<IntegerNetwork> {
  checkNetwork(network);
  const { layers } = network;
  if (!Array.isArray(places) || places.length !== layers.length) {
    throw new UsageError('places: one number for each layer is needed');
  }
  for (const count of places) checkWhole('places', count, 0, MAXIMUM_PLACES);
  const constant = needsConstant(network);
  const matrices = yield* eachLayer(network, (layer, index) => {
    const bits = places[index];
    const { round, roundFast } = roundBinary(bits);
    const last = index === layers.length - 1;
    return quantizeLayer(
      layer,
      constant,
      constant && !last ? 1n << BigInt(bits) : null,
      round,
      roundFast,
    );
  });
  return {
    matrices,
    constant,
    fractionalPlaces: [...places],
    scale: { base: 2, exponent: places.reduce((sum, p) => sum + p, 0) },
    activation: (layers.at(-1) as Layer).activation,
  };
}

/** The least binary places per layer at which the integer network is the target itself. */
export function losslessPlaces(network: Network): number[] {
  return network.layers.map((layer) => Math.max(placesOf(matrixOf(layer)), placesOf(layer.bias)));
}

/** The integer network that equals the target on all of `R^d`. */
export function quantizeLossless(network: Network): IntegerNetwork {
  checkNetwork(network);
  return quantize(network, losslessPlaces(network));
}

/**
 * What `bits` binary places in every layer come to: those, or the lossless ones where they are fewer.
 * More would make longer integers of the same values.
 */
export function placesWithin(network: Network, bits: number): number[] {
  checkNetwork(network);
  checkWhole('bits', bits, 0, MAXIMUM_PLACES);
  return losslessPlaces(network).map((lossless) => Math.min(lossless, bits));
}

/**
 * All weights rounded to `bits` binary places, to nearest, ties to even; layers that are exact with fewer
 * get no more than they need. No promise about the error where some layer is rounded. Throws a
 * `UsageError` for bits that are no whole number from 0 to 4096.
 */
export function quantizeToBits(network: Network, bits: number): IntegerNetwork {
  return quantize(network, placesWithin(network, bits));
}

/** `places` decimal places in every layer, truncated towards zero, as in Fact 1. Without constant. */
export function truncateDecimal(network: Network, places: number): IntegerNetwork {
  return complete(truncateDecimalSteps(network, places));
}

/** The same in steps of stage `quantise`, counted in layers. */
export function* truncateDecimalSteps(network: Network, places: number): Steps<IntegerNetwork> {
  const unit = 10n ** BigInt(places);
  const round: Rounding = (value) => {
    const magnitude = value.mantissa < 0n ? -value.mantissa : value.mantissa;
    const floor = floorDyadic({ mantissa: magnitude * unit, exponent: value.exponent });
    return value.mantissa < 0n ? -floor : floor;
  };
  const constant = needsConstant(network);
  const last = network.layers.length - 1;
  return {
    matrices: yield* eachLayer(network, (layer, index) =>
      quantizeLayer(
        layer,
        constant,
        constant && index < last ? unit : null,
        round,
        () => undefined,
      ),
    ),
    constant,
    fractionalPlaces: network.layers.map(() => places),
    scale: { base: 10, exponent: places * network.layers.length },
    activation: network.layers[last].activation,
  };
}
