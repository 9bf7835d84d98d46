/**
 * Run-length forms of the long lists in a ticket's metadata: 784 input bounds are mostly one value,
 * and a construction's outputs are mostly neighbours.
 */
import { InputError } from '../core/errors.js';

function refuse(place: string, problem: string): never {
  throw new InputError({ place, problem, remedy: 'the ticket is damaged; make it again' });
}

/** `[value, times]` pairs, with `times` as large as can be. Values are told apart by `Object.is`. */
export function toRuns<T>(values: Iterable<T>): [T, number][] {
  const runs: [T, number][] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last !== undefined && Object.is(last[0], value)) last[1]++;
    else runs.push([value, 1]);
  }
  return runs;
}

/** The `length` values of runs whose counts are positive integers; else an `InputError`. */
export function fromRuns<T>(
  runs: readonly (readonly [T, number])[],
  length: number,
  place: string,
): T[] {
  // Before anything of a claimed length is made.
  const total = runs.reduce((sum, [, times]) => sum + times, 0);
  if (total !== length) refuse(place, `${total} entries where ${length} belong`);
  return runs.flatMap(([value, times]) => new Array<T>(times).fill(value));
}

/** Indices as numbers, three or more in sequence as `[first, last]`. */
export function toRanges(indices: Uint32Array): (number | [number, number])[] {
  const ranges: (number | [number, number])[] = [];
  let start = 0;
  while (start < indices.length) {
    const first = indices[start] as number;
    let end = start + 1;
    while (end < indices.length && indices[end] === first + (end - start)) end++;
    if (end - start >= 3) ranges.push([first, first + (end - start) - 1]);
    else ranges.push(...indices.subarray(start, end));
    start = end;
  }
  return ranges;
}

/** The `length` indices below `limit`, no one twice; else an `InputError`. */
export function fromRanges(
  ranges: readonly (number | readonly [number, number])[],
  length: number,
  limit: number,
  place: string,
): Uint32Array {
  let total = 0;
  for (const range of ranges) {
    const [first, last] = typeof range === 'number' ? [range, range] : range;
    if (last < first) refuse(place, `the range ${first} to ${last} is empty`);
    if (last >= limit) refuse(place, `neuron ${last} of a layer with ${limit}`);
    total += last - first + 1;
  }
  if (total !== length) refuse(place, `${total} neurons where ${length} belong`);
  const indices = new Uint32Array(length);
  let count = 0;
  for (const range of ranges) {
    const [first, last] = typeof range === 'number' ? [range, range] : range;
    for (let index = first; index <= last; index++) indices[count++] = index;
  }
  const sorted = indices.slice().sort();
  for (let index = 1; index < length; index++) {
    if (sorted[index] === sorted[index - 1]) refuse(place, `neuron ${sorted[index]} twice`);
  }
  return indices;
}
