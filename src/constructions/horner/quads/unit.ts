/**
 * A *unit* of growth of four chains (docs/horner.md, "Chains in fours"): two hidden layers. In the first,
 * four *relays* `x = (J - 2 I) a + digits` read the chains' accumulators `a`; in the second, the next
 * accumulators `b = H x + digits` read two relays each. `U = H (J - 2 I)` has `U U^T = 8 I`.
 */
import { OTHERS } from '../../fours.js';

/** Chains of a group. */
export const FOUR = 4;

/** Signs with which each relay of a group reads its accumulators. */
export const RELAY_SIGNS = OTHERS;

/** Signs with which the two accumulators of a pair read the pair's relays: minus, then plus. */
export const PAIR_SIGNS = [
  [1, -1],
  [1, 1],
] as const;

/** Of the eight digits of a unit as bits: those of the relays come first. */
const DIGITS = 2 * FOUR;
const SIGN_PATTERNS = 2 ** DIGITS;
/** Four remainders by 4. */
const RESIDUES = 4 ** FOUR;

/** `H x + y`: what digits of the relays and of the accumulators add to the accumulators. */
function digitSums(digits: readonly number[]): number[] {
  const sums = digits.slice(FOUR);
  for (let pair = 0; pair < FOUR; pair += 2) {
    PAIR_SIGNS.forEach((signs, row) => {
      sums[pair + row] += signs[0] * digits[pair] + signs[1] * digits[pair + 1];
    });
  }
  return sums;
}

/**
 * Writes `4 U^-1 b` to `out`. `U / 2` is two butterflies: its rows are `a2 - a1`, `a3 + a4`, `a4 - a3` and
 * `a1 + a2`.
 */
export function fourPreimages(b: ArrayLike<number>, out: number[]): void {
  out[0] = b[3] - b[0];
  out[1] = b[3] + b[0];
  out[2] = b[1] - b[2];
  out[3] = b[1] + b[2];
}

/** The remainders of four integers by 4, in one number below 256: they tell the class modulo `U Z^4`. */
function residueOf(b: readonly number[]): number {
  return (b[0] & 3) | ((b[1] & 3) << 2) | ((b[2] & 3) << 4) | ((b[3] & 3) << 6);
}

/** Which digits to keep, by signs of the digit edges (bit 1: +1) and the remainders of what is wanted. */
export interface UnitTable {
  /** At `signs * 256 + residue`, the digits to keep, as bits. */
  readonly kept: Uint8Array;
  /** At four times that, what they add to each accumulator. */
  readonly sums: Int8Array;
}

let table: UnitTable | null = null;

/**
 * The digits of a unit: of those that leave a preimage in integers and move it by at most 1 in every
 * coordinate, the fewest, and of these the ones that move it least. That there are some, whatever the
 * signs, is enumerated by the tests.
 */
export function unitTable(): UnitTable {
  table ??= makeTable();
  return table;
}

function makeTable(): UnitTable {
  const kept = new Uint8Array(SIGN_PATTERNS * RESIDUES);
  const sums = new Int8Array(FOUR * kept.length);
  for (let signs = 0; signs < SIGN_PATTERNS; signs++) {
    const byClass = bestByClass(signs);
    for (let residue = 0; residue < RESIDUES; residue++) {
      const best = byClass.get(classOf(residue));
      if (best === undefined) throw new Error(`no digits of signs ${signs} for residue ${residue}`);
      const at = signs * RESIDUES + residue;
      kept[at] = best.digits;
      sums.set(best.sums, FOUR * at);
    }
  }
  return { kept, sums };
}

/** A number for the class of these remainders modulo `U Z^4`: two vectors are of one if `U^-1` of their difference is whole. */
export function classOf(residue: number): number {
  const whole: number[] = [];
  fourPreimages([residue & 3, (residue >> 2) & 3, (residue >> 4) & 3, residue >> 6], whole);
  return whole.reduce((code, entry) => code * 4 + (entry & 3), 0);
}

interface Choice {
  readonly digits: number;
  readonly sums: readonly number[];
  readonly cost: number;
}

/** What one more digit weighs against moving the preimage: more than any move. */
const DIGIT_COST = 64;

/** For every class the best digits of these signs. */
function bestByClass(signs: number): Map<number, Choice> {
  const best = new Map<number, Choice>();
  const moved: number[] = [];
  for (let digits = 0; digits < SIGN_PATTERNS; digits++) {
    const values = Array.from({ length: DIGITS }, (_, at) =>
      (digits >> at) & 1 ? 2 * ((signs >> at) & 1) - 1 : 0,
    );
    const sums = digitSums(values);
    fourPreimages(sums, moved);
    if (moved.some((entry) => Math.abs(entry) > 4)) continue;
    const count = values.reduce((sum, value) => sum + Math.abs(value), 0);
    const cost = DIGIT_COST * count + moved.reduce((sum, entry) => sum + Math.abs(entry), 0);
    const key = classOf(residueOf(sums));
    const known = best.get(key);
    if (known === undefined || cost < known.cost) best.set(key, { digits, sums, cost });
  }
  return best;
}
