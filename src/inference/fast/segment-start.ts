/** What a segment starts with: signs and bounds of its columns, and which values of the layers they are. */
import type { InputSign } from '../../target/network.js';
import { repeatedNumbers } from '../evaluation-bound.js';
import type { PrunedProgram } from '../pruned-program.js';
import type { Parts } from './signed-columns.js';

/** Sign that all values of a column have: +1, -1, or 0 if unknown. */
export type Sign = -1 | 0 | 1;

export interface Start {
  readonly signs: readonly Sign[];
  readonly bounds: Float64Array;
  /** By number of a layer that is read still, its neurons as columns. */
  readonly lists: ReadonlyMap<number, readonly number[]>;
  readonly parts: ReadonlyMap<number, Parts>;
}

const SIGN_OF: Readonly<Record<InputSign, Sign>> = { nonnegative: 1, nonpositive: -1, signed: 0 };

/** The inputs of a program as columns, the constant the last of them. */
export function firstStart(
  { inputs, constant }: Pick<PrunedProgram, 'inputs' | 'constant'>,
  inputSigns: readonly InputSign[],
): Start {
  const signs = inputSigns.map((sign) => SIGN_OF[sign]);
  if (constant) signs.push(1);
  return {
    signs,
    bounds: new Float64Array(inputs).fill(1),
    lists: new Map([[0, signs.map((_, column) => column)]]),
    parts: new Map(),
  };
}

/** The start of a layer with a kernel: value v at tap k is column `v * taps + k`. */
export function atTaps({ signs, bounds, lists }: Start, taps: number): Start {
  const columnsOf = (value: number): number[] =>
    Array.from({ length: taps }, (_, tap) => value * taps + tap);
  return {
    signs: signs.flatMap((sign) => new Array<Sign>(taps).fill(sign)),
    bounds: repeatedNumbers(bounds, taps),
    lists: new Map(Array.from(lists, ([t, list]) => [t, list.flatMap(columnsOf)])),
    parts: new Map(),
  };
}
