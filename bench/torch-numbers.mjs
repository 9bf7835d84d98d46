/**
 * What a search begins with as files that PyTorch reads (`search_given.py`): images, weights, first scores and the order
 * of samples, each in RESULTS.NAME.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { splitSamples } from '../dist/search/data.js';
import { createLayers } from '../dist/search/layer.js';
import { derivedKey, STREAMS, shuffle, streamKey } from '../dist/search/random.js';
import { standardizationFor } from '../dist/search/search.js';
import { beginScores } from '../dist/search/train.js';

/** Writes RESULTS.NAME. */
export function handNumbers(results, name, ...arrays) {
  const parts = arrays.map((array) =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength),
  );
  writeFileSync(`${results}.${name}`, Buffer.concat(parts));
}

/** The training samples of an epoch, counted from 1, as a search goes through them. */
export function epochOrder({ validation, seed }, data, epoch) {
  const order = splitSamples(data.count, validation, seed).train.slice();
  shuffle(order, derivedKey(streamKey(seed, STREAMS.shuffling), epoch - 1, 0));
  return order;
}

/** Scores with the last bit of each turned over: what rounding makes of them at the least. */
export function turnedOver(scores) {
  const turned = scores.slice();
  const bits = new Uint32Array(turned.buffer);
  for (let index = 0; index < bits.length; index++) bits[index] ^= 1;
  return turned;
}

/**
 * Starts SCRIPT on one thread with all but the order handed to it, `turned` with its first scores turned over. Its
 * lines are read by `next`, which is undefined once it has ended.
 */
export function startTorch({ python, script, results, options, data, test, turned = false }) {
  const layers = createLayers(options);
  beginScores(layers, options);
  handNumbers(results, 'weights', ...layers.map(({ weights }) => weights));
  const first = layers.map(({ scores }) => (turned ? turnedOver(scores) : scores));
  handNumbers(results, 'scores', ...first);
  for (const [name, set] of Object.entries({ train: data, test })) {
    if (!(set.values instanceof Uint8Array)) throw new Error('give images of bytes');
    handNumbers(results, `${name}-images`, set.values);
    handNumbers(results, `${name}-labels`, set.labels);
  }
  const { mean, deviation } = standardizationFor(options, data);
  const { widths, maps, epochs, batch, learningRate: rate, momentum, weightDecay } = options;
  const given = {
    ...{ widths, ...maps.input, mean: Array.from(mean), deviation: Array.from(deviation) },
    ...{ epochs, batch, rate, momentum, decay: weightDecay },
  };
  const file = path.join(import.meta.dirname, script);
  const child = spawn(python, [file, results, JSON.stringify(given)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    write: (line) => child.stdin.write(`${line}\n`),
    next: async () => (await lines.next()).value,
    end: () => child.stdin.end(),
  };
}
