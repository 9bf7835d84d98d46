/**
 * Coefficient rows: what each neuron of the pruned source is, as an integer combination of the
 * block's non-negative variables. Numbers while every partial sum stays within 2^53, else BigInts.
 */

import { upTo } from '../core/growable.js';

/** The rows of one layer's listed neurons; entry i of a list belongs to neuron i of `PrunedLayer`. */
export interface CoefficientRows {
  /** Number of rows plus one; row i is `variables[offsets[i] .. offsets[i+1])`. */
  readonly offsets: Float64Array;
  /**
   * No variable occurs twice in a row; ascending only if the row was built so. Anything may lie
   * behind the last row.
   */
  readonly variables: Uint32Array;
  /** Never 0. For rows in `big`, NaN. */
  readonly coefficients: Float64Array;
  /** Per row, an upper bound of its coefficients' magnitudes; infinite for rows in `big`. */
  readonly largest: Float64Array;
  /** The largest of those; an upper bound. */
  readonly highest: number;
  /** Rows with a coefficient beyond 2^53: exact values, in the order of `variables`. */
  readonly big: ReadonlyMap<number, readonly bigint[]>;
  /** An upper bound of the bits of those; 0 without any. */
  readonly bigBits: number;
  /** How many coefficients it holds, a BigInt counting as many as its memory does. */
  readonly size: number;
}

/** What a short BigInt costs in place of a Number: about 100 bytes for 12, about 270 ns for 1. */
export const BIG_COST = { memory: 8, time: 256 };

/**
 * Most bits of a coefficient. A ticket's integers have up to 4,096; what adds up to them is no longer
 * by more than the logarithm of a sum's terms, in any construction there is.
 */
export const MOST_BITS = 8192;
/** What BigInts of this many bits cost in memory, in coefficients of 12 bytes. */
function bigCost(bits: number): number {
  return BIG_COST.memory + bits / 96;
}

/** Bits of a magnitude, from above. */
function bitsOf(value: bigint): number {
  return 4 * value.toString(16).length;
}

/** Variables are counted in 32 bits. */
const MOST_VARIABLES = 2 ** 32 - 1;

/** Exactness limit of float64 integers: a sum below it was never rounded. */
const EXACT = 2 ** 53;

/** Adds up rows for one neuron at a time. */
export interface RowAccumulator {
  /** Adds the row of neuron `index` of `rows`, negated if `negative`. */
  add(rows: CoefficientRows, index: number, negative: boolean): void;
  /**
   * The same with variables of other numbers: those below `fixed` are moved on by so many, the others stay.
   * Throws a `RangeError` for a variable that there is not.
   */
  addMoved(
    rows: CoefficientRows,
    index: number,
    negative: boolean,
    by: number,
    fixed: number,
  ): void;
  /**
   * Adds the rows that the edges `start .. end - 1` come from, `2 * (first + i) + s` as of a `PrunedLayer` with
   * i the number of the row; returns how many coefficients those have.
   */
  addEdges(
    rows: CoefficientRows,
    edges: Uint32Array,
    start: number,
    end: number,
    first: number,
  ): number;
  /**
   * The first `count` of the array: the variables touched since the last `clear`, and perhaps others,
   * whose sums are 0; none twice.
   */
  readonly touched: Uint32Array;
  readonly count: number;
  readonly variables: number;
  /** The exact sum at a variable; a Number unless it needed BigInts. */
  value(variable: number): number | bigint;
  /** The sums at the touched variables, where none of them needed or may need BigInts; else null. */
  readonly numbers: Float64Array | null;
  /** The same, where these are the sums at all variables. */
  readonly all: Float64Array | null;
  /**
   * Begins a new sum. `bound` is at least the sum of the magnitudes that will be added at any one
   * variable (default: unknown), `additions` about how many coefficients there will be.
   */
  clear(bound?: number, additions?: number): void;
}

/**
 * An accumulator over `variables` variables. Number arithmetic is exact here for one of two reasons.
 * Where the bound given to `clear` is below 2^53, no partial sum can be rounded. Else a second array
 * adds up absolute values: while that stays below 2^53, no partial sum can have been rounded, and a
 * variable where it does not is added up in BigInts from then on, the earlier part being exact.
 */
