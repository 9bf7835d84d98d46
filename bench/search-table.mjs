/**
 * The table and the curve of docs/search.md: every method with several seeds, and edge-popup and biprop
 * over kept fractions. Rows are printed as they finish; where a folder is given, curves.json and
 * sparsity.json are written there, from which `node scripts/figures.mjs` draws docs/figures/search/.
 * After a build:
 *
 *   node bench/search-table.mjs DATA SHAPE EPOCHS SEEDS [SWEEP-EPOCHS] [FOLDER]
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { labelledFiles, readLabelled, testFiles } from '../dist/cli/files/read-labelled.js';
import { searchOptions } from '../dist/search/options.js';
import { searchTicket } from '../dist/search/search.js';

const [folder, shape, epochs, seeds, sweepEpochs = '0', figures] = process.argv.slice(2);
if (seeds === undefined)
  throw new Error('give the data, the shape, the epochs and the seeds (1,2,3)');
const widths = shape.split('-').map(Number);
const classes = widths.at(-1);
const data = readLabelled(labelledFiles(folder, undefined, 'train', ''), { classes });
const test = readLabelled(testFiles(folder), { classes });

const percent = ({ correct, samples }) => `${((100 * correct) / samples).toFixed(2)} %`;

function record(name, value) {
  writeFileSync(path.join(figures, name), `${JSON.stringify(value, null, 1)}\n`);
}

async function search(given) {
  const start = process.cpuUsage();
  const options = searchOptions({ widths, ...given });
  const outcome = await searchTicket({ options, data, test });
  const { user, system } = process.cpuUsage(start);
  return { ...outcome, seconds: (user + system) / 1e6 / options.epochs };
}

const METHODS = [
  { method: 'edge-popup' },
  { method: 'edge-popup', weights: 'kaiming-normal' },
  { method: 'biprop' },
  { method: 'biprop', learningRate: 1 },
  { method: 'biprop', activation: 'sign' },
  { method: 'biprop', activation: 'sign', learningRate: 1 },
  { method: 'supermask' },
];

console.log(
  '| search | seed | test | by the trainer | kept | mask entropy | other masks | s an epoch |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const given of METHODS) {
  for (const seed of seeds.split(',')) {
    const found = await search({ ...given, epochs: Number(epochs), seed: BigInt(seed) });
    const edges = widths.slice(1).reduce((sum, width, index) => sum + width * widths[index], 0);
    const kept = found.masks.kept.reduce((sum, count) => sum + count, 0);
    const others =
      found.choice === null
        ? ''
        : `drawn ${percent(found.choice.drawn)}, thresholded ${percent(found.choice.thresholded)}`;
    const cells = [
      Object.values(given).join(', '),
      seed,
      percent(found.test),
      percent(found.trainerTest),
      `${((100 * kept) / edges).toFixed(1)} %`,
      `${(found.masks.entropyBits / 8000).toFixed(2)} kB`,
      others,
      found.seconds.toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
    if (figures !== undefined && given === METHODS[0] && seed === seeds.split(',')[0]) {
      const history = found.history.map(
        ({ epoch, loss, accuracy, validation, test: measured }) => ({
          epoch,
          loss,
          accuracy,
          validation,
          test: measured,
        }),
      );
      record('curves.json', { method: given.method, shape: widths, seed: Number(seed), history });
    }
  }
}

if (Number(sweepEpochs) > 0) {
  const sweeps = [];
  console.log('\n| kept | edge-popup | biprop |');
  console.log('|---|---|---|');
  const fractions = [0.02, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 1];
  for (const method of ['edge-popup', 'biprop']) sweeps.push({ name: method, points: [] });
  for (const keep of fractions) {
    const cells = [];
    for (const sweep of sweeps) {
      const { test: measured } = await search({
        method: sweep.name,
        keep: [keep],
        ...(sweep.name === 'biprop' ? { learningRate: 1 } : {}),
        epochs: Number(sweepEpochs),
      });
      sweep.points.push({ kept: keep, accuracy: measured.correct / measured.samples });
      cells.push(percent(measured));
    }
    console.log(`| ${keep} | ${cells.join(' | ')} |`);
  }
  if (figures !== undefined) {
    const samples = test.count;
    record('sparsity.json', {
      network: shape,
      epochs: Number(sweepEpochs),
      samples,
      seed: 1,
      sweeps,
    });
  }
}
