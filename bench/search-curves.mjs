/**
 * Accuracy epoch by epoch of edge-popup on a convolutional network (conv2 to conv8), beside PyTorch on one thread on the
 * same bytes: the same images, signs, first scores, order of samples and learning rates, so that the two can differ
 * by rounding alone, and by what becomes of it. Each epoch is a line of RESULTS (JSON); the same command goes on
 * behind the last one, from checkpoints beside RESULTS. After a build, with Debian's python3-torch:
 *
 *   node bench/search-curves.mjs DATA 28x28-conv4 EPOCHS RESULTS [IMAGES] [TEST-IMAGES] [PYTHON]
 *
 * Without IMAGES, all of them; PYTHON `none` leaves PyTorch out, and `rounding` puts in its place our own search from the
 * first epoch's end on, with the last bit of every score turned over: how far rounding alone carries.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { labelledFiles, readLabelled, testFiles } from '../dist/cli/files/read-labelled.js';
import { decodeCheckpoint } from '../dist/search/checkpoint.js';
import { searchOptions } from '../dist/search/options.js';
import { searchTicket } from '../dist/search/search.js';
import { parseShape } from '../dist/search/shape-text.js';
import { epochOrder, handNumbers, startTorch } from './torch-numbers.mjs';

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

/** One epoch of ours, from the checkpoint of the one before: that of `side`, or what `from` makes of another. */
async function ownEpoch(side, epoch, from) {
  const file = `${results}.${side}`;
  const before = () => decodeCheckpoint(readFileSync(`${file}.${epoch - 1}`));
  const checkpoint = epoch === 1 ? {} : { checkpoint: (from ?? before)() };
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
  tell(side, epoch, { ...measured, ...ofTicket });
}

/** What our first epoch ends with, the last bit of every score turned over. */
function turnedOver() {
  const checkpoint = decodeCheckpoint(readFileSync(`${results}.unearth.1`));
  for (const scores of checkpoint.scores) {
    const bits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
    for (let index = 0; index < bits.length; index++) bits[index] ^= 1;
  }
  return checkpoint;
}

/** One epoch of PyTorch's. */
async function torchEpoch(torch, epoch) {
  handNumbers(results, 'order', epochOrder(options, data, epoch));
  torch.write(epoch);
  const line = await torch.next();
  if (line === undefined) throw new Error('PyTorch ended');
  tell('PyTorch', epoch, JSON.parse(line));
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;
let torch = null;
const other = python === 'rounding' ? 'rounding' : 'PyTorch';
console.log(`epoch | unearth: test, loss, processor s | ${other}: test, loss, processor s`);
for (let epoch = 1; epoch <= options.epochs; epoch++) {
  if (known('unearth', epoch) === undefined) await ownEpoch('unearth', epoch);
  if (python === 'rounding') {
    if (epoch > 1 && known(other, epoch) === undefined)
      await ownEpoch(other, epoch, epoch === 2 ? turnedOver : undefined);
  } else if (python !== 'none' && known(other, epoch) === undefined) {
    const script = 'search_curves_reference.py';
    torch ??= startTorch({ python, script, results, options, data, test });
    await torchEpoch(torch, epoch);
  }
  const show = ({ test: share, loss, processor: seconds }) =>
    `${percent(share)} ${loss.toFixed(4)} ${seconds.toFixed(1)}`;
  const sides = ['unearth', other].map((side) => known(side, epoch)).filter(Boolean);
  console.log([epoch, ...sides.map(show)].join(' | '));
}
torch?.end();
console.log(`the ticket, by the engine: ${percent(known('unearth', options.epochs).ticket)}`);
