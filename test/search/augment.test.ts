/** Variation of training images: moves and flips, evenly, the same for the same seed, epoch and sample. */
import { describe, expect, it } from 'vitest';
import { varier } from '../../src/search/augment.js';
import { gatherBatch } from '../../src/search/data.js';
import { type SearchOptions, searchOptions } from '../../src/search/options.js';
import { parseShape } from '../../src/search/shape-text.js';

function options(shift: number, flip: boolean): SearchOptions {
  const shape = parseShape('5x4x2-conv4-3');
  return searchOptions({ method: 'edge-popup', ...shape, augmentation: { shift, flip } });
}

/** Where sample `sample` is read from, as [down, right, flipped]; checks all places by it. */
function moveOf(places: Int32Array, shift: number): readonly [number, number, boolean] {
  for (let down = -shift; down <= shift; down++) {
    for (let right = -shift; right <= shift; right++) {
      for (const flip of [false, true]) {
        const fits = places.every((place, at) => {
          const [position, channel] = [Math.floor(at / 2), at % 2];
          const row = Math.floor(position / 4) + down;
          const column = (flip ? 3 - (position % 4) : position % 4) + right;
          const isInside = row >= 0 && row < 5 && column >= 0 && column < 4;
          return place === (isInside ? (row * 4 + column) * 2 + channel : -1);
        });
        if (fits) return [down, right, flip];
      }
    }
  }
  throw new Error('no move');
}

describe('augmentation', () => {
  it('moves by every step in both directions and flips, each as often', () => {
    const vary = varier(options(1, true), 3);
    const counts = new Map<string, number>();
    const samples = 3600;
    for (let sample = 0; sample < samples; sample++) {
      const move = moveOf(vary?.(sample) as Int32Array, 1).join();
      counts.set(move, (counts.get(move) ?? 0) + 1);
    }
    expect(counts.size).toBe(18);
    // 200 each; six deviations.
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(6 * 14);
  });

  it('is another in another epoch, and the same again', () => {
    const read = (epoch: number) =>
      Array.from({ length: 20 }, (_, sample) =>
        moveOf(varier(options(2, false), epoch)?.(sample) as Int32Array, 2).join(),
      );
    expect(read(0)).toEqual(read(0));
    expect(read(0)).not.toEqual(read(1));
    expect(read(0).every((move) => move.endsWith('false'))).toBe(true);
  });

  it('puts raw zeros where an image does not reach', () => {
    const values = new Float32Array(40).fill(7);
    const data = { count: 1, inputs: 40, classes: 2, values, labels: Uint32Array.of(1) };
    const standardization = { mean: Float64Array.of(1, 3), deviation: Float64Array.of(2, 4) };
    const places = new Int32Array(40).fill(-1);
    places[1] = 0;
    const { inputs } = gatherBatch(data, standardization, Uint32Array.of(0), 0, 1, () => places);
    expect(Array.from(inputs.subarray(0, 4))).toEqual([-0.5, 1, -0.5, -0.75]);
  });
});
