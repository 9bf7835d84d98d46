/**
 * Accuracy epoch by epoch of edge-popup on a convolutional network (conv2 to conv8), beside PyTorch on one thread on the
 * same bytes: the same images, signs, first scores, order of samples and learning rates, so that the two can differ
 * by rounding alone, and by what becomes of it. Each epoch is a line of RESULTS (JSON); the same command goes on
 * behind the last one, from checkpoints beside RESULTS. After a build, with Debian's python3-torch:
 *
 *   node bench/search-curves.mjs DATA 28x28-conv4 EPOCHS RESULTS [IMAGES] [TEST-IMAGES] [PYTHON]
 *
 * Without IMAGES, all of them; PYTHON `none` leaves PyTorch out.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { labelledFiles, readLabelled, testFiles } from '../dist/cli/files/read-labelled.js';
import { decodeCheckpoint } from '../dist/search/checkpoint.js';
import { splitSamples } from '../dist/search/data.js';
import { createLayers } from '../dist/search/layer.js';
import { searchOptions } from '../dist/search/options.js';
import { derivedKey, STREAMS, shuffle, streamKey } from '../dist/search/random.js';
import { searchTicket, standardizationFor } from '../dist/search/search.js';
import { parseShape } from '../dist/search/shape-text.js';
import { beginScores } from '../dist/search/train.js';

const [folder, network, epochs, results, images, testImages, python = '/usr/bin/python3'] =
  process.argv.slice(2);
if (results === undefined) throw new Error('give the data, the network, the epochs and a file');

const shape = parseShape(network);
const { widths, maps } = shape;
const wanted = {
  classes: widths.at(-1),
  maps: { shape: { channels: widths[0], ...maps.input }, layout: 'nhwc' },
};
const limited = (count) => (count === undefined ? {} : { limit: Number(count) });
const data = readLabelled(labelledFiles(folder, undefined, 'train', ''), {
  ...wanted,
  ...limited(images),
});
const test = readLabelled(testFiles(folder), { ...wanted, ...limited(testImages) });
const options = searchOptions({ method: 'edge-popup', ...shape, epochs: Number(epochs) });

const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const setting = [folder, network, epochs, data.count, test.count].join(' ');
const lines = (existsSync(results) ? readFileSync(results, 'utf8').split('\n') : [])
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line));
if (lines.some((line) => line.setting !== setting)) {
  throw new Error(`${results} is of another run: give another file`);
}
/** What is known of an epoch, if it is. */
const known = (side, epoch) => lines.find((line) => line.side === side && line.epoch === epoch);
function tell(side, epoch, measured) {
  const line = { setting, side, epoch, ...measured };
  lines.push(line);
  appendFileSync(results, `${JSON.stringify(line)}\n`);
}

/** One epoch of ours, from the checkpoint of the one before. */
async function ownEpoch(epoch) {
  const file = `${results}.unearth`;
  const checkpoint =
    epoch === 1 ? {} : { checkpoint: decodeCheckpoint(readFileSync(`${file}.${epoch - 1}`)) };
  const signal = { aborted: false };
  const perEpoch = Math.ceil(data.count / options.batch);
  let [begin, end, measured] = [0, 0];
  const outcome = await searchTicket(
    { options, data, test, ...checkpoint },
    {
      signal,
      onBegin: () => {
        begin = processor();
      },
      onStep: (done) => {
        if (done % perEpoch === 0) end = processor();
      },
      onEpoch: ({ loss, test: accuracy }) => {
        measured = { loss, test: accuracy, processor: end - begin };
        signal.aborted = epoch < options.epochs;
      },
      onCheckpoint: (chunks) => writeFileSync(`${file}.${epoch}`, Buffer.concat(chunks)),
    },
  );
  const ofTicket = outcome.finished ? { ticket: outcome.test.correct / outcome.test.samples } : {};
  tell('unearth', epoch, { ...measured, ...ofTicket });
}

/** Numbers as a file that PyTorch reads. */
function hand(name, ...arrays) {
  const parts = arrays.map((array) =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength),
  );
  writeFileSync(`${results}.${name}`, Buffer.concat(parts));
}

function startTorch() {
  const layers = createLayers(options);
  beginScores(layers, options);
  hand('weights', ...layers.map(({ weights }) => weights));
  hand('scores', ...layers.map(({ scores }) => scores));
  for (const [name, set] of Object.entries({ train: data, test })) {
    if (!(set.values instanceof Uint8Array)) throw new Error('give images of bytes');
    hand(`${name}-images`, set.values);
    hand(`${name}-labels`, set.labels);
  }
  const { mean, deviation } = standardizationFor(options, data);
  const [standardization] = [{ mean: Array.from(mean), deviation: Array.from(deviation) }];
  const given = { widths, ...maps.input, ...standardization, epochs: options.epochs };
  const script = path.join(import.meta.dirname, 'search_curves_reference.py');
  const child = spawn(python, [script, results, JSON.stringify(given)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async epoch(epoch) {
      const order = splitSamples(data.count, 0, options.seed).train.slice();
      const key = derivedKey(streamKey(options.seed, STREAMS.shuffling), epoch - 1, 0);
      shuffle(order, key);
      hand('order', order);
      child.stdin.write(`${epoch}\n`);
      const { value } = await answers.next();
      if (value === undefined) throw new Error('PyTorch ended');
      tell('PyTorch', epoch, JSON.parse(value));
    },
    end: () => child.stdin.end(),
  };
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;
let torch = null;
console.log('epoch | unearth: test, loss, processor s | PyTorch: test, loss, processor s');
for (let epoch = 1; epoch <= options.epochs; epoch++) {
  if (known('unearth', epoch) === undefined) await ownEpoch(epoch);
  if (python !== 'none' && known('PyTorch', epoch) === undefined) {
    torch ??= startTorch();
    await torch.epoch(epoch);
  }
  const show = ({ test: share, loss, processor: seconds }) =>
    `${percent(share)} ${loss.toFixed(4)} ${seconds.toFixed(1)}`;
  const sides = ['unearth', 'PyTorch'].map((side) => known(side, epoch)).filter(Boolean);
  console.log([epoch, ...sides.map(show)].join(' | '));
}
torch?.end();
console.log(`the ticket, by the engine: ${percent(known('unearth', options.epochs).ticket)}`);
