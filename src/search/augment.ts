/**
 * Variation of the training samples, as the papers' codes have it: an image is moved by a few positions, what
 * comes in at the sides being 0 before standardisation, and flipped left to right half of the time. A
 * function of seed, epoch and sample, so a resumed search sees what an unbroken one does.
 */
import { threefry2x32, threefrySecondWord } from '../source/threefry.js';
import type { AugmentationRecord } from '../ticket/trained.js';
import type { SearchOptions } from './options.js';
import { derivedKey, STREAMS, streamKey } from './random.js';

/** For each number of a varied sample the place that it is read from; -1 for a 0. */
export type Varier = (sample: number) => Int32Array;

/** How an epoch varies its samples; undefined where it does not. The places are the caller's until the next call. */
export function varier(
  { augmentation, maps, widths, seed }: SearchOptions,
  epoch: number,
): Varier | undefined {
  if (augmentation === undefined || maps === undefined) return undefined;
  const { k0, k1 } = derivedKey(streamKey(seed, STREAMS.augmentation), epoch, 0);
  const { height, width } = maps.input;
  const channels = widths[0] as number;
  const places = new Int32Array(height * width * channels);
  return (sample) => {
    const first = threefry2x32(k0, k1, sample, 0) >>> 0;
    const move = moveOf(augmentation, first, threefrySecondWord() >>> 0);
    let at = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const row = y + move.down;
        const column = (move.flip ? width - 1 - x : x) + move.right;
        const isInside = row >= 0 && row < height && column >= 0 && column < width;
        const from = (row * width + column) * channels;
        for (let channel = 0; channel < channels; channel++) {
          places[at++] = isInside ? from + channel : -1;
        }
      }
    }
    return places;
  };
}

/**
 * What two words of 32 bits draw: one of the moves from -shift to shift in each direction, by their leading
 * bits, and a flip by the last bit of the first. A product in place of a rejection is off evenness by less than
 * `(2 shift + 1) / 2^32`.
 */
function moveOf({ shift, flip }: AugmentationRecord, first: number, second: number) {
  const among = (word: number): number => Math.floor((word / 2 ** 32) * (2 * shift + 1)) - shift;
  return { down: among(first), right: among(second), flip: flip && (first & 1) === 1 };
}
