/**
 * Gives hostile files to every command that takes such a file, and says what falls short: more than
 * 2 GB of memory, more than 20 seconds, an abort or an internal error, anything left behind.
 *
 *   node bench/hostile/run.mjs [--kind tickets|onnx|nnet|domains|samples|architectures|others] [--only NAME,NAME]
 *                              [--command find|verify|..] [--quick] [--json]
 *
 * No command is excused: what takes longer must refuse the file, and name the limit. Files of more than a
 * megabyte may take their time for each megabyte more, but not more memory.
 *
 * Memory is the peak resident memory of the process (`process.resourceUsage`, or `/proc` while it runs
 * where it does not come to its end); time is the lesser of wall and processor time, so that a busy
 * machine fails nothing. `--quick` runs each file with the first of its commands.
 */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ARCHITECTURES } from './architectures.mjs';
import { SAMPLES } from './data.mjs';
import { DOMAINS, NNET, ONNX } from './models.mjs';
import { OTHERS } from './others.mjs';
import { TICKETS } from './tickets.mjs';

const MOST_BYTES = 2 ** 31;
/** Of processor time, for files of up to a megabyte, and for each megabyte more. */
const MOST_SECONDS = 20;
const SECONDS_PER_MEGABYTE = 0.5;
/** Beyond what it may take; then it is killed. A busy machine may take this much time for it. */
const PATIENCE_SECONDS = 5;
const PATIENCE_WALL_SECONDS = 600;

function mostSeconds(fileBytes) {
  return MOST_SECONDS + SECONDS_PER_MEGABYTE * Math.max(0, fileBytes / 2 ** 20 - 1);
}

const here = path.dirname(fileURLToPath(import.meta.url));
const program = path.join(here, '../../dist/cli/main.js');
const { values: flags } = parseArgs({
  options: {
    kind: { type: 'string' },
    only: { type: 'string' },
    command: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const root = mkdtempSync(path.join(tmpdir(), 'unearth-hostile-'));
const inputs = path.join(root, 'in');
const outputs = path.join(root, 'out');
const report = path.join(root, 'peak.json');
mkdirSync(inputs);
process.on('exit', () => rmSync(root, { recursive: true, force: true }));
/** The command that runs. */
let running;
for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1 })) {
  process.on(signal, () => {
    if (running === undefined) process.exit(128 + number);
    // Only when it is gone: it could write into the folder while that is removed.
    running.once('close', () => process.exit(128 + number));
    running.kill('SIGKILL');
  });
}

/** A network that nothing is wrong with, for commands that take a second file. */
const GOOD = path.join(inputs, 'good.nnet');
const TICKET = path.join(inputs, 'good.ticket');
const ROWS = path.join(inputs, 'good.csv');
/** Samples of one number: most hostile tickets have one input. */
const COLUMN = path.join(inputs, 'column.csv');
const LABELS = path.join(inputs, 'labels.csv');