export function rowAccumulator(variables: number): RowAccumulator {
  // A write beyond an array is dropped without a word, and sums that are not there would be 0.
  if (!(Number.isInteger(variables) && variables >= 0 && variables <= MOST_VARIABLES)) {
    throw new RangeError(`an accumulator of ${variables} variables`);
  }
  const sums = new Float64Array(variables);
  const absolutes = new Float64Array(variables);
  const bigSums = new Map<number, bigint>();
  const touched = new Uint32Array(variables);
  let count = 0;
  let bounded = false;
  /** In bounded sums of many coefficients: all sums begin at 0, and all variables count as touched. */
  let dense = false;
  let everything = new Uint32Array(0);
  /** In other bounded sums: the number of the sum that touched a variable last. */
  const stamps = new Uint32Array(variables);
  let stamp = 0;

  function addBounded(
    { variables: names, coefficients }: CoefficientRows,
    start: number,
    end: number,
    sign: number,
  ): void {
    if (dense) {
      for (let position = start; position < end; position++) {
        sums[names[position]] += sign * coefficients[position];
      }
      return;
    }
    for (let position = start; position < end; position++) {
      const variable = names[position];
      const term = sign * coefficients[position];
      if (stamps[variable] === stamp) sums[variable] += term;
      else {
        stamps[variable] = stamp;
        touched[count++] = variable;
        sums[variable] = term;
      }
    }
  }

  function addBig(variable: number, coefficient: bigint): void {
    const isNew = absolutes[variable] === 0;
    if (isNew) touched[count++] = variable;
    absolutes[variable] = Number.POSITIVE_INFINITY;
    const before = bigSums.get(variable) ?? (isNew ? 0n : BigInt(sums[variable]));
    bigSums.set(variable, before + coefficient);
  }

  /** A number, where no bound of the sums is known. */
  function addUnbounded(variable: number, coefficient: number): void {
    const absolute = absolutes[variable];
    const next = absolute + Math.abs(coefficient);
    if (next >= EXACT) {
      addBig(variable, BigInt(coefficient));
      return;
    }
    absolutes[variable] = next;
    if (absolute === 0) {
      touched[count++] = variable;
      sums[variable] = coefficient;
    } else sums[variable] += coefficient;
  }

  return {
    variables,
    get touched() {
      return dense ? everything : touched;
    },
    get count() {
      return dense ? variables : count;
    },
    add(rows, index, negative) {
      const start = rows.offsets[index];
      const end = rows.offsets[index + 1];
      if (bounded) {
        addBounded(rows, start, end, negative ? -1 : 1);
        return;
      }
      const big = rows.big.size === 0 ? undefined : rows.big.get(index);
      if (big !== undefined) {
        big.forEach((coefficient, position) => {
          addBig(rows.variables[start + position], negative ? -coefficient : coefficient);
        });
        return;
      }
      const { variables: names, coefficients } = rows;
      for (let position = start; position < end; position++) {
        addUnbounded(names[position], negative ? -coefficients[position] : coefficients[position]);
      }
    },
    addMoved(rows, index, negative, by, fixed) {
      const start = rows.offsets[index];
      const end = rows.offsets[index + 1];
      const big = rows.big.size === 0 ? undefined : rows.big.get(index);
      const { variables: names, coefficients } = rows;
      for (let position = start; position < end; position++) {
        const variable = names[position] < fixed ? names[position] + by : names[position];
        if (!(variable >= 0 && variable < variables)) {
          throw new RangeError(`variable ${variable} of ${variables}`);
        }
        if (big !== undefined) {
          const coefficient = big[position - start];
          addBig(variable, negative ? -coefficient : coefficient);
          continue;
        }
        const coefficient = negative ? -coefficients[position] : coefficients[position];
        if (!bounded) addUnbounded(variable, coefficient);
        else if (dense || stamps[variable] === stamp) sums[variable] += coefficient;
        else {
          stamps[variable] = stamp;
          touched[count++] = variable;
          sums[variable] = coefficient;
        }
      }
    },
    addEdges(rows, edges, start, end, from) {
      const { offsets, variables: names, coefficients } = rows;
      let additions = 0;
      for (let at = start; at < end; at++) {
        const row = (edges[at] >>> 1) - from;
        const first = offsets[row];
        const last = offsets[row + 1];
        additions += last - first;
        if (!dense) {
          this.add(rows, row, (edges[at] & 1) === 1);
          continue;
        }
        const sign = 1 - 2 * (edges[at] & 1);
        for (let position = first; position < last; position++) {
          sums[names[position]] += sign * coefficients[position];
        }
      }
      return additions;
    },
    // Only a variable that was moved to BigInts has an infinite absolute sum.
    value: (variable) =>
      bounded
        ? dense || stamps[variable] === stamp
          ? sums[variable]
          : 0
        : absolutes[variable] === 0
          ? 0
          : absolutes[variable] === Number.POSITIVE_INFINITY
            ? (bigSums.get(variable) as bigint)
            : sums[variable],
    get numbers() {
      return bounded ? sums : null;
    },
    get all() {
      return dense ? sums : null;
    },
    clear(bound = Number.POSITIVE_INFINITY, additions = 0) {
      // Sums are left behind: stamps, or absolute sums above 0, tell those of the new sum from them.
      if (!bounded) {
        for (let index = 0; index < count; index++) absolutes[touched[index]] = 0;
        if (bigSums.size > 0) bigSums.clear();
      }
      bounded = bound < EXACT;
      dense = bounded && 2 * additions >= variables;
      count = 0;
      if (!bounded) return;
      if (dense) {
        sums.fill(0);
        if (everything.length === 0) everything = upTo(variables);
        return;
      }
      stamp++;
      if (stamp === 2 ** 32) {
        // Stamps of the first sums must not pass for this one's.
        stamps.fill(0);
        stamp = 1;
      }
    },
  };
}

/** Memory that the rows of one layer after another lie in; it grows and is never given back. */
export interface RowStorage {
  /** Most coefficients that there is to be room for, as far as one row of them fits. */
  most: number;
  variables: Uint32Array;
  coefficients: Float64Array;
}

