/** Errors by two paths of opposite signs: no errors within the bounds, whatever ReLU clips, come to more. */
import { describe, expect, it } from 'vitest';
import { crossingErrors, type LayerBehind } from '../../src/inference/crossing-errors.js';
import { randomStream } from '../networks.js';

/** Edges of one neuron after the other, `from` and sign, as a pruned layer has them. */
function layerOf(rows: readonly (readonly (readonly [number, 1 | -1])[])[]) {
  const edges = rows.map((row) => row.map(([from, sign]) => 2 * from + (sign < 0 ? 1 : 0)));
  const offsets = [0];
  for (const row of edges) offsets.push((offsets.at(-1) as number) + row.length);
  return {
    neurons: Uint32Array.from(rows.keys()),
    offsets: Uint32Array.from(offsets),
    edges: Uint32Array.from(edges.flat()),
  };
}

const PAIR = [
  [
    [0, 1],
    [1, 1],
  ],
  [
    [0, 1],
    [1, -1],
  ],
] as const;

function behindOf(
  rows: Parameters<typeof layerOf>[0],
  errors: readonly number[],
  rounded: readonly number[],
  first = 0,
): LayerBehind {
  const subtracts = rows.map((row) => (row.some(([, sign]) => sign < 0) ? 1 : 0));
  return {
    ...{ layer: layerOf(rows), errors: Float64Array.from(errors) },
    ...{ rounded: Float64Array.from(rounded), first },
    ...{ mayClip: Uint8Array.from(subtracts), crosses: Uint8Array.from(subtracts) },
  };
}

describe('crossingErrors', () => {
  it('doubles the larger error of a pair, not both', () => {
    const { edges } = layerOf([PAIR[0]]);
    const behind = behindOf(PAIR, [3, 5], [0, 0]);
    // Unclipped 2 * 3; where a - b is clipped 3 + 5.
    expect(crossingErrors(edges, [0, 2], new Float64Array(2), behind)).toBeCloseTo(8, 9);
    expect(crossingErrors(edges, [0, 2], new Float64Array(2), behind)).toBeGreaterThanOrEqual(8);
  });

  it('leaves sums that cross nothing to who adds up magnitudes', () => {
    const behind = behindOf([PAIR[0]], [3, 5], [0]);
    const { edges } = layerOf([[[0, 1]]]);
    expect(crossingErrors(edges, [0, 1], new Float64Array(1), behind)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it('is never less than errors within the bounds come to', () => {
    const random = randomStream(5);
    const below = (limit: number): number => Math.floor(random() * limit);
    const sign = (): 1 | -1 => (random() < 0.5 ? 1 : -1);
    let tight = 0;
    for (let trial = 0; trial < 400; trial++) {
      const count = 2 + below(3);
      const first = below(3);
      const rows = Array.from({ length: 1 + below(4) }, () =>
        Array.from({ length: count }, (_, from) => [from, sign()] as const).filter(
          () => random() < 0.8,
        ),
      );
      const errors = Array.from({ length: count }, () => random());
      const rounded = rows.map(() => random() * 0.1);
      const behind = behindOf(rows, errors, rounded, first);
      const readErrors = Float64Array.from({ length: first + rows.length }, () => random());
      const read = Array.from(readErrors, (_, from) => [from, sign()] as const);
      const { edges } = layerOf([read]);
      const bound = crossingErrors(edges, [0, read.length], readErrors, behind);
      if (bound === Number.POSITIVE_INFINITY) continue;
      let most = 0;
      for (let attempt = 0; attempt < 60; attempt++) {
        const own = errors.map((error) => error * sign());
        let sum = 0;
        for (const [from, factor] of read) {
          if (from < first) sum += factor * readErrors[from] * sign();
          else {
            const row = rows[from - first];
            const taken = row.reduce((total, [one, edge]) => total + edge * own[one], 0);
            const kept = behind.mayClip[from - first] === 1 ? below(3) / 2 : 1;
            sum += factor * kept * (taken + rounded[from - first] * sign());
          }
        }
        most = Math.max(most, Math.abs(sum));
      }
      expect(most).toBeLessThanOrEqual(bound);
      if (most > 0.9 * bound) tight++;
    }
    expect(tight).toBeGreaterThan(50);
  });
});