/** Commands for a kind of file, the telling ones first. */
const COMMANDS = {
  tickets: (file) => [
    ['verify', file],
    ['inspect', file],
    ['run', file, '--input', COLUMN, '--engine', 'float'],
    ['run', file, '--input', COLUMN, '--engine', 'fast'],
    ['run', file, '--input', COLUMN, '--engine', 'exact'],
    ['run', file, '--input', COLUMN, '--engine', 'folded'],
    ['run', file, '--input', COLUMN, '--engine', 'exact', '--json'],
    ['export', file, '-o', 'out.onnx'],
    ['export', file, '--full', '-o', 'full.safetensors'],
    ['export', file, '--folded', '-o', 'folded.onnx'],
    ['attack', file, '--model', GOOD],
    ['classes', file, '--model', GOOD, '--box', 'box:0,1'],
    ['study', 'figures', '--ticket', file, '-o', 'figures'],
  ],
  models: (file) => [
    ['inspect', file],
    ['find', file, '--domain', 'box:0,1', '-o', 'found.ticket'],
    ['plan', file, '--domain', 'box:0,1'],
    ['compare', file, '--domain', 'box:0,1', '--epsilon', '0.1'],
    ['verify', TICKET, '--model', file],
    ['attack', TICKET, '--model', file],
    ['classes', TICKET, '--model', file, '--box', 'box:0,1'],
  ],
  domains: (file) => [
    ['find', GOOD, '--domain', file, '-o', 'found.ticket'],
    ['plan', GOOD, '--domain', file],
    ['attack', TICKET, '--model', GOOD, '--domain', file],
    ['classes', TICKET, '--model', GOOD, '--box', file],
  ],
  samples: (file) => [
    ['run', TICKET, '--input', file, '--output', 'out.csv'],
    ['run', TICKET, '--input', ROWS, '--labels', file],
    ['classes', TICKET, '--model', GOOD, '--data', file],
    ['classes', TICKET, '--model', GOOD, '--data', ROWS, '--labels', file],
    ['search', file, '--labels', LABELS, '--shape', '2-4-2', '--epochs', '1', '-o', 'a.ticket'],
    ['search', ROWS, '--labels', file, '--shape', '2-4-2', '--epochs', '1', '-o', 'a.ticket'],
  ],
  architectures: (file) => [['plan', '--shape', file, '--bits', '8']],
  others: (file) => [
    ['find', GOOD, '--source', file, '-o', 'found.ticket'],
    ['search', '--resume', file],
    ['search', ROWS, '--labels', LABELS, '--shape', '2-4-2', '--resume', file],
    ['inspect', file],
  ],
};

const KINDS = {
  tickets: { files: TICKETS, commands: COMMANDS.tickets },
  onnx: { files: ONNX, commands: COMMANDS.models },
  nnet: { files: NNET, commands: COMMANDS.models },
  domains: { files: DOMAINS, commands: COMMANDS.domains },
  samples: { files: SAMPLES, commands: COMMANDS.samples },
  architectures: { files: ARCHITECTURES, commands: COMMANDS.architectures },
  others: { files: OTHERS, commands: COMMANDS.others },
};

/** Peak memory of a process that still runs, where the system tells it. */
function peakOf(pid) {
  try {
    const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(kilobytes) * 1024;
  } catch {
    return 0;
  }
}

/** Seconds of processor time of a process that still runs, where the system tells it. */
function secondsOf(pid) {
  try {
    const [, fields] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    const [user, system] = fields.split(' ').slice(11, 13).map(Number);
    return (user + system) / 100;
  } catch {
    return 0;
  }
}

/** Runs the command on a file of that size in a folder of its own. */
function observe(args, fileBytes = 0) {
  const most = mostSeconds(fileBytes);
  rmSync(outputs, { recursive: true, force: true });
  mkdirSync(outputs);
  rmSync(report, { force: true });
  return new Promise((resolve) => {
    const start = performance.now();
    const watcher = path.join(here, 'peak.mjs');
    const child = spawn(process.execPath, ['--import', watcher, program, ...args], {
      cwd: outputs,
      env: { ...process.env, UNEARTH_PEAK_FILE: report },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running = child;
    let messages = '';
    child.stderr.on('data', (data) => {
      if (messages.length < 100_000) messages += data;
    });
    let peak = 0;
    let used = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, peakOf(child.pid));
      used = Math.max(used, secondsOf(child.pid));
      const wall = (performance.now() - start) / 1000;
      if (used > most + PATIENCE_SECONDS || wall > PATIENCE_WALL_SECONDS) child.kill('SIGKILL');
    }, 20);
    child.on('close', (code, signal) => {
      clearInterval(watch);
      running = undefined;
      const wall = (performance.now() - start) / 1000;
      const own = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
      resolve({
        code: code ?? signal,
        most,
        seconds: Math.min(wall, Math.max(used, own.cpuSeconds ?? 0) || wall),
        bytes: Math.max(peak, own.bytes ?? 0),
        message:
          messages
            .trim()
            .split('\n')
            .filter((line) => !line.startsWith('note:'))
            .at(-1) ?? '',
        left: readdirSync(outputs),
      });
    });
  });
}

