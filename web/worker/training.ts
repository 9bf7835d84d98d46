/**
 * What a mask is trained with in the page: digits as examples/digits draws them, and the settings that
 * scripts/explorer-training.mjs chose on digits held out of the training ones.
 */
import { drawDigit } from '../../examples/digits/draw.mjs';
import { createRandom } from '../../examples/digits/random.mjs';
import type { LabelledData } from '../../src/index.js';
import type { searchOptions } from '../../src/search/index.js';

/** That of examples/digits/dataset.mjs, so that these are its first images. */
const SEED = 20261123;
const STREAMS = { training: 1, test: 2 } as const;

/** The first images of a set, from 0 to 1. */
export function digits(set: keyof typeof STREAMS, count: number): LabelledData {
  const random = createRandom(SEED, STREAMS[set]);
  const values = new Float64Array(64 * count);
  const labels = new Uint32Array(count);
  let deck: number[] = [];
  for (let at = 0; at < count; at++) {
    if (deck.length === 0) deck = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    const [label] = deck.splice(random.index(deck.length), 1);
    labels[at] = label;
    values.set(
      Float64Array.from(drawDigit(label, random), (value) => value / 255),
      64 * at,
    );
  }
  return { count, inputs: 64, classes: 10, values, labels };
}

/** What is chosen of a training. */
export interface Settings {
  readonly widths: readonly number[];
  readonly learningRate: number;
  /** Kept fraction of each layer. */
  readonly keep: number;
}

/** What all trainings have: the file web/data/training.json says them, beside what was chosen. */
export interface Frame {
  readonly epochs: number;
  readonly batch: number;
  /** Training digits, those held out among them. */
  readonly training: number;
  readonly heldOut: number;
  readonly test: number;
}

/** What `searchOptions` is given. */
export function optionsOf(
  { epochs, batch, training, heldOut }: Frame,
  { widths, learningRate, keep }: Settings,
): Parameters<typeof searchOptions>[0] {
  return {
    method: 'edge-popup',
    widths,
    epochs,
    batch,
    learningRate,
    keep: [keep],
    validation: heldOut / training,
  };
}
