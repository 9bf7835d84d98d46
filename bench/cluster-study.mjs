/**
 * A whole study over a queue while processes are killed: `kill -9` of workers at random, the server stopped,
 * killed with the end of its log lost, and wiped, two coordinators; then the same in three shards. All files
 * have to be those of a local run. Needs the build, redis-server, bullmq and ioredis. Usage:
 * node bench/cluster-study.mjs [seeds] [workers] [kills] [study] (1000 2 8 success)
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const [seeds = '1000', workerCount = '2', kills = '8', study = 'success'] = process.argv.slice(2);
const program = path.resolve(import.meta.dirname, '../dist/cli/main.js');
const folder = mkdtempSync(path.join(tmpdir(), 'unearth-cluster-'));
const options = study === 'success' ? ['--seeds', seeds] : [];

function start(args) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', () => undefined);
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
  return { child, ended, begun: performance.now() };
}

async function timed(args) {
  const begun = performance.now();
  const { code, said } = await start(args).ended;
  if (code !== 0) throw new Error(`${args.join(' ')}: exit code ${code}\n${said}`);
  return (performance.now() - begun) / 1000;
}

const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = server.address();
    server.close(() => resolve(free));
  });
});
const url = `redis://127.0.0.1:${port}`;
let redis;
async function startRedis() {
  redis = spawn(
    'redis-server',
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--appendonly', 'yes', '--maxmemory-policy', 'noeviction'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await new Promise((resolve) => {
    redis.stdout.on('data', (chunk) => String(chunk).includes('Ready to accept') && resolve());
  });
}
async function stopRedis(signal) {
  const ended = new Promise((resolve) => redis.on('exit', resolve));
  redis.kill(signal);
  await ended;
}

const same = (output) =>
  readdirSync(path.join(folder, 'local')).every(
    (name) =>
      existsSync(path.join(folder, output, name)) &&
      readFileSync(path.join(folder, output, name)).equals(
        readFileSync(path.join(folder, 'local', name)),
      ),
  );
const lines = (output) => {
  const file = path.join(folder, output, `${study}.jsonl`);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 2 : 0;
};

const one = ['study', study, ...options, '--threads', '1'];
const localSeconds = await timed([...one, '-o', 'local']);
const points = lines('local');

await startRedis();
const worker = () => start(['worker', '--queue', url, '--threads', '1']);
// One worker and nothing amiss, for what a job costs.
const alone = worker();
const aloneSeconds = await timed([...one, '-o', 'alone', '--queue', url]);
alone.child.kill('SIGTERM');
await alone.ended;
spawnSync(process.execPath, [program, 'queue', 'cancel', '--queue', url]);

const workers = Array.from({ length: Number(workerCount) }, worker);
const first = start([...one, '-o', 'first', '--queue', url]);
const second = start([...one, '-o', 'second', '--queue', url]);
let killed = 0;
const events = [];
for (let event = 1; event <= Number(kills) + 3; event++) {
  const goal = Math.floor((points * event) / (Number(kills) + 5));
  while (lines('first') < goal && first.child.exitCode === null) await wait(50);
  if (event === 3) {
    events.push('server stopped for 25 s');
    await stopRedis('SIGTERM');
    await wait(25_000);
    await startRedis();
  } else if (event === 6) {
    events.push('server killed, its log cut');
    await stopRedis('SIGKILL');
    const log = path.join(folder, 'appendonlydir');
    const last = readdirSync(log).find((name) => name.endsWith('.incr.aof'));
    const file = path.join(log, last);
    truncateSync(file, Math.max(0, statSync(file).size - 20_000));
    await startRedis();
  } else if (event === 8) {
    events.push('server wiped');
    spawnSync('redis-cli', ['-p', String(port), 'flushall']);
  } else {
    const index = Math.floor(Math.random() * workers.length);
    workers[index].child.kill('SIGKILL');
    killed++;
    workers[index] = worker();
  }
}
const ends = await Promise.all([first.ended, second.ended]);
for (const { child } of workers) child.kill('SIGTERM');
await Promise.all(workers.map(({ ended }) => ended));
await stopRedis('SIGTERM');

for (const shard of ['1/3', '2/3', '3/3']) await timed([...one, '-o', 'shards', '--shard', shard]);
await timed([...one, '-o', 'merged', '--merge', 'shards']);

console.log(
  JSON.stringify(
    {
      study,
      points,
      workersKilled: killed,
      events,
      sameFiles: {
        oneWorker: same('alone'),
        first: same('first'),
        second: same('second'),
        shards: same('merged'),
      },
      summaries: ends.map(({ said }) => said.trim().split('\n').at(-1)),
      seconds: { local: +localSeconds.toFixed(1), oneWorker: +aloneSeconds.toFixed(1) },
      oneWorkerAgainstLocal: +(aloneSeconds / localSeconds).toFixed(3),
    },
    null,
    2,
  ),
);
process.exit(ends.every(({ code }) => code === 0) && same('first') && same('second') ? 0 : 1);
