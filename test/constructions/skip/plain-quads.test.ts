/**
 * What chains in fours in a layered source would rest on (docs/skip.md, What is open): every residue can be
 * made by the digits of one unit, whatever their signs. Enumerated, though the construction is not built.
 */
import { describe, expect, it } from 'vitest';

type Four = readonly [number, number, number, number];

/** `J - 2 I`, then two butterflies. */
function others([a, b, c, d]: Four): Four {
  return [-a + b + c + d, a - b + c + d, a + b - c + d, a + b + c - d];
}

function butterflies([a, b, c, d]: Four): Four {
  return [a + b, a - b, c + d, c - d];
}

const COLUMNS = ([0, 1, 2, 3] as const).map((axis) =>
  butterflies(others([0, 1, 2, 3].map((at) => (at === axis ? 1 : 0)) as unknown as Four)),
);

/** `U^T b`: 8 times the exact preimage of b, since `U U^T = 8 I`. */
function preimage(b: Four): number[] {
  return COLUMNS.map((column) => column.reduce((sum, entry, at) => sum + entry * b[at], 0));
}

/** Two vectors differ by a vector of `U Z^4` exactly if these are equal. */
function residue(b: Four): string {
  return preimage(b)
    .map((entry) => ((entry % 8) + 8) % 8)
    .join();
}

describe('a unit of four chains in a layered source', () => {
  it('has U U^T = 8 I and 64 classes of residues', () => {
    for (const first of [0, 1, 2, 3]) {
      for (const second of [0, 1, 2, 3]) {
        const product = COLUMNS.reduce((sum, column) => sum + column[first] * column[second], 0);
        expect(product).toBe(first === second ? 8 : 0);
      }
    }
    const classes = new Set<string>();
    for (let code = 0; code < 8 ** 4; code++) {
      classes.add(residue([code & 7, (code >> 3) & 7, (code >> 6) & 7, code >> 9]));
    }
    expect(classes.size).toBe(64);
  });

  it('reaches every class with digits of any signs, moving no coordinate by more than 1', () => {
    for (let signs = 0; signs < 256; signs++) {
      const sign = (at: number): number => ((signs >> at) & 1 ? 1 : -1);
      const best = new Map<string, number>();
      for (let kept = 0; kept < 256; kept++) {
        const digit = (at: number): number => ((kept >> at) & 1 ? sign(at) : 0);
        const inner = butterflies([digit(0), digit(1), digit(2), digit(3)]);
        const sum = inner.map((entry, at) => entry + digit(4 + at)) as unknown as Four;
        const moved = Math.max(...preimage(sum).map((entry) => Math.abs(entry) / 8));
        const key = residue(sum);
        best.set(key, Math.min(best.get(key) ?? Number.POSITIVE_INFINITY, moved));
      }
      expect(best.size).toBe(64);
      expect(Math.max(...best.values())).toBeLessThanOrEqual(1);
    }
  });
});
