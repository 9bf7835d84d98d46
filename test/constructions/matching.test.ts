import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchGroups, suitability } from '../../src/constructions/matching.js';

/** Whether every group can be served, by Hall's theorem over all sets of groups. */
function canServe(suits: readonly (readonly boolean[])[], copies: number): boolean {
  for (let set = 1; set < 1 << suits.length; set++) {
    const groups = suits.filter((_, group) => (set >> group) & 1);
    const neighbours = groups[0].filter((_, neuron) => groups.some((row) => row[neuron])).length;
    if (neighbours < copies * groups.length) return false;
  }
  return true;
}

describe('matchGroups', () => {
  it('serves all groups exactly if Hall’s condition holds', () => {
    const instance = fc
      .tuple(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 3 }),
      )
      .chain(([groups, pool, copies]) =>
        fc.record({
          copies: fc.constant(copies),
          suits: fc.array(
            fc.array(
              fc.integer({ min: 0, max: 9 }).map((value) => value < 2),
              {
                minLength: pool,
                maxLength: pool,
              },
            ),
            { minLength: groups, maxLength: groups },
          ),
        }),
      );
    fc.assert(
      fc.property(instance, ({ copies, suits }) => {
        const rows = suitability(suits.length, suits[0].length);
        suits.forEach((row, group) => {
          row.forEach((suit, neuron) => {
            if (suit) rows.rows[group * rows.words + (neuron >>> 5)] |= 1 << (neuron & 31);
          });
        });
        const matching = matchGroups(rows, copies);
        expect(matching.complete).toBe(canServe(suits, copies));
        if (!matching.complete) return;
        expect(new Set(matching.neurons).size).toBe(suits.length * copies);
        matching.neurons.forEach((neuron, index) => {
          expect(suits[Math.floor(index / copies)][neuron]).toBe(true);
        });
      }),
      { seed: 11, numRuns: 400 },
    );
  });

  it('finds the only matching of a staircase, which needs the longest augmenting paths', () => {
    const size = 97;
    const rows = suitability(size, size);
    for (let group = 0; group < size; group++) {
      for (let neuron = 0; neuron <= size - 1 - group; neuron++) {
        rows.rows[group * rows.words + (neuron >>> 5)] |= 1 << (neuron & 31);
      }
    }
    const matching = matchGroups(rows, 1);
    expect(matching).toMatchObject({ complete: true });
    if (matching.complete) {
      expect([...matching.neurons]).toEqual(Array.from({ length: size }, (_, g) => size - 1 - g));
    }
  });
});