export function rowStorage(most = Number.POSITIVE_INFINITY): RowStorage {
  return { most, variables: new Uint32Array(1024), coefficients: new Float64Array(1024) };
}

function reserve(storage: RowStorage, size: number, more: number): void {
  if (size + more <= storage.variables.length) return;
  // Four times as much as before, but not beyond what may be used. Old and new are both in memory for a
  // moment, and what is never written of zeroed arrays mostly takes none: few large steps take the least.
  const grown = Math.min(4 * storage.variables.length, storage.most);
  const capacity = Math.max(size + more, grown);
  const variables = new Uint32Array(capacity);
  variables.set(storage.variables.subarray(0, size));
  storage.variables = variables;
  const coefficients = new Float64Array(capacity);
  coefficients.set(storage.coefficients.subarray(0, size));
  storage.coefficients = coefficients;
}

/** Signs of coefficients, as bits. */
export const POSITIVE = 1;
export const NEGATIVE = 2;

/** Collects finished rows of one layer. */
export interface RowsBuilder {
  /** Appends the accumulator's non-zero sums as the next row; returns their signs. */
  append(accumulator: RowAccumulator): number;
  /** Takes the last row back. */
  dropLast(): void;
  /** Appends a row of one variable with coefficient 1. */
  appendUnit(variable: number): void;
  /** Appends the zero row. */
  appendZero(): void;
  /** Coefficients so far, a BigInt counting as many as its memory does. */
  readonly size: number;
  /** See `CoefficientRows`. */
  readonly bigBits: number;
  finish(): CoefficientRows;
}

function signsOf(lowest: number, highest: number): number {
  return (highest > 0 ? POSITIVE : 0) | (lowest < 0 ? NEGATIVE : 0);
}

/** The finished rows lie in `storage` and are overwritten by whoever uses it next. */
export function rowsBuilder(rows: number, storage: RowStorage = rowStorage()): RowsBuilder {
  const offsets = new Float64Array(rows + 1);
  const largest = new Float64Array(rows);
  const big = new Map<number, bigint[]>();
  let row = 0;
  let size = 0;
  let bigBits = 0;
  /** What the BigInts take beyond a coefficient each, and those of the last row of it. */
  let bigExtra = 0;
  let lastExtra = 0;

  return {
    get size() {
      return size + bigExtra;
    },
    get bigBits() {
      return bigBits;
    },
    append(accumulator) {
      const { touched, count, numbers } = accumulator;
      reserve(storage, size, count);
      const { variables, coefficients } = storage;
      let highest = 0;
      let lowest = 0;
      lastExtra = 0;
      if (numbers !== null) {
        for (let index = 0; index < count; index++) {
          const variable = touched[index];
          const value = numbers[variable];
          if (value === 0) continue;
          variables[size] = variable;
          coefficients[size++] = value;
          if (value > highest) highest = value;
          else if (value < lowest) lowest = value;
        }
        largest[row] = Math.max(highest, -lowest);
        offsets[++row] = size;
        return signsOf(lowest, highest);
      }
      let anyBig = false;
      const start = size;
      for (let index = 0; index < count; index++) {
        const variable = touched[index];
        const value = accumulator.value(variable);
        // Number and BigInt zeros are both falsy.
        if (!value) continue;
        anyBig ||= typeof value === 'bigint';
        variables[size] = variable;
        // A rounded BigInt keeps its sign.
        const number = Number(value);
        coefficients[size++] = number;
        if (number > highest) highest = number;
        else if (number < lowest) lowest = number;
      }
      largest[row] = anyBig ? Number.POSITIVE_INFINITY : Math.max(highest, -lowest);
      if (anyBig) {
        const exact: bigint[] = [];
        let largestMagnitude = 0n;
        for (let position = start; position < size; position++) {
          const value = BigInt(accumulator.value(variables[position]));
          const magnitude = value < 0n ? -value : value;
          if (magnitude > largestMagnitude) largestMagnitude = magnitude;
          exact.push(value);
          coefficients[position] = Number.NaN;
        }
        big.set(row, exact);
        const bits = bitsOf(largestMagnitude);
        bigBits = Math.max(bigBits, bits);
        lastExtra = exact.length * (bigCost(bits) - 1);
        bigExtra += lastExtra;
      }
      offsets[++row] = size;
      return signsOf(lowest, highest);
    },
    dropLast() {
      row--;
      bigExtra -= lastExtra;
      lastExtra = 0;
      big.delete(row);
      largest[row] = 0;
      size = offsets[row];
    },
    appendUnit(variable) {
      reserve(storage, size, 1);
      storage.variables[size] = variable;
      storage.coefficients[size++] = 1;
      largest[row] = 1;
      offsets[++row] = size;
    },
    appendZero() {
      offsets[++row] = size;
    },
    finish: () => ({
      offsets,
      largest,
      highest: largest.reduce((most, one) => Math.max(most, one), 0),
      variables: storage.variables,
      coefficients: storage.coefficients,
      big,
      bigBits,
      size: size + bigExtra,
    }),
  };
}
