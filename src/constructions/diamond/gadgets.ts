/** The gadgets of a diamond block: which outputs need them, and where their pairs read from. */
import { bigEntry, type IntegerMatrix, isBig } from '../../integer/integer-network.js';
import type { Incoming } from './candidates.js';
import { type BlockLayout, doubles, type Half } from './plan.js';

/** Per power, the outputs whose weight has that bit set, split by the edge sign they need. */
interface OutputDemands {
  /** `plus[k * words + j / 32]`: outputs that need both edges +1. */
  readonly plus: Uint32Array;
  readonly minus: Uint32Array;
}

/** Splits column `column` of a matrix into powers of two; for a negative half the signs swap. */
function outputDemands(
  matrix: IntegerMatrix,
  { column, negative }: Half,
  powers: number,
): OutputDemands {
  const { rows, columns, values } = matrix;
  const words = Math.ceil(rows / 32);
  const plus = new Uint32Array(powers * words);
  const minus = new Uint32Array(powers * words);
  const big = isBig(values);
  for (let row = 0; row < rows; row++) {
    const index = row * columns + column;
    const bit = 1 << (row & 31);
    const word = row >>> 5;
    const set = (power: number, below: boolean): void => {
      const side = below !== negative ? minus : plus;
      side[power * words + word] |= bit;
    };
    if (!big) {
      const value = values[index];
      let rest = Math.abs(value);
      // Halving an integer of at most 2^53 is exact.
      for (let power = 0; rest > 0; power++) {
        if (rest % 2 === 1) set(power, value < 0);
        rest = Math.floor(rest / 2);
      }
    } else {
      const value = bigEntry(matrix, index);
      let rest = value < 0n ? -value : value;
      for (let power = 0; rest > 0n; power++) {
        if (rest & 1n) set(power, value < 0n);
        rest >>= 1n;
      }
    }
  }
  return { plus, minus };
}

/** Where a gadget's pair reads from. */
export interface PairInput {
  readonly from: readonly [number, number];
  readonly kind: Incoming;
}

/** The gadgets of a block, one for each half and power, and where they have come to. */
export interface Gadgets {
  readonly count: number;
  power(gadget: number): number;
  /** The outputs that need it, by the sign of their edges. */
  needed(gadget: number): { readonly plus: Uint32Array; readonly minus: Uint32Array };
  /** `input 3 (negative part), power 2^4`. */
  describe(gadget: number): string;
  input(gadget: number, layer: number): PairInput;
  /** First neuron of the pair that a gadget uses in the layer done last. */
  readonly pairs: Float64Array;
}

export function gadgetsOf(
  matrix: IntegerMatrix,
  { hidden, halves, outputs }: BlockLayout,
): Gadgets {
  const powers = hidden + 1;
  const count = halves.length * powers;
  const words = Math.ceil(outputs / 32);
  const demandsOf = halves.map((half) => outputDemands(matrix, half, powers));
  const pairs = new Float64Array(count).fill(-1);
  const power = (gadget: number): number => gadget % powers;
  const halfOf = (gadget: number): Half => halves[Math.floor(gadget / powers)];
  return {
    count,
    power,
    needed(gadget) {
      const { plus, minus } = demandsOf[Math.floor(gadget / powers)];
      const from = power(gadget) * words;
      return { plus: plus.subarray(from, from + words), minus: minus.subarray(from, from + words) };
    },
    describe(gadget) {
      const { column, negative } = halfOf(gadget);
      return `input ${column}${negative ? ' (negative part)' : ''}, power 2^${power(gadget)}`;
    },
    input(gadget, layer) {
      if (layer === 1) {
        const { column, negative } = halfOf(gadget);
        return { from: [column, column], kind: negative ? 'negative' : 'positive' };
      }
      const pair = pairs[gadget];
      return { from: [pair, pair + 1], kind: doubles(power(gadget), layer) ? 'double' : 'pass' };
    },
    pairs,
  };
}
