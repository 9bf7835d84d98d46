/** The class of integer networks that a source is planned for: made from a network, and checked. */
import { bitLength } from '../core/dyadic.js';
import type { InputSign, Network } from '../target/network.js';
import { type IntegerMatrix, type IntegerNetwork, isBig } from './integer-network.js';
import { needsConstant } from './quantize.js';

/**
 * The class of integer networks a plan must serve: every network with these dimensions whose layer i
 * has entries of at most `bits[i]` bits in magnitude.
 */
export interface NetworkClass {
  /** `d_0 .. d_l`, without the constant. */
  readonly dimensions: readonly number[];
  /** Whether a constant input 1 is carried along (counts as one more input of every block). */
  readonly constant: boolean;
  /** Per target layer: bit length of the largest `|v|`, at least 1. */
  readonly bits: readonly number[];
  /** Per input coordinate, length `d_0`. */
  readonly inputSigns: readonly InputSign[];
}

/** Bit length of the largest entry's magnitude; 1 for a matrix of zeros. */
export function matrixBits({ values }: IntegerMatrix): number {
  if (isBig(values)) {
    return values.reduce((most, value) => Math.max(most, bitLength(value)), 1);
  }
  let largest = 1;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return bitLength(BigInt(largest));
}

/** The smallest class that holds this network, over a domain with these input signs. */
export function networkClassOf(
  network: IntegerNetwork,
  inputSigns: readonly InputSign[],
): NetworkClass {
  const { matrices, constant } = network;
  const carried = constant ? 1 : 0;
  const dimensions = [
    ...matrices.map(({ columns }) => columns - carried),
    (matrices.at(-1) as IntegerMatrix).rows,
  ];
  return { dimensions, constant, bits: matrices.map(matrixBits), inputSigns };
}

/**
 * The class of a network rounded to `places[i]` binary places in layer i, but for a bit that rounding
 * up may add.
 */
export function classAtPlaces(
  network: Network,
  places: readonly number[],
  inputSigns: readonly InputSign[],
): NetworkClass {
  const { layers } = network;
  const last = layers.length - 1;
  const constant = needsConstant(network);
  return {
    dimensions: [layers[0].inputs, ...layers.map(({ outputs }) => outputs)],
    constant,
    bits: layers.map(({ weights, bias }, index) => {
      const whole = Math.max(integerBits(weights), integerBits(bias));
      // All blocks but the last carry the constant, times 2^p.
      return Math.max(1, places[index] + Math.max(whole, constant && index < last ? 1 : 0));
    }),
    inputSigns,
  };
}

/** Bits of the integer part of the largest magnitude. */
export function integerBits(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  let bits = 0;
  while (bits < 1024 && 2 ** bits <= largest) bits++;
  return bits;
}

/** Throws a RangeError unless the class's parts agree with each other. */
export function checkNetworkClass({ dimensions, bits, inputSigns }: NetworkClass): void {
  if (
    dimensions.length < 2 ||
    !dimensions.every((width) => Number.isInteger(width) && width > 0) ||
    bits.length !== dimensions.length - 1 ||
    !bits.every((length) => Number.isInteger(length) && length > 0) ||
    inputSigns.length !== dimensions[0]
  ) {
    throw new RangeError('not a network class: dimensions, bits and input signs disagree');
  }
}

/** Throws a RangeError unless the network belongs to the class. */
export function checkInClass(network: IntegerNetwork, networkClass: NetworkClass): void {
  checkNetworkClass(networkClass);
  const own = networkClassOf(network, networkClass.inputSigns);
  const fits =
    own.constant === networkClass.constant &&
    own.dimensions.length === networkClass.dimensions.length &&
    own.dimensions.every((width, index) => width === networkClass.dimensions[index]) &&
    own.bits.every((length, index) => length <= networkClass.bits[index]);
  if (!fits) throw new RangeError('the integer network is not in the class that was planned for');
}
