/**
 * What chains in fours rest on (docs/horner.md, Theorem 2), enumerated: every residue can be made by the
 * digits of one unit, whatever their signs, and what all digits of several units lead to.
 */
import { describe, expect, it } from 'vitest';
import { quadOffsets, shareBounds } from '../../../../src/constructions/horner/quads/offsets.js';
import {
  classOf,
  fourPreimages,
  PAIR_SIGNS,
  RELAY_SIGNS,
  unitTable,
} from '../../../../src/constructions/horner/quads/unit.js';

type Four = readonly number[];

const AXES = [0, 1, 2, 3] as const;
const UNITS = AXES.map((axis) => AXES.map((at) => (at === axis ? 1 : 0)));
const SIGN_PATTERNS = 256;

/** What the relays read, from the signs of the edges alone. */
function relaysOf(a: Four): number[] {
  return RELAY_SIGNS.map((signs) => signs.reduce((sum, sign, at) => sum + sign * a[at], 0));
}

/** What the next accumulators read. */
function accumulatorsOf(x: Four): number[] {
  return [0, 2].flatMap((pair) =>
    PAIR_SIGNS.map((signs) => signs[0] * x[pair] + signs[1] * x[pair + 1]),
  );
}

const COLUMNS = UNITS.map((axis) => accumulatorsOf(relaysOf(axis)));

/** `U^T b`: 8 times the exact preimage of b, since `U U^T = 8 I`. */
function eightfoldPreimage(b: Four): number[] {
  return COLUMNS.map((column) => column.reduce((sum, entry, at) => sum + entry * b[at], 0));
}

function residueOf(b: Four): number {
  return b.reduce((code, entry, at) => code | ((((entry % 4) + 4) % 4) << (2 * at)), 0);
}

function countOf(kept: number): number {
  return kept.toString(2).replaceAll('0', '').length;
}

function digitOf(signs: number, kept: number, at: number): number {
  if (((kept >> at) & 1) === 0) return 0;
  return (signs >> at) & 1 ? 1 : -1;
}

/** Digits of the relays, then of the accumulators. */
function digitsOf(signs: number, kept: number): { relays: Four; accumulators: Four } {
  return {
    relays: AXES.map((at) => digitOf(signs, kept, at)),
    accumulators: AXES.map((at) => digitOf(signs, kept, 4 + at)),
  };
}

/** What digits add to the accumulators. */
function sumsOf(signs: number, kept: number): number[] {
  const { relays, accumulators } = digitsOf(signs, kept);
  return accumulatorsOf(relays).map((entry, at) => entry + accumulators[at]);
}

