/** The classes of integer networks that studies measure on, as JSON can hold them. */
import type { IntegerNetwork } from '../integer/integer-network.js';
import type { NetworkClass } from '../integer/network-class.js';
import type { InputSign } from '../target/network.js';

/** A class without biases whose inputs are all of one kind. */
export interface TargetShape {
  /** `d_0 .. d_l`. */
  readonly dimensions: readonly number[];
  /** Bit length of the largest integer, per layer. */
  readonly bits: readonly number[];
  readonly inputs: 'signed' | 'nonnegative';
}

export function classOfShape({ dimensions, bits, inputs }: TargetShape): NetworkClass {
  const inputSigns = new Array<InputSign>(dimensions[0]).fill(inputs);
  return { dimensions, constant: false, bits, inputSigns };
}

/** `4-6-2, 6 and 5 bits, signed`. */
export function describeShape({ dimensions, bits, inputs }: TargetShape): string {
  const sign = inputs === 'signed' ? 'signed' : 'non-negative';
  const equal = bits.every((each) => each === bits[0]);
  const lengths = equal ? `${bits[0]}` : bits.join(' and ');
  return `${dimensions.join('-')}, ${lengths} bits, ${sign} inputs`;
}

/** What `describeShape` says. */
export const SHAPE_WORDS =
  'dimensions of the network looked for, bits of its integers, signs of its inputs';

/** An integer network of a shape, without scale, from a function that gives each entry. */
export function networkOfShape(
  { dimensions, bits }: TargetShape,
  entry: (layer: number, row: number, column: number) => number,
): IntegerNetwork {
  return {
    matrices: bits.map((_, layer) => {
      const rows = dimensions[layer + 1];
      const columns = dimensions[layer];
      const values = Float64Array.from({ length: rows * columns }, (__, index) =>
        entry(layer, Math.floor(index / columns), index % columns),
      );
      return { rows, columns, values };
    }),
    constant: false,
    fractionalPlaces: bits.map(() => 0),
    scale: { base: 2, exponent: 0 },
    activation: 'identity',
  };
}

/** The shapes measured: one layer and several, inputs of known sign and not. */
export const SUCCESS_SHAPES: readonly TargetShape[] = [
  { dimensions: [1, 1], bits: [4], inputs: 'nonnegative' },
  { dimensions: [2, 2], bits: [3], inputs: 'signed' },
  { dimensions: [3, 2], bits: [6], inputs: 'nonnegative' },
  { dimensions: [4, 6, 2], bits: [4, 3], inputs: 'signed' },
  { dimensions: [12, 8], bits: [5], inputs: 'nonnegative' },
];
