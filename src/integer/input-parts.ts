/**
 * The non-negative variables of a block: what the neurons between its input and its outputs are sums of,
 * and the names that they have wherever neurons are described.
 */
import type { InputSign } from '../target/network.js';

/**
 * One number of a block's input or output, from 0: a coordinate of the network's own input in the first
 * block, an output of the block before in later ones. The constant is the last of them.
 */
export type Coordinate = number | 'constant';

/**
 * Which non-negative part of an input x a neuron holds: x where x is never negative, `max(0, x)` or
 * `max(0, -x)` of an input of unknown sign; an input that is never positive has the negative part alone.
 */
export type Part = 'whole' | 'positive' | 'negative';

/** A non-negative part of a block's input. */
export interface InputPart {
  /** Column of the block's matrix. */
  readonly column: number;
  readonly input: Coordinate;
  readonly part: Part;
}

/** What the parts of a block's inputs follow from; both networks and their classes have it. */
export interface BlockInputs {
  readonly block: number;
  /** Columns without the constant's. */
  readonly inputs: number;
  readonly constant: boolean;
  /** Of the first block's inputs; those of later ones are non-negative. */
  readonly inputSigns: readonly InputSign[];
}

/** The parts of a block's inputs in the order of the columns, the positive one of a pair first. */
export function inputParts({ block, inputs, constant, inputSigns }: BlockInputs): InputPart[] {
  const parts: InputPart[] = [];
  for (let column = 0; column < inputs; column++) {
    const sign = block === 1 ? inputSigns[column] : 'nonnegative';
    const place = { column, input: column };
    if (sign === 'nonnegative') parts.push({ ...place, part: 'whole' });
    if (sign === 'signed') parts.push({ ...place, part: 'positive' });
    if (sign !== 'nonnegative') parts.push({ ...place, part: 'negative' });
  }
  if (constant) parts.push({ column: inputs, input: 'constant', part: 'whole' });
  return parts;
}
