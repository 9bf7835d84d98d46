/**
 * Accuracy epoch by epoch of edge-popup on a convolutional network (conv2 to conv8), beside PyTorch on one thread on the
 * same bytes: the same images, signs, first scores, order of samples and learning rates, so that the two can differ
 * by rounding alone, and by what becomes of it. Each epoch is a line of RESULTS (JSON); the same command goes on
 * behind the last one, from checkpoints beside RESULTS. After a build, with Debian's python3-torch:
 *
 *   node bench/search-curves.mjs DATA 28x28-conv4 EPOCHS RESULTS [--images N] [--test-images N] [--seed S] \
 *     [--sides unearth,PyTorch] [--python /usr/bin/python3]
 *
 * Without --images and --test-images, all of them. Sides `unearth~` and `PyTorch~` begin with the last bit of every
 * score turned over: how far rounding carries either from itself.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { labelledFiles, readLabelled, testFiles } from '../dist/cli/files/read-labelled.js';
import { decodeCheckpoint } from '../dist/search/checkpoint.js';
import { searchOptions } from '../dist/search/options.js';
import { searchTicket } from '../dist/search/search.js';
import { parseShape } from '../dist/search/shape-text.js';
import { epochOrder, handNumbers, startTorch, turnedOver } from './torch-numbers.mjs';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: 'string' },
    'test-images': { type: 'string' },
    seed: { type: 'string', default: '1' },
    sides: { type: 'string', default: 'unearth,PyTorch' },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
});
const [folder, network, epochs, results] = positionals;
if (results === undefined) throw new Error('give the data, the network, the epochs and a file');
const sides = given.sides.split(',');
for (const side of sides) {
  if (!/^(unearth|PyTorch)~?$/.test(side)) throw new Error(`${side} is no side`);
}

const shape = parseShape(network);
const { widths, maps } = shape;
if (maps === undefined) throw new Error(`${network}: give a network of feature maps`);
const wanted = {
  classes: widths.at(-1),
  maps: { shape: { channels: widths[0], ...maps.input }, layout: 'nhwc' },
};
const limited = (count) => (count === undefined ? {} : { limit: Number(count) });
const data = readLabelled(labelledFiles(folder, undefined, 'train', ''), {
  ...wanted,
  ...limited(given.images),
});
const test = readLabelled(testFiles(folder), { ...wanted, ...limited(given['test-images']) });
const options = searchOptions({
  method: 'edge-popup',
  ...shape,
  epochs: Number(epochs),
  seed: BigInt(given.seed),
});

const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const setting = [folder, network, epochs, data.count, test.count, given.seed].join(' ');
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

/** What a search begins with, the last bit of every score turned over. */
async function turnedBeginning() {
  const { checkpoint } = await searchTicket({ options, data }, { signal: { aborted: true } });
  const begun = decodeCheckpoint(Buffer.concat(checkpoint));
  return { ...begun, scores: begun.scores.map(turnedOver) };
}

/** One epoch of ours, from the checkpoint of the one before. */
async function ownEpoch(side, epoch) {
  const file = `${results}.${side}`;
  const isTurned = side.endsWith('~');
  const begin = async () => (isTurned ? { checkpoint: await turnedBeginning() } : {});
  const goOn = () => ({ checkpoint: decodeCheckpoint(readFileSync(`${file}.${epoch - 1}`)) });
  const signal = { aborted: false };
  const perEpoch = Math.ceil(data.count / options.batch);
  let [before, end, measured] = [0, 0];
  const outcome = await searchTicket(
    { options, data, test, ...(epoch === 1 ? await begin() : goOn()) },
    {
      signal,
      onBegin: () => {
        before = processor();
      },
      onStep: (done) => {
        if (done % perEpoch === 0) end = processor();
      },
      onEpoch: ({ loss, test: accuracy }) => {
        measured = { loss, test: accuracy, processor: end - before };
        signal.aborted = epoch < options.epochs;
      },
      onCheckpoint: (chunks) => writeFileSync(`${file}.${epoch}`, Buffer.concat(chunks)),
    },
  );
  const ofTicket = outcome.finished ? { ticket: outcome.test.correct / outcome.test.samples } : {};
  tell(side, epoch, { ...measured, ...ofTicket });
}

const started = new Map();
/** PyTorch for a side, with files of its own beside RESULTS. */
function torchOf(side) {
  if (!started.has(side)) {
    const [{ python }, script] = [given, 'search_curves_reference.py'];
    const own = { results: `${results}.${side}`, turned: side.endsWith('~') };
    started.set(side, startTorch({ python, script, options, data, test, ...own }));
  }
  return started.get(side);
}

/** One epoch of PyTorch's. */
async function torchEpoch(side, epoch) {
  const torch = torchOf(side);
  handNumbers(`${results}.${side}`, 'order', epochOrder(options, data, epoch));
  torch.write(epoch);
  const line = await torch.next();
  if (line === undefined) throw new Error('PyTorch ended');
  tell(side, epoch, JSON.parse(line));
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;
console.log(['epoch', ...sides.map((side) => `${side}: test, loss, processor s`)].join(' | '));
for (let epoch = 1; epoch <= options.epochs; epoch++) {
  for (const side of sides) {
    if (known(side, epoch) !== undefined) continue;
    await (side.startsWith('unearth') ? ownEpoch(side, epoch) : torchEpoch(side, epoch));
  }
  const show = ({ test: share, loss, processor: seconds }) =>
    `${percent(share)} ${loss.toFixed(4)} ${seconds.toFixed(1)}`;
  console.log([epoch, ...sides.map((side) => show(known(side, epoch)))].join(' | '));
}
for (const torch of started.values()) torch.end();
for (const side of sides) {
  const { ticket } = known(side, options.epochs);
  if (ticket !== undefined) console.log(`${side}: the ticket, by the engine: ${percent(ticket)}`);
}
