/** Training a mask in a worker of its own: drawn digits, edge-popup, and what each epoch came to. */
import { decodeCheckpoint, searchOptions, searchTicket } from '../../src/search/index.js';
import data from '../data/training.json';
import {
  compileTrained,
  complete,
  concatenate,
  countCorrectSteps,
  layeredEngineSteps,
} from '../library.js';
import type { TrainDone, TrainedEpoch } from './protocol.js';
import { serve } from './serve.js';
import { digits, optionsOf } from './training.js';

const { frame, chosen } = data;

/** 1 for the edges of a layer with the largest scores. */
function maskOf(scores: Float32Array): Uint8Array {
  const sizes = Float32Array.from(scores, Math.abs).sort();
  const least = sizes[Math.floor((1 - chosen.keep) * sizes.length)];
  return Uint8Array.from(scores, (score) => (Math.abs(score) >= least ? 1 : 0));
}

serve({
  async train(_, { signal, onStep }): Promise<TrainDone> {
    onStep({ words: 'drawing digits', done: 0 });
    const options = searchOptions(optionsOf(frame, chosen));
    const { epochs, widths } = options;
    let latest: Omit<TrainedEpoch, 'mask'> | undefined;
    const outcome = await searchTicket(
      { options, data: digits('training', frame.training) },
      {
        signal,
        onStep: (done, total, loss, accuracy) => {
          onStep({
            words: `loss ${loss.toFixed(3)}, ${(100 * accuracy).toFixed(1)} % right so far`,
            done: done / total,
          });
        },
        onEpoch: ({ epoch, loss, accuracy, validation }) => {
          latest = { epoch, loss, accuracy, heldOut: validation ?? accuracy };
        },
        onCheckpoint: (chunks) => {
          if (latest === undefined) return;
          const mask = maskOf(decodeCheckpoint(concatenate(chunks)).scores[0]);
          const { epoch } = latest;
          onStep({ words: `epoch ${epoch}`, done: epoch / epochs, epoch: { ...latest, mask } });
        },
      },
    );
    if (!outcome.finished) return { finished: false };
    const bytes = outcome.bytes.reduce((sum, { length }) => sum + length, 0);
    const edges = widths.slice(1).reduce((sum, width, at) => sum + width * widths[at], 0);
    const kept = outcome.masks.kept.reduce((sum, count) => sum + count, 0);
    // The test digits are read here and nowhere else: by the ticket's engine.
    const test = digits('test', frame.test);
    const program = compileTrained(outcome.ticket);
    const engine = layeredEngineSteps(program);
    const correct = complete(countCorrectSteps(engine, program, test.values, test.labels));
    return { finished: true, correct, count: frame.test, bytes, edges, kept };
  },
});
