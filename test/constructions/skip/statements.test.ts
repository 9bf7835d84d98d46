/** The lemma and theorems of docs/skip.md, each over all sign patterns of small cases. */
import { describe, expect, it } from 'vitest';

/** All ways to choose one of `values`, `length` times. */
function* strings<Value>(values: readonly Value[], length: number): Generator<Value[]> {
  if (length === 0) yield [];
  else
    for (const rest of strings(values, length - 1))
      for (const value of values) yield [...rest, value];
}

const SIGNS = [1, -1] as const;

/** A chain of Lemma 1: what each node reads, of those before it, and the place of each. */
interface Chain {
  readonly reads: readonly (readonly number[])[];
  readonly places: readonly number[];
}

function chainOf(reads: readonly (readonly number[])[]): Chain {
  const places = new Array<number>(reads.length).fill(0);
  places[reads.length - 1] = 1;
  for (let node = reads.length - 1; node >= 0; node--) {
    for (const read of reads[node]) places[read] += places[node];
  }
  return { reads, places };
}

/** Digits by the lemma's rule: a digit is kept only where the remainder could not be reached without. */
function digitsFor(places: readonly number[], signs: readonly number[], wanted: number): number[] {
  let remainder = wanted;
  return places.map((place, index) => {
    let lowest = 0;
    let highest = 0;
    for (let later = index + 1; later < places.length; later++) {
      if (signs[later] > 0) highest += places[later];
      else lowest -= places[later];
    }
    if (remainder >= lowest && remainder <= highest) return 0;
    remainder -= signs[index] * place;
    return signs[index];
  });
}

/** Coefficients of all nodes. */
function coefficients({ reads }: Chain, digits: readonly number[]): number[] {
  const values: number[] = [];
  for (const [node, read] of reads.entries()) {
    values.push(read.reduce((sum, at) => sum + values[at], digits[node]));
  }
  return values;
}

function expectNoGaps(chain: Chain, signs: readonly number[]): void {
  const most = chain.places.reduce((sum, place, i) => sum + (signs[i] > 0 ? place : 0), 0);
  for (let wanted = 0; wanted <= most; wanted++) {
    const values = coefficients(chain, digitsFor(chain.places, signs, wanted));
    expect(values.at(-1)).toBe(wanted);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  }
}

describe('Lemma 1 (no gaps, for any chain)', () => {
  it('holds for doubling, where each node reads the one before twice', () => {
    for (let length = 1; length <= 7; length++) {
      const reads = Array.from({ length }, (_, node) => (node === 0 ? [] : [node - 1, node - 1]));
      for (const signs of strings(SIGNS, length)) expectNoGaps(chainOf(reads), signs);
    }
  });

  it('holds for Fibonacci chains, where each node reads the two before', () => {
    for (let length = 1; length <= 9; length++) {
      const reads = Array.from({ length }, (_, node) =>
        [node - 1, node - 2].filter((at) => at >= 0),
      );
      for (const signs of strings(SIGNS, length)) expectNoGaps(chainOf(reads), signs);
    }
  });

  it('needs the places to be dense: without (a) there are gaps', () => {
    const places = [3, 1];
    expect(
      digitsFor(places, [1, 1], 2).reduce((sum, digit, i) => sum + digit * places[i], 0),
    ).not.toBe(2);
  });
});

/** Values of a binary chain after its top and after each level, as wanted and with these signs. */
function binaryChain(wanted: number, signs: readonly number[]): number[] {
  const places = signs.map((_, level) => 2 ** (signs.length - 1 - level));
  const scale = 2 ** signs.length;
  let lowest = 0;
  let highest = 0;
  signs.forEach((sign, level) => {
    if (sign > 0) highest += places[level];
    else lowest -= places[level];
  });
  // The one top for which the rest is in range.
  const top = Math.ceil((wanted - highest) / scale);
  expect(wanted - top * scale).toBeGreaterThanOrEqual(lowest);
  const digits = digitsFor(places, signs, wanted - top * scale);
  const values = [top];
  for (const digit of digits) values.push(2 * (values.at(-1) as number) + digit);
  expect(values.at(-1)).toBe(wanted);
  return values;
}

