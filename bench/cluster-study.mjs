/**
 * A whole study over a queue. First with one worker: what a job costs in processor time, of all processes
 * together, beyond a local run. Then an outage of the server while the worker is idle, which takes up again.
 * Then while processes are killed: `kill -9` of workers at random, the server stopped for 25 s, killed with the
 * end of its log lost, and wiped, two coordinators; then the same in three shards. All files have to be those
 * of a local run. Needs Linux, the build, redis-server, bullmq and ioredis. Usage:
 * node bench/cluster-study.mjs [seeds] [workers] [kills] [study] (1000 2 8 success); 0 kills: only the first. Of
 * universality the first number is that of targets: two runs of other sizes tell what a job costs besides the start
 * of processes.
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
const sized = { success: ['--seeds', seeds], universality: ['--targets', seeds] };
const options = sized[study] ?? [];

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
  return { child, ended, said: () => said };
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

/** Ticks of the processor, a hundredth of a second each. */
function ticksIn(pid, ...fields) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const parts = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.reduce((sum, field) => sum + Number(parts[field - 3]), 0);
}
const own = (pid) => ticksIn(pid, 14, 15) / 100;
/** Of children that have ended. */
const ended = () => ticksIn('self', 16, 17) / 100;

async function measured(args, ...servers) {
  const before = servers.map(own);
  const children = ended();
  const seconds = await timed(args);
  const served = servers.map((pid, index) => own(pid) - before[index]);
  return { seconds, command: ended() - children, served };
}
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

const one = ['study', study, ...options, '--threads', '1'];
const local = await measured([...one, '-o', 'local']);
const points = lines('local');

await startRedis();
const worker = () => start(['worker', '--queue', url, '--threads', '1']);
// One worker and nothing amiss, for what a job costs.
const alone = worker();
while (!alone.said().includes('worker ')) await wait(50);
const single = await measured([...one, '-o', 'alone', '--queue', url], alone.child.pid, redis.pid);
const overhead = (single.command + sum(single.served) - local.command) / points;
spawnSync(process.execPath, [program, 'queue', 'cancel', '--queue', url]);
// Again, with processes that are warm, but for the command itself.
const again = await measured([...one, '-o', 'again', '--queue', url], alone.child.pid, redis.pid);
spawnSync(process.execPath, [program, 'queue', 'cancel', '--queue', url]);
if (Number(kills) > 0) {
  await stopRedis('SIGTERM');
  await wait(25_000);
  await startRedis();
  await timed([...one, '-o', 'after', '--queue', url]);
}
alone.child.kill('SIGTERM');
const aloneEnd = await alone.ended;
spawnSync(process.execPath, [program, 'queue', 'cancel', '--queue', url]);

const costs = {
  points,
  seconds: { local: +local.seconds.toFixed(2), oneWorker: +single.seconds.toFixed(2) },
  oneWorkerAgainstLocal: +(single.seconds / local.seconds).toFixed(3),
  processorSeconds: {
    local: local.command,
    command: +single.command.toFixed(2),
    worker: +single.served[0].toFixed(2),
    server: +single.served[1].toFixed(2),
  },
  overheadMillisecondsAJob: +(1000 * overhead).toFixed(2),
  warm: {
    seconds: +again.seconds.toFixed(2),
    command: +again.command.toFixed(2),
    worker: +again.served[0].toFixed(2),
    server: +again.served[1].toFixed(2),
  },
};
if (Number(kills) === 0) {
  console.log(JSON.stringify({ study, ...costs, same: same('alone') && same('again') }, null, 2));
  await stopRedis('SIGTERM');
  process.exit(same('alone') && same('again') ? 0 : 1);
}

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
      ...costs,
      idleWorkerSaid: aloneEnd.said.trim().split('\n'),
      workersKilled: killed,
      events,
      sameFiles: {
        oneWorker: same('alone'),
        afterIdleOutage: same('after'),
        first: same('first'),
        second: same('second'),
        shards: same('merged'),
      },
      summaries: ends.map(({ said }) => said.trim().split('\n').at(-1)),
    },
    null,
    2,
  ),
);
const files = ['alone', 'again', 'after', 'first', 'second', 'merged'];
process.exit(ends.every(({ code }) => code === 0) && files.every(same) ? 0 : 1);
