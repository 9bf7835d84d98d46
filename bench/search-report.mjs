/**
 * The report on the papers' networks in docs/search.md: every method on every network and data set, by `unearth search
 * --sweep`, a search at a time on one thread. Results of a data set and network are lines of a file in FOLDER,
 * beside the tickets; the same command goes on behind what is done, and more seeds, methods or kept fractions add to
 * it. Seeds come last, so that an interrupted report has all of fewer seeds. After a build:
 *
 *   node bench/search-report.mjs --folder FOLDER --images 6400 --test-images 1000 --epochs 1 --seeds 1,2,3 \
 *     [--networks conv2,conv4] [--methods edge-popup,biprop,supermask] [--keep 0.5] [--minutes M] NAME=DATA..
 *
 * DATA is a folder of images of bytes. Without --images and --test-images all are taken. A tenth of the training images
 * is held out, from which supermask chooses among its masks. After M minutes no search is begun. --record FILE writes
 * the points of the first method, network and data set over kept fractions and seeds, from which `node scripts/figures.mjs` draws.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readLabelled, testFiles } from '../dist/cli/files/read-labelled.js';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string' },
    images: { type: 'string' },
    'test-images': { type: 'string' },
    epochs: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    networks: { type: 'string', default: 'conv2,conv4' },
    methods: { type: 'string', default: 'edge-popup,biprop,supermask' },
    keep: { type: 'string', default: '0.5' },
    minutes: { type: 'string', default: 'Infinity' },
    record: { type: 'string' },
  },
});
if (given.folder === undefined || positionals.length === 0)
  throw new Error('give --folder FOLDER and the data, as mnist=MNIST');
const until = performance.now() + 60_000 * Number(given.minutes);
const [networks, methods, fractions, seeds] = ['networks', 'methods', 'keep', 'seeds'].map((name) =>
  given[name].split(','),
);
const data = positionals.map((each) => {
  const [name, folder] = each.split('=');
  if (folder === undefined) throw new Error(`${each}: give NAME=DATA`);
  return { name, folder };
});
const file = (name) => path.join(given.folder, name);
mkdirSync(given.folder, { recursive: true });

/** An IDX file of bytes. */
function writeIdx(name, shape, bytes) {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, 8, shape.length]);
  shape.forEach((size, axis) => {
    head.writeUInt32BE(size, 4 + 4 * axis);
  });
  writeFileSync(file(name), Buffer.concat([head, bytes]));
}

/** What the command line is told of the test images: it has no limit for them. */
function testFlags({ name, folder }) {
  if (given['test-images'] === undefined) return [];
  const limit = Number(given['test-images']);
  const files = testFiles(folder);
  const { inputs } = readLabelled(files, { classes: 10, limit: 1 });
  const channels = inputs % 3 === 0 ? 3 : 1;
  const side = Math.sqrt(inputs / channels);
  const shape = { channels, height: side, width: side };
  const test = readLabelled(files, { classes: 10, limit, maps: { shape, layout: 'nhwc' } });
  if (!(test.values instanceof Uint8Array)) throw new Error(`${folder}: give images of bytes`);
  writeIdx(
    `${name}-test-images.idx`,
    [test.count, side, side, ...(channels === 1 ? [] : [channels])],
    test.values,
  );
  writeIdx(`${name}-test-labels.idx`, [test.count], Uint8Array.from(test.labels));
  return [
    '--test',
    file(`${name}-test-images.idx`),
    '--test-labels',
    file(`${name}-test-labels.idx`),
  ];
}

const program = path.join(import.meta.dirname, '../dist/cli/main.js');
const resultsOf = (set, network) => file(`${set.name}-${network}.jsonl`);

function search(set, network, { method, keep, seed }) {
  const { error, status } = spawnSync(
    process.execPath,
    [
      ...[program, 'search', set.folder, '--shape', network, '--epochs', given.epochs],
      ...(given.images === undefined ? [] : ['--limit', given.images]),
      ...[...set.flags, '--validation', '0.1', '--threads', '1'],
      ...['--sweep', `method=${method},keep=${keep},seed=${seed}`],
      ...['-o', file(`${set.name}-${network}.ticket`), '--results', resultsOf(set, network)],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`the search ended with ${status}`);
}

/** What the results say of a run, if it is done. */
function known(set, network, { method, keep, seed }) {
  const results = resultsOf(set, network);
  if (!existsSync(results)) return undefined;
  const name = `method-${method}-keep-${keep}-seed-${seed}`;
  const lines = readFileSync(results, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line)).findLast(({ run }) => run === name)?.report;
}

const runs = seeds.flatMap((seed) =>
  methods.flatMap((method) =>
    fractions.flatMap((keep) =>
      networks.flatMap((network) =>
        data.map((set) => ({ set, network, run: { method, keep, seed } })),
      ),
    ),
  ),
);
for (const set of data) set.flags = testFlags(set);
let left = 0;
for (const { set, network, run } of runs) {
  // Even what is done: the program refuses results of other data or options.
  if (performance.now() < until || known(set, network, run) !== undefined)
    search(set, network, run);
  else left++;
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;
const share = ({ correct, samples }) => correct / samples;
const reports = (set, network, method, keep) =>
  seeds.flatMap((seed) => known(set, network, { method, keep, seed }) ?? []);
console.log(`\n| data | network | kept | ${methods.join(' | ')} |`);
console.log(`|---|---|---|${'---|'.repeat(methods.length)}`);
for (const set of data) {
  for (const network of networks) {
    for (const keep of fractions) {
      const cells = methods.map((method) =>
        reports(set, network, method, keep)
          .map(({ test }) => percent(share(test)))
          .join(', '),
      );
      console.log(`| ${[set.name, network, keep, ...cells].join(' | ')} |`);
    }
  }
}
const found = runs.flatMap(({ set, network, run }) => known(set, network, run) ?? []);
const apart = found.filter(({ test, trainerTest }) => test.correct !== trainerTest.correct);
console.log(
  `\n${found.length} searches; in ${apart.length} of them the engine and the trainer count differently; ${left} not begun`,
);
for (const { network, method, seed, test, trainerTest } of apart) {
  console.log(
    `${network}, ${method}, seed ${seed}: ${test.correct}, ${trainerTest.correct} of ${test.samples}`,
  );
}

if (given.record !== undefined) {
  const [set, network, method] = [data[0], networks[0], methods[0]];
  const all = fractions.flatMap((keep) => reports(set, network, method, keep));
  if (all.length < fractions.length * seeds.length) throw new Error('--record: not all is done');
  // Those of a kept fraction are a mean and a band.
  const points = all.map(({ keep, test }) => ({
    ...{ kept: keep[0], accuracy: share(test) },
    ...(seeds.length > 1 && { group: String(keep[0]) }),
  }));
  const { network: text, epochs, seed, test } = all[0];
  const record = {
    network: `${text}, ${set.name}`,
    ...(given.images === undefined ? {} : { images: Number(given.images) }),
    ...{ epochs, samples: test.samples, seed: Number(seed), seeds: seeds.length },
    sweeps: [{ name: method, points }],
  };
  writeFileSync(given.record, `${JSON.stringify(record, null, 1)}\n`);
}
