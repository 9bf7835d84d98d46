/**
 * edge-popup here against the same in PyTorch on the processor: method, shape, batch and epochs alike,
 * one epoch of each in turn, evaluation not counted. After a build, with Debian's python3-torch:
 *
 *   node bench/search-epoch.mjs MNIST-FOLDER [EPOCHS] [SEED] [IMAGES] [PYTHON]
 *
 * With fewer IMAGES than 60000 the turns are shorter, which evens out a busy machine.
 */
import { spawn } from 'node:child_process';
import { readSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { labelledFiles, readLabelled, testFiles } from '../dist/cli/files/read-labelled.js';
import { searchOptions } from '../dist/search/options.js';
import { searchTicket } from '../dist/search/search.js';

const WIDTHS = [784, 300, 100, 10];
const self = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
const child = args[0] === '--child';
const [folder, epochs = '5', seed = '1', images = '60000', python = 'python3'] = child
  ? args.slice(1)
  : args;
if (folder === undefined) throw new Error("give the folder with MNIST's files");

const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** Until a byte arrives, asleep: the standard input of a child does not block. */
function waitForLine() {
  for (;;) {
    try {
      readSync(0, new Uint8Array(1));
      return;
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Our side: as `unearth search`, but an epoch begins when a line arrives. */
async function train() {
  const data = readLabelled(labelledFiles(folder, undefined, 'train', ''), {
    classes: 10,
    limit: Number(images),
  });
  const test = readLabelled(testFiles(folder), { classes: 10 });
  const options = searchOptions({
    method: 'edge-popup',
    widths: WIDTHS,
    epochs: Number(epochs),
    seed: BigInt(seed),
  });
  const perEpoch = Math.ceil(data.count / options.batch);
  let start;
  let end;
  let epochsDone = 0;
  const begin = () => {
    waitForLine();
    start = { wall: performance.now() / 1000, processor: processor() };
  };
  say({ node: process.version });
  await searchTicket(
    { options, data, test },
    {
      // Looked at before every step, and while the result is measured.
      signal: {
        get aborted() {
          if (start === undefined && epochsDone < options.epochs) begin();
          return false;
        },
      },
      onStep(done) {
        if (done % perEpoch === 0) end = { wall: performance.now() / 1000, processor: processor() };
      },
      onEpoch(record) {
        say({
          seconds: end.wall - start.wall,
          processor: end.processor - start.processor,
          test: record.test,
        });
        start = undefined;
        epochsDone++;
      },
    },
  );
}

function side(command, parameters) {
  const started = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  return {
    next,
    epoch: () => {
      started.stdin.write('\n');
      return next();
    },
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function compare() {
  const ours = side(process.execPath, [self, '--child', folder, epochs, seed, images]);
  const script = path.join(path.dirname(self), 'search_reference.py');
  const theirs = side(python, [script, folder, epochs, seed, images]);
  console.log('unearth', await ours.next(), 'PyTorch', await theirs.next());
  console.log('epoch  unearth: s, processor s, test    PyTorch: s, processor s, test');
  const rows = [];
  for (let epoch = 1; epoch <= Number(epochs); epoch++) {
    const row = { ours: await ours.epoch(), theirs: await theirs.epoch() };
    rows.push(row);
    const show = ({ seconds, processor: used, test }) =>
      `${seconds.toFixed(1)} ${used.toFixed(1)} ${(100 * test).toFixed(2)} %`;
    console.log(epoch, show(row.ours), '  ', show(row.theirs));
  }
  for (const measure of ['seconds', 'processor']) {
    const ratio = median(rows.map(({ ours: a, theirs: b }) => a[measure] / b[measure]));
    console.log(`${measure}: unearth / PyTorch, median ${ratio.toFixed(2)}`);
  }
}

await (child ? train() : compare());
