/** What an integer network has to be, checked where callers pass one (see `target/check-network.ts`). */
import { shown } from '../core/arguments.js';
import { InputError } from '../core/errors.js';
import type { IntegerMatrix, IntegerNetwork } from './integer-network.js';
import { isBig } from './integer-network.js';
import { mapsProblem } from './maps-problem.js';
import { MAXIMUM_PLACES } from './places.js';

function refuse(place: string, problem: string): never {
  const remedy = 'give an integer network as rounding a network or reading a ticket makes it';
  throw new InputError({ place, problem, remedy });
}

function checkMatrix({ rows, columns, values }: IntegerMatrix, place: string): void {
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 1 || columns < 1) {
    refuse(place, `${shown(rows)} rows and ${shown(columns)} columns`);
  }
  if (!(values instanceof Float64Array || Array.isArray(values))) {
    refuse(`${place}.values`, 'they are neither a Float64Array nor BigInts');
  }
  if (values.length !== rows * columns) {
    refuse(`${place}.values`, `${values.length} of them, not ${rows} times ${columns}`);
  }
  if (isBig(values)) {
    const wrong = values.findIndex((value) => typeof value !== 'bigint');
    if (wrong >= 0) refuse(`${place}.values[${wrong}]`, 'it is no BigInt');
    return;
  }
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (Number.isInteger(value) && Math.abs(value) <= 2 ** 53) continue;
    refuse(`${place}.values[${index}]`, `${value} is no integer of at most 2^53`);
  }
}

/** Throws an `InputError` that names the place unless this is an integer network. */
export function checkIntegerNetwork(network: IntegerNetwork, argument = 'integer network'): void {
  const given = network as IntegerNetwork | undefined | null;
  const { matrices, constant, fractionalPlaces, scale, activation, maps } =
    given ?? ({} as Partial<IntegerNetwork>);
  if (!Array.isArray(matrices) || matrices.length === 0) refuse(argument, 'it has no matrices');
  if (typeof constant !== 'boolean') refuse(`${argument}.constant`, 'it is neither true nor false');
  matrices.forEach((matrix: IntegerMatrix, index) => {
    const place = `${argument}.matrices[${index}]`;
    if (typeof matrix !== 'object' || matrix === null) refuse(place, 'it is no matrix');
    checkMatrix(matrix, place);
    const before = matrices[index - 1]?.rows;
    if (maps === undefined && before !== undefined && matrix.columns !== before) {
      refuse(place, `${matrix.columns} columns, the matrix before has ${before} rows`);
    }
  });
  if (maps !== undefined) {
    const wrong = mapsProblem(maps, matrices, constant);
    if (wrong !== null) refuse(`${argument}.maps.blocks[${wrong.block}]`, wrong.problem);
  }
  if (constant && matrices[0].columns < 2) {
    refuse(`${argument}.matrices[0]`, 'no column besides the constant');
  }
  const arePlaces = (places: unknown): boolean =>
    Number.isInteger(places) && (places as number) >= 0 && (places as number) <= MAXIMUM_PLACES;
  if (fractionalPlaces?.length !== matrices.length || !fractionalPlaces.every(arePlaces)) {
    refuse(`${argument}.fractionalPlaces`, 'they are not one number of places for each matrix');
  }
  if ((scale?.base !== 2 && scale?.base !== 10) || !Number.isInteger(scale.exponent)) {
    refuse(`${argument}.scale`, 'its base is neither 2 nor 10, or its exponent no whole number');
  }
  if (activation !== 'relu' && activation !== 'identity') {
    refuse(`${argument}.activation`, `${shown(activation)} is neither relu nor identity`);
  }
}
