/** Training a mask in a worker of its own: drawn digits, edge-popup on jax-js, and what each epoch came to. */
import { drawDigit } from '../../examples/digits/draw.mjs';
import { createRandom } from '../../examples/digits/random.mjs';
import { decodeCheckpoint, searchOptions, searchTicket } from '../../src/search/index.js';
import type { TrainDone, TrainedEpoch } from './protocol.js';
import { serve } from './serve.js';

const WIDTHS = [64, 128, 64, 10];
const KEEP = 0.5;
const TRAINING = 6000;
const TEST = 1000;
/** That of examples/digits/dataset.mjs, so that these are its first images. */
const SEED = 20261123;

function drawn(stream: number, count: number) {
  const random = createRandom(SEED, stream);
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

/** 1 for the edges of a layer with the largest scores. */
function maskOf(scores: Float32Array): Uint8Array {
  const sizes = Float32Array.from(scores, Math.abs).sort();
  const least = sizes[Math.floor((1 - KEEP) * sizes.length)];
  return Uint8Array.from(scores, (score) => (Math.abs(score) >= least ? 1 : 0));
}

serve({
  async train({ epochs }, { signal, onStep }): Promise<TrainDone> {
    onStep({ words: 'drawing digits', done: 0 });
    const data = drawn(1, TRAINING);
    const test = drawn(2, TEST);
    const options = searchOptions({
      method: 'edge-popup',
      widths: WIDTHS,
      epochs,
      batch: 50,
      learningRate: 0.3,
      keep: [KEEP],
    });
    let mask: Uint8Array = new Uint8Array(0);
    let latest: Omit<TrainedEpoch, 'mask'> | undefined;
    const outcome = await searchTicket(
      { options, data, test },
      {
        signal,
        onStep: (done, total, loss, accuracy) => {
          onStep({
            words: `loss ${loss.toFixed(3)}, ${(100 * accuracy).toFixed(1)} % right so far`,
            done: done / total,
          });
        },
        onEpoch: ({ epoch, loss, accuracy, test: right }) => {
          latest = { epoch, loss, accuracy, test: right ?? accuracy };
        },
        onCheckpoint: (chunks) => {
          if (latest === undefined) return;
          const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
          let at = 0;
          for (const chunk of chunks) {
            whole.set(chunk, at);
            at += chunk.length;
          }
          mask = maskOf(decodeCheckpoint(whole).scores[0]);
          const { epoch } = latest;
          onStep({ words: `epoch ${epoch}`, done: epoch / epochs, epoch: { ...latest, mask } });
        },
      },
    );
    if (!outcome.finished) return { finished: false };
    const correct = outcome.test?.correct ?? 0;
    const count = TEST;
    const bytes = outcome.bytes.reduce((sum, { length }) => sum + length, 0);
    const edges = WIDTHS.slice(1).reduce((sum, width, at) => sum + width * WIDTHS[at], 0);
    return { finished: true, correct, count, bytes, edges };
  },
});