describe('a unit of four chains', () => {
  it('has U U^T = 8 I, and the preimages that are worked with', () => {
    for (const [first, row] of AXES.map((at) => COLUMNS.map((column) => column[at])).entries()) {
      for (const second of AXES) {
        const product = COLUMNS.reduce((sum, column, at) => sum + row[at] * column[second], 0);
        expect(product).toBe(first === second ? 8 : 0);
      }
    }
    for (const axis of UNITS) {
      const four: number[] = [];
      fourPreimages(axis, four);
      expect(four.map((entry) => 2 * entry)).toEqual(eightfoldPreimage(axis));
    }
  });

  it('has 64 classes of integers, which the remainders by 4 tell', () => {
    const classes = new Map<string, Set<number>>();
    for (let code = 0; code < 8 ** 4; code++) {
      const b = AXES.map((at) => ((code >> (3 * at)) & 7) - 4);
      const exact = eightfoldPreimage(b)
        .map((entry) => ((entry % 8) + 8) % 8)
        .join();
      classes.set(exact, (classes.get(exact) ?? new Set()).add(classOf(residueOf(b))));
    }
    expect(classes.size).toBe(64);
    expect([...classes.values()].every(({ size }) => size === 1)).toBe(true);
    expect(new Set([...classes.values()].flatMap((own) => [...own])).size).toBe(64);
  });

  it('reaches every class whatever the signs, moving no coordinate by more than 1, with the fewest digits', () => {
    const { kept, sums } = unitTable();
    const wrong: number[] = [];
    for (let signs = 0; signs < SIGN_PATTERNS; signs++) {
      /** By class, the fewest digits of all 256 choices that move by at most 1. */
      const fewest = new Map<number, number>();
      for (let choice = 0; choice < 256; choice++) {
        const sum = sumsOf(signs, choice);
        if (eightfoldPreimage(sum).some((entry) => Math.abs(entry) > 8)) continue;
        const key = classOf(residueOf(sum));
        fewest.set(key, Math.min(fewest.get(key) ?? 9, countOf(choice)));
      }
      expect(fewest.size).toBe(64);
      for (let residue = 0; residue < 256; residue++) {
        const at = 256 * signs + residue;
        const sum = sumsOf(signs, kept[at]);
        const left = AXES.map((axis) => ((residue >> (2 * axis)) & 3) - sum[axis]);
        const isRight =
          sum.every((entry, axis) => entry === sums[4 * at + axis]) &&
          eightfoldPreimage(left).every((entry) => entry % 8 === 0) &&
          eightfoldPreimage(sum).every((entry) => Math.abs(entry) <= 8) &&
          countOf(kept[at]) === fewest.get(classOf(residue));
        if (!isRight) wrong.push(at);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('several units', () => {
  it('shrink shares as the bounds say: U^4 is 64 times a permutation', () => {
    let powers: number[][] = UNITS;
    for (let k = 0; k <= 8; k++) {
      // Rows of U^-k are columns of U^k over 8^k.
      const norm =
        Math.max(...powers.map((column) => column.reduce((sum, x) => sum + Math.abs(x), 0))) /
        8 ** k;
      const [bound] = shareBounds(2n ** 40n, k).slice(-1);
      const moved = [0, 1, 2, 4, 6, 7, 8, 10]
        .slice(0, k)
        .reduce((sum, bits) => sum + 2 ** -bits, 0);
      expect(Number(bound)).toBe(Math.floor(2 ** 40 * norm + moved));
      if (k === 4)
        expect(powers.map((column) => column.filter((x) => x !== 0))).toEqual(AXES.map(() => [64]));
      powers = powers.map((column) => accumulatorsOf(relaysOf(column)));
    }
  });

  it('take offsets on without a digit', () => {
    for (let units = 1; units <= 9; units++) {
      const { start, end } = quadOffsets(1000n, units);
      let a = [0, 1, 0, 1].map((type) => Number(start[type]));
      for (let unit = 0; unit < units; unit++) a = accumulatorsOf(relaysOf(a));
      expect(a).toEqual([0, 1, 0, 1].map((type) => Number(end[type])));
    }
  });

  it.each([
    [1, 5],
    [2, 4],
    [3, 4],
  ])(
    'keep all coefficients within their ranges: entries up to %i, up to %i units, all signs',
    (largest, units) => {
      const { kept, sums } = unitTable();
      /** Everything that shares can be, k units before the end. */
      const reachable: Set<number>[] = [new Set()];
      const range = 2 * largest + 1;
      for (let code = 0; code < range ** 4; code++) {
        reachable[0].add(
          pack(AXES.map((at) => (Math.floor(code / range ** at) % range) - largest)),
        );
      }
      const bounds = shareBounds(BigInt(largest), units).map(Number);
      /** The least that a relay's share is, by unit from the end; by place in the group. */
      const leastRelays: number[][] = [];
      for (let k = 0; k < units; k++) {
        const before = new Set<number>();
        const least = [0, 0, 0, 0];
        for (const code of reachable[k]) {
          const b = unpack(code);
          const residue = residueOf(b);
          for (let signs = 0; signs < SIGN_PATTERNS; signs++) {
            const at = 256 * signs + residue;
            const a = eightfoldPreimage(b.map((entry, axis) => entry - sums[4 * at + axis])).map(
              (entry) => entry / 8,
            );
            before.add(pack(a));
            relaysOf(a).forEach((entry, axis) => {
              least[axis] = Math.min(least[axis], entry + digitOf(signs, kept[at], axis));
            });
          }
        }
        reachable.push(before);
        leastRelays.push(least);
      }
      for (let count = 1; count <= units; count++) {
        const { start, reach } = quadOffsets(BigInt(largest), count);
        // The top reaches from 0 to what is said, for all signs of all units after it.
        for (const code of reachable[count]) {
          unpack(code).forEach((share, at) => {
            const wanted = Number(start[at % 2]) + share;
            if (wanted < 0 || wanted > Number(reach[at % 2])) throw new Error(`${wanted} at ${at}`);
          });
        }
        let offsets = [0, 1, 0, 1].map((type) => Number(start[type]));
        for (let k = count; k >= 1; k--) {
          const relays = relaysOf(offsets);
          leastRelays[k - 1].forEach((share, at) => {
            expect(relays[at] + share).toBeGreaterThanOrEqual(0);
          });
          offsets = accumulatorsOf(relays);
          for (const code of reachable[k - 1]) {
            unpack(code).forEach((share, at) => {
              if (offsets[at] + share < 0) throw new Error(`${share} below ${offsets[at]}`);
              if (Math.abs(share) > bounds[k - 1])
                throw new Error(`${share} beyond ${bounds[k - 1]}`);
            });
          }
        }
      }
    },
    60_000,
  );
});

/** Four integers between -32 and 31 as one. */
function pack(four: Four): number {
  return four.reduce((code, entry) => code * 64 + entry + 32, 0);
}

function unpack(code: number): number[] {
  return [code >> 18, (code >> 12) & 63, (code >> 6) & 63, code & 63].map((entry) => entry - 32);
}
