/**
 * This build's commands beside those of another build of this project, such as a release: whole processes in
 * pairs, one of each and then the other way round, on the same tickets, which the other build finds. Printed
 * are medians of their processor times (user and system, all threads) and wall times, and of each pair's ratio:
 * above 1 this build is slower. It needs the builds of both (`node scripts/setup.mjs` in each); real networks
 * and MNIST's test images come from the folder that UNEARTH_SHARED names, the example alone without it.
 *
 *   git worktree add --detach ../other 4dabcc5 && (cd ../other && npm ci && node scripts/setup.mjs)
 *   node bench/against-build.mjs ../other [WORD ..] [--pairs N]      WORDs: those with all of them in the name
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: 'string', default: '7' } },
});
const [other, ...words] = positionals;
if (other === undefined) throw new Error('give the folder of another build');
const root = fileURLToPath(new URL('..', import.meta.url));
const programs = [root, path.resolve(other)].map((at) => path.join(at, 'dist', 'cli', 'main.js'));
const missing = programs.find((file) => !existsSync(file));
if (missing !== undefined) throw new Error(`${missing} is missing: build it first`);

const shared = process.env.UNEARTH_SHARED;
const model = (name) => path.join(shared, 'models', name);
const mnist = (name) => path.join(shared, 'data', 'mnist', `t10k-${name}-ubyte.gz`);
const example = (name) => path.join(root, 'examples', 'digits', name);
const images = ({ pixels, labels }) => ['--input', pixels, '--divide', '255', '--labels', labels];
const digits = images({
  pixels: example('test-images-idx3-ubyte.gz'),
  labels: example('test-labels-idx1-ubyte.gz'),
});

/** By name of a network its file, the flags that it is found with, and the runs on it. */
const networks = {
  digits: {
    file: example('digits.onnx'),
    domain: ['--domain', 'box:0,1'],
    runs: {
      fast: [...digits, '--engine', 'fast'],
      float: [...digits, '--engine', 'float'],
      'exact, 100': [...digits, '--engine', 'exact', '--limit', '100'],
    },
  },
};
if (shared !== undefined) {
  const tests = images({ pixels: mnist('images-idx3'), labels: mnist('labels-idx1') });
  const domain = ['--domain', model('acasxu.domain.txt')];
  networks.acasxu = { file: model('acasxu_1_1.onnx'), domain, runs: {} };
  networks.mnist = {
    file: model('mnist_256x2.onnx'),
    domain: ['--domain', 'box:0,1'],
    runs: {
      fast: [...tests, '--engine', 'fast'],
      'exact, 10': [...tests, '--engine', 'exact', '--limit', '10'],
    },
  };
}

const folder = mkdtempSync(path.join(tmpdir(), 'against-build-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Has a process write at its end what all its threads took, to descriptor 3. */
const METER = `data:text/javascript,${encodeURIComponent(`
  import { isMainThread } from 'node:worker_threads';
  import { writeSync } from 'node:fs';
  if (isMainThread) process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    writeSync(3, String(user + system));
  });
`)}`;

/** Seconds of one whole process. */
function timed(program, words) {
  const start = performance.now();
  const { status, output, stderr } = spawnSync(
    process.execPath,
    ['--import', METER, program, ...words],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], encoding: 'utf8', cwd: folder },
  );
  const wall = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`);
  return { cpu: Number(output[3]) / 1e6, wall };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Pairs of one command, given the words for a build by its number. */
function compare(name, wordsOf) {
  if (!words.every((word) => name.includes(word))) return;
  const taken = [[], []];
  for (let pair = -1; pair < Number(given.pairs); pair++) {
    for (const build of pair % 2 === 0 ? [0, 1] : [1, 0]) {
      const time = timed(programs[build], wordsOf(build));
      // The first pair finds its files unread.
      if (pair >= 0) taken[build].push(time);
    }
  }
  const cells = ['cpu', 'wall'].flatMap((measure) => {
    const [own, others] = taken.map((times) => times.map((time) => time[measure]));
    const ratio = median(own.map((time, pair) => time / others[pair]));
    return [median(own).toFixed(2), median(others).toFixed(2), ratio.toFixed(2)];
  });
  console.log(`| ${[name, ...cells].join(' | ')} |`);
}

console.log('| command | processor s | other | ratio | wall s | other | ratio |');
console.log('|---|---|---|---|---|---|---|');
for (const [name, { file, domain, runs }] of Object.entries(networks)) {
  const ticketOf = (build) => path.join(folder, `${name}-${build}.ticket`);
  compare(`find ${name}`, (build) => ['find', file, ...domain, '-o', ticketOf(build), '--force']);
  const ticket = ticketOf('other');
  timed(programs[1], ['find', file, ...domain, '-o', ticket]);
  compare(`verify ${name}`, () => ['verify', ticket, '--model', file]);
  for (const [run, flags] of Object.entries(runs)) {
    compare(`run ${name} ${run}`, () => ['run', ticket, ...flags]);
  }
}
