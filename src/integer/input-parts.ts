/**
 * The non-negative variables of a block: what the neurons between its input and its outputs are sums of,
 * and the names that they have wherever neurons are described.
 */
import type { InputSign } from '../target/network.js';
import { type BlockWindow, columnPlaces, tapCount } from './block-maps.js';

/**
 * One number of a block's input or output, from 0: a coordinate of the network's own input in the first
 * block, an output of the block before in later ones. Of feature maps it is a channel, at all positions alike.
 * The constant is the last of them.
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
  /**
   * Of feature maps: the tap of the block's kernel that sees it, counted row by row from 0. Left out of the
   * constant, and where the block reads each position by itself.
   */
  readonly tap?: number;
}

/** What the parts of a block's inputs follow from; both networks and their classes have it. */
export interface BlockInputs {
  readonly block: number;
  /** Columns without the constant's. */
  readonly inputs: number;
  readonly constant: boolean;
  /** Of the first block's inputs, of feature maps their channels; those of later ones are non-negative. */
  readonly inputSigns: readonly InputSign[];
  /** Of feature maps: how the block reads them; left out where it reads each position by itself. */
  readonly window?: BlockWindow | undefined;
}

/** The parts of a block's inputs in the order of the columns, the positive one of a pair first. */
export function inputParts(of: BlockInputs): InputPart[] {
  const { block, inputs, constant, inputSigns, window } = of;
  const places = window && columnPlaces(window);
  const taps = window === undefined ? 1 : tapCount(window);
  const parts: InputPart[] = [];
  for (let column = 0; column < inputs; column++) {
    const place = places?.[column] ?? column;
    const input = Math.floor(place / taps);
    const seen = places === undefined ? {} : { tap: place % taps };
    const sign = block === 1 ? inputSigns[input] : 'nonnegative';
    const add = (part: Part): number => parts.push({ column, input, part, ...seen });
    if (sign === 'nonnegative') add('whole');
    if (sign === 'signed') add('positive');
    if (sign !== 'nonnegative') add('negative');
  }
  if (constant) parts.push({ column: inputs, input: 'constant', part: 'whole' });
  return parts;
}
