/**
 * Coefficient rows: what each neuron of the pruned source is, as an integer combination of the
 * block's non-negative variables. Numbers while every partial sum stays within 2^53, else BigInts.
 */

/** The rows of one layer's listed neurons; entry i of a list belongs to neuron i of `PrunedLayer`. */
export interface CoefficientRows {
  /** Number of rows plus one; row i is `variables[offsets[i] .. offsets[i+1])`. */
  readonly offsets: Float64Array;
  /** Ascending within a row only if the row was built so; no variable occurs twice. */
  readonly variables: Uint32Array;
  /** Never 0. For rows in `big`, NaN. */
  readonly coefficients: Float64Array;
  /** Rows with a coefficient beyond 2^53: exact values, in the order of `variables`. */
  readonly big: ReadonlyMap<number, readonly bigint[]>;
}

/** Exactness limit of float64 integers: a sum below it was never rounded. */
const EXACT = 2 ** 53;

/** Adds up rows for one neuron at a time. */
export interface RowAccumulator {
  /** Adds the row of neuron `index` of `rows`, negated if `negative`. */
  add(rows: CoefficientRows, index: number, negative: boolean): void;
  /** Variables touched since the last `clear`, in order of first touch. */
  readonly touched: readonly number[];
  /** The exact sum at a variable; a Number unless it needed BigInts. */
  value(variable: number): number | bigint;
  clear(): void;
}

/**
 * An accumulator over `variables` variables. Number arithmetic is exact here because a second array
 * adds up absolute values: while that stays below 2^53, no partial sum can have been rounded. A
 * variable where it does not is added up in BigInts from then on, the earlier part being exact.
 */
export function rowAccumulator(variables: number): RowAccumulator {
  const sums = new Float64Array(variables);
  const absolutes = new Float64Array(variables);
  const bigSums = new Map<number, bigint>();
  let touched: number[] = [];

  function addOne(variable: number, coefficient: number): void {
    const absolute = absolutes[variable];
    const magnitude = coefficient < 0 ? -coefficient : coefficient;
    const next = absolute + magnitude;
    if (next < EXACT) {
      if (absolute === 0) touched.push(variable);
      absolutes[variable] = next;
      sums[variable] += coefficient;
    } else {
      addBig(variable, BigInt(coefficient));
    }
  }
  function addBig(variable: number, coefficient: bigint): void {
    if (absolutes[variable] === 0) touched.push(variable);
    absolutes[variable] = Number.POSITIVE_INFINITY;
    const before = bigSums.get(variable) ?? BigInt(sums[variable]);
    bigSums.set(variable, before + coefficient);
  }

  return {
    get touched() {
      return touched;
    },
    add(rows, index, negative) {
      const start = rows.offsets[index];
      const end = rows.offsets[index + 1];
      const big = rows.big.get(index);
      for (let position = start; position < end; position++) {
        const variable = rows.variables[position];
        if (big === undefined) {
          const coefficient = rows.coefficients[position];
          addOne(variable, negative ? -coefficient : coefficient);
        } else {
          const coefficient = big[position - start];
          addBig(variable, negative ? -coefficient : coefficient);
        }
      }
    },
    // Only a variable that was moved to BigInts has an infinite absolute sum.
    value: (variable) =>
      absolutes[variable] === Number.POSITIVE_INFINITY
        ? (bigSums.get(variable) as bigint)
        : sums[variable],
    clear() {
      for (const variable of touched) {
        sums[variable] = 0;
        absolutes[variable] = 0;
      }
      touched = [];
      bigSums.clear();
    },
  };
}

/** Collects finished rows of one layer. */
export interface RowsBuilder {
  /** Appends the accumulator's non-zero sums as the next row. */
  append(accumulator: RowAccumulator): void;
  /** Appends a row of one variable with coefficient 1. */
  appendUnit(variable: number): void;
  /** Appends the zero row. */
  appendZero(): void;
  /** Non-zero coefficients so far. */
  readonly size: number;
  finish(): CoefficientRows;
}

export function rowsBuilder(rows: number): RowsBuilder {
  const offsets = new Float64Array(rows + 1);
  let variables = new Uint32Array(1024);
  let coefficients = new Float64Array(1024);
  const big = new Map<number, bigint[]>();
  let row = 0;
  let size = 0;

  function reserve(count: number): void {
    if (size + count <= variables.length) return;
    const capacity = Math.max(size + count, 2 * variables.length);
    const largerVariables = new Uint32Array(capacity);
    largerVariables.set(variables);
    variables = largerVariables;
    const largerCoefficients = new Float64Array(capacity);
    largerCoefficients.set(coefficients);
    coefficients = largerCoefficients;
  }

  return {
    get size() {
      return size;
    },
    append(accumulator) {
      const { touched } = accumulator;
      reserve(touched.length);
      let anyBig = false;
      const start = size;
      for (const variable of touched) {
        const value = accumulator.value(variable);
        // Number and BigInt zeros are both falsy.
        if (!value) continue;
        anyBig ||= typeof value === 'bigint';
        variables[size] = variable;
        coefficients[size++] = typeof value === 'bigint' ? Number.NaN : value;
      }
      if (anyBig) {
        const exact: bigint[] = [];
        for (let position = start; position < size; position++) {
          exact.push(BigInt(accumulator.value(variables[position])));
          coefficients[position] = Number.NaN;
        }
        big.set(row, exact);
      }
      offsets[++row] = size;
    },
    appendUnit(variable) {
      reserve(1);
      variables[size] = variable;
      coefficients[size++] = 1;
      offsets[++row] = size;
    },
    appendZero() {
      offsets[++row] = size;
    },
    finish: () => ({
      offsets,
      variables: variables.slice(0, size),
      coefficients: coefficients.slice(0, size),
      big,
    }),
  };
}