/** What is wrong with an outcome. */
function faultsOf({ code, seconds, bytes, left, most }) {
  const faults = [];
  if (![0, 1, 2].includes(code)) faults.push(`ended with ${code}`);
  if (bytes > MOST_BYTES) faults.push('more than 2 GB');
  if (seconds > most) faults.push(`more than ${most.toFixed(0)} s`);
  const partial = left.filter((name) => name.startsWith('.') || (code !== 0 && name !== 'figures'));
  // A search that was not refused leaves its checkpoint where it was asked to.
  if (partial.length > 0) faults.push(`left ${partial.join(', ')}`);
  return faults;
}

async function prepare() {
  writeFileSync(
    GOOD,
    '2,2,1,2,\n2,2,1,\n0,\n0,0,\n1,1,\n0,0,0,\n1,1,1,\n0.5,0.25,\n-1,0.75,\n0.5,\n0,\n1,-1,\n0.125,\n',
  );
  writeFileSync(ROWS, '0,0\n0.5,0.5\n1,1\n');
  writeFileSync(COLUMN, '0\n0.5\n1\n');
  writeFileSync(LABELS, '0\n1\n0\n');
  const { code, message } = await observe(['find', GOOD, '-o', TICKET]);
  if (code !== 0) throw new Error(`the good network was not found: ${message}`);
  truncateTo('sparse.bin', 2 ** 30);
  truncateTo('part.bin', 2 ** 26 + 1024);
  for (let index = 0; index < 12; index++) truncateTo(`part${index}.bin`, 2 ** 26);
}

/** A sparse file: it has a size and takes no room. */
function truncateTo(name, size) {
  const file = path.join(inputs, name);
  writeFileSync(file, '');
  truncateSync(file, size);
}

const wanted = flags.only?.split(',');
const rows = [];
function tell(row) {
  rows.push(row);
  if (flags.json) return;
  const { file, fileBytes, command, code, seconds, bytes, message, faults } = row;
  const numbers = `${String(code).padStart(3)} ${seconds.toFixed(1).padStart(5)} s ${(bytes / 2 ** 20).toFixed(0).padStart(5)} MB`;
  const short = faults.length > 0 ? `FALLS SHORT: ${faults.join('; ')}: ` : '';
  console.log(`${numbers}  ${file} (${fileBytes} B)  ${command}  ${short}${message.slice(0, 160)}`);
}

await prepare();
for (const [kind, { files, commands }] of Object.entries(KINDS)) {
  if (flags.kind !== undefined && flags.kind !== kind) continue;
  for (const [name, make] of Object.entries(files)) {
    if (wanted !== undefined && !wanted.some((part) => name.includes(part))) continue;
    const file = path.join(
      inputs,
      name.includes('.') || kind !== 'tickets' ? name : `${name}.ticket`,
    );
    const content = make();
    writeFileSync(file, content);
    const fileBytes = Buffer.byteLength(content);
    const all = commands(file).filter(
      ([name]) => flags.command === undefined || name === flags.command,
    );
    for (const args of flags.quick ? all.slice(0, 1) : all) {
      const outcome = await observe(args, fileBytes);
      const command = args.map((word) => path.basename(word)).join(' ');
      tell({ kind, file: name, fileBytes, command, ...outcome, faults: faultsOf(outcome) });
    }
    rmSync(file);
  }
}
const short = rows.filter(({ faults }) => faults.length > 0);
if (flags.json) console.log(JSON.stringify(rows));
else {
  console.log(`\n${rows.length} runs; ${short.length} fall short`);
  for (const { file, command, faults } of short)
    console.log(`  ${file}: ${command}: ${faults.join('; ')}`);
}
process.exitCode = short.length === 0 ? 0 : 1;
