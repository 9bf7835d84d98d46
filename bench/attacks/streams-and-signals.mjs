/** Streams that cannot be written, and signals at every moment. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { at, folder, judge, LONGEST_MILLISECONDS, program } from './command.mjs';
import { digits, find, PRINTING, REFUSED } from './lines.mjs';

/** stdout and stderr that are full, closed, or have no reader. */
export function streams() {
  const shell = (args, redirection) => {
    const line = `{ until [ -e "$GONE" ]; do sleep 0.01; done; "$@" ${redirection}; echo $? > "$CODE"; } | { exec <&-; : > "$GONE"; }`;
    const own = fs.mkdtempSync(path.join(os.tmpdir(), 'unearth-stream-'));
    const env = { ...process.env, GONE: path.join(own, 'gone'), CODE: path.join(own, 'code') };
    const words = ['-c', line, 'sh', process.execPath, program, ...args];
    const { stderr } = spawnSync('sh', words, {
      cwd: folder,
      encoding: 'utf8',
      env,
      timeout: LONGEST_MILLISECONDS,
    });
    const code = Number(fs.readFileSync(env.CODE, 'utf8'));
    fs.rmSync(own, { recursive: true });
    return { code, stderr };
  };
  const check = (args, redirection, expected) => {
    const { code, stderr } = shell(args, redirection);
    const trace = /\n\s+at |internal error|EPIPE/.test(stderr);
    const wrong = code !== expected ? `exit code ${code}, not ${expected}` : trace ? stderr : null;
    judge(`${args.join(' ')} ${redirection} | true`, wrong);
  };
  for (const [args, code] of PRINTING) {
    check(args, '', code);
    check(args, '2>&1', code);
    check(args, '2>/dev/full', code);
    check(args, '>/dev/full', 2);
    check(args, '>/dev/full 2>&1', 2);
    check(args, '>&-', code);
  }
  for (const args of REFUSED) {
    for (const redirection of [
      '',
      '2>&1',
      '2>/dev/full',
      '>/dev/full',
      '>/dev/full 2>&1',
      '2>&-',
    ]) {
      check(args, redirection, 2);
    }
  }
}

/** Signals at every moment, one or several, of every kind. */
export async function signals() {
  const line = Array.from({ length: 64 }, (_, index) => index / 64).join(',');
  fs.writeFileSync(at('many.csv'), `${line}\n`.repeat(100_000));
  const long = [
    [...find.slice(0, 2), '--construction', 'diamond', '-o', 'out.ticket'],
    ['run', 'four.ticket', '--input', 'many.csv', '--engine', 'exact', '--output', 'out.csv'],
    [
      'search',
      'digits',
      '--shape',
      '64-600-600-10',
      '--epochs',
      '99',
      '-o',
      'out.ticket',
      '--log',
      'out.jsonl',
      '--figure',
      'out.svg',
    ],
    [
      'compare',
      digits,
      '--epsilon',
      '0.0001',
      '--domain',
      'box:0,1',
      '--csv',
      'out.csv',
      '--html',
      'out.html',
      '--tickets',
      'sub',
    ],
    ['study', 'success', '-o', 'sub', '--seeds', '10000'],
    ['attack', 'four.ticket', '--model', digits, '--evaluations', '100000000'],
  ];
  for (const args of long) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      for (let round = 0; round < 14; round++) {
        // Steps through the start and the work; then the second signal comes ever later.
        const first = 60 + 90 * round;
        const second = round % 2 === 0 ? null : [0, 5, 20, 50, 90][((round - 1) / 2) % 5];
        await interrupt(
          [...args, ...(args[0] === 'attack' ? [] : ['--force'])],
          signal,
          first,
          second,
        );
      }
    }
  }
}

/** Interrupts a command `first` milliseconds after its start, and again `second` later. */
async function interrupt(args, signal, first, second) {
  const before = fs.readdirSync(folder, { recursive: true });
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await Promise.race([ended, sleep(first)]);
  child.kill(signal);
  if (second !== null) {
    await sleep(second);
    child.kill(signal);
  }
  const since = performance.now();
  const code = (await ended) ?? 128 + os.constants.signals[child.signalCode];
  const seconds = (performance.now() - since) / 1000;
  const expected = 128 + os.constants.signals[signal];
  const left = fs.readdirSync(folder, { recursive: true }).filter((name) => !before.includes(name));
  const kept = left.filter((name) => !/(out\.checkpoint|success\.jsonl|out\.jsonl)$/.test(name));
  const wrong =
    code !== expected && code !== 0
      ? `exit code ${code}, not ${expected}: ${stderr}`
      : code === expected && kept.length > 0
        ? `it leaves ${kept.join(', ')}`
        : /\n\s+at |internal error/.test(stderr)
          ? stderr
          : seconds > 3
            ? `it took ${seconds.toFixed(1)} s`
            : null;
  judge(`${args.slice(0, 4).join(' ')}, ${signal} after ${first} ms and ${second} ms`, wrong);
  for (const name of left) fs.rmSync(at(name), { recursive: true, force: true });
}
