/** An integer matrix as it is written entry by entry: in float64 as far as that is exact, BigInts beyond. */
import { type ExactArray, exactEntry } from '../target/exact-array.js';
import type { IntegerMatrix } from './integer-network.js';
import { roundBinary } from './quantize.js';

const SAFE = 2 ** 53;

export interface RowsWriter {
  /** Adds to an entry. */
  add(row: number, column: number, value: number | bigint): void;
  finish(): IntegerMatrix;
}

export function rowsWriter(rows: number, columns: number): RowsWriter {
  const fast = new Float64Array(rows * columns);
  const big = new Map<number, bigint>();
  return {
    add(row, column, value) {
      const at = row * columns + column;
      if (typeof value === 'number' && big.size === 0) {
        const sum = (fast[at] as number) + value;
        if (Math.abs(sum) <= SAFE) {
          // `+ 0` turns -0 into 0: an integer has one zero.
          fast[at] = sum + 0;
          return;
        }
      }
      const sum = (big.get(at) ?? BigInt(fast[at] as number)) + BigInt(value);
      if (sum <= SAFE && sum >= -SAFE) {
        big.delete(at);
        fast[at] = Number(sum);
      } else big.set(at, sum);
    },
    finish: () => ({
      rows,
      columns,
      values: big.size === 0 ? fast : Array.from(fast, (value, at) => big.get(at) ?? BigInt(value)),
    }),
  };
}

/** All numbers rounded to `places` binary places, over them: integers, BigInts where float64 is not enough. */
export function roundedNumbers(
  numbers: ExactArray,
  places: number,
): (index: number) => number | bigint {
  const { round, roundFast } = roundBinary(places);
  return (index) => {
    const more = numbers.exact.size > 0 && numbers.exact.has(index);
    const plain = more ? undefined : roundFast(numbers.values[index] as number);
    return plain ?? round(exactEntry(numbers, index));
  };
}