describe('Theorem 3 (pairs)', () => {
  it('keeps a >= b before every level, for all weights, signs and tops', () => {
    for (const n of [1, 2, 3]) {
      for (let head = 0; head <= n; head++) {
        const levels = n + 1 - head;
        // Between the two, before every level, is the power 2^(n+1-m), m levels before the end.
        for (const signs of strings(SIGNS, levels)) {
          for (let weight = -(2 ** n); weight <= 2 ** n; weight++) {
            const values = binaryChain(weight + 3 * 2 ** n, signs);
            expect(values[0]).toBeLessThanOrEqual(2 ** (head + 1));
            values.slice(0, -1).forEach((value, level) => {
              expect(value).toBeGreaterThanOrEqual(2 ** (n + 1 - levels + level));
            });
          }
        }
        for (const signs of strings(SIGNS, levels)) {
          for (let b = 0; b <= 2 ** (n + 1); b++) {
            const values = binaryChain(b, signs);
            expect(values[0]).toBeLessThanOrEqual(2 ** head);
            values.slice(0, -1).forEach((value, level) => {
              expect(value).toBeGreaterThanOrEqual(0);
              expect(value).toBeLessThanOrEqual(2 ** (n + 1 - levels + level));
            });
          }
        }
      }
    }
  });
});

describe('Theorem 4 (quads)', () => {
  it('keeps every coefficient between once and thrice the power of the level, before each level', () => {
    for (const levels of [1, 2]) {
      for (let head = 0; head <= 2; head++) {
        const n = 2 * levels + head;
        for (const signs of strings(SIGNS, 2 * levels)) {
          for (let weight = -(2 ** n); weight <= 2 ** n; weight++) {
            const values = binaryChain(weight + 2 * 2 ** n, signs);
            expect(values[0]).toBeLessThanOrEqual(3 * 2 ** head);
            for (let level = 0; level < levels; level++) {
              const least = 2 ** head * 4 ** level;
              expect(values[2 * level]).toBeGreaterThanOrEqual(least);
              expect(values[2 * level]).toBeLessThanOrEqual(3 * least);
            }
          }
        }
      }
    }
  });

  it('grows fourfold by J - 2 I twice, through relays that are never negative', () => {
    const others = (values: readonly number[], own: number): number =>
      values.reduce((sum, value, at) => sum + (at === own ? -value : value), 0);
    for (const values of strings([1, 2, 3], 4)) {
      const relays = values.map((_, own) => others(values, own));
      expect(Math.min(...relays)).toBeGreaterThanOrEqual(0);
      expect(relays.map((_, own) => others(relays, own))).toEqual(values.map((value) => 4 * value));
    }
  });
});

describe('Theorem 5 (based pairs)', () => {
  it('keeps both halves of every input non-negative, and the first of a pair above the second', () => {
    for (const n of [1, 2, 3, 4]) {
      for (const signs of strings(SIGNS, n)) {
        for (let weight = -(2 ** n); weight <= 2 ** n; weight++) {
          // The top counts from -1: it has digits of both signs.
          const values = binaryChain(weight + 2 ** n, signs).map(
            (value, level) => value - 2 ** level,
          );
          expect(Math.abs(values[0])).toBeLessThanOrEqual(1);
          values.forEach((value, level) => {
            expect(Math.abs(value)).toBeLessThanOrEqual(2 ** level);
          });
        }
      }
    }
  });
});

describe('Theorem 2 (lower bound for separate chains)', () => {
  /** Most paths from a node to the sink of a simple graph without cycles, by its number of edges. */
  function mostPaths(nodes: number): Map<number, number> {
    const most = new Map<number, number>();
    // Node v, from the sink on, reads a set of nodes before it; only the last one's paths count.
    const visit = (paths: readonly number[], edges: number): void => {
      const last = paths.at(-1) as number;
      most.set(edges, Math.max(most.get(edges) ?? 0, last));
      if (paths.length === nodes) return;
      for (let set = 1; set < 2 ** paths.length; set++) {
        let sum = 0;
        let count = 0;
        paths.forEach((value, node) => {
          if (((set >>> node) & 1) === 0) return;
          sum += value;
          count++;
        });
        visit([...paths, sum], edges + count);
      }
    };
    visit([1], 0);
    return most;
  }

  it('lets at most phi^(e/2) paths lead through e edges, for all graphs of up to six nodes', () => {
    const phi = (1 + Math.sqrt(5)) / 2;
    const most = mostPaths(6);
    for (const [edges, paths] of most) expect(paths).toBeLessThanOrEqual(phi ** (edges / 2) + 1e-9);
    // Fibonacci chains: 2 edges a node beyond the second.
    expect(most.get(9)).toBe(8);
  });
});
