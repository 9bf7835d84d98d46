/** Searches that are stopped and go on, and others who write in the same folder. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeCheckpoint } from '../../dist/search/checkpoint.js';
import { at, expectRefused, folder, judge, mustWork, program, unearth } from './command.mjs';
import { find, run } from './lines.mjs';

/** A search that is stopped anywhere goes on to the same bits. */
export async function resume() {
  const args = ['search', 'digits', '--shape', '64-80-10', '--epochs', '30', '--batch', '32'];
  mustWork([...args, '-o', 'straight.ticket', '--log', 'straight.jsonl']);
  const straight = fs.readFileSync(at('straight.ticket'));
  const epochs = (file) =>
    fs
      .readFileSync(at(file), 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text).epoch)
      .filter(Boolean)
      .join();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL']) {
    for (let round = 0; round < 4; round++) {
      for (const name of ['r.ticket', 'r.checkpoint', 'r.jsonl'])
        fs.rmSync(at(name), { force: true });
      let next = [...args, '-o', 'r.ticket', '--log', 'r.jsonl'];
      for (let stops = 0; stops < 40 && !fs.existsSync(at('r.ticket')); stops++) {
        const child = spawn(process.execPath, [program, ...next], {
          cwd: folder,
          stdio: 'ignore',
        });
        const ended = new Promise((resolve) => child.on('exit', resolve));
        await Promise.race([ended, sleep(700 + 150 * round)]);
        child.kill(signal);
        await ended;
        if (fs.existsSync(at('r.checkpoint'))) {
          next = [
            'search',
            'digits',
            '--resume',
            'r.checkpoint',
            '-o',
            'r.ticket',
            '--log',
            'r.jsonl',
          ];
        } else if (signal === 'SIGKILL') {
          for (const name of fs.readdirSync(folder))
            if (name.endsWith('.part')) fs.rmSync(at(name));
          fs.rmSync(at('r.jsonl'), { force: true });
        }
      }
      if (!fs.existsSync(at('r.ticket'))) unearth(next, { timeout: 120_000 });
      const isSame =
        fs.existsSync(at('r.ticket')) && straight.equals(fs.readFileSync(at('r.ticket')));
      const log = isSame && epochs('r.jsonl') === epochs('straight.jsonl');
      judge(
        `search, ${signal}, round ${round}`,
        isSame ? (log ? null : 'another log') : 'other bits',
      );
      for (const name of fs.readdirSync(folder)) if (name.endsWith('.part')) fs.rmSync(at(name));
    }
  }
  // A step that takes long is not waited for.
  const slow = [
    'search',
    'digits',
    '--shape',
    '64-3000-3000-10',
    '--batch',
    '1000',
    '--epochs',
    '3',
    '-o',
    'slow.ticket',
  ];
  for (const wait of [2500, 4000, 6000]) {
    const child = spawn(process.execPath, [program, ...slow, '--force'], {
      cwd: folder,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    await sleep(wait);
    const before = performance.now();
    child.kill('SIGINT');
    const code = await ended;
    const seconds = (performance.now() - before) / 1000;
    const file = at('slow.checkpoint');
    const isThere = fs.existsSync(file) && decodeCheckpoint(fs.readFileSync(file)).state.epoch >= 0;
    // The machine may be busy with other things: a second is what it takes on an idle one.
    judge(
      `${slow.join(' ')}, stopped after ${wait} ms`,
      code !== 130
        ? `exit code ${code}`
        : !isThere
          ? 'no checkpoint'
          : seconds > 3
            ? `${seconds.toFixed(1)} s`
            : null,
    );
  }
}

/** Others who write in the same folder, and what other runs left there. */
export async function others() {
  for (const appear of [
    (name) => fs.writeFileSync(name, 'of another'),
    (name) => fs.symlinkSync('foreign', name),
    (name) => fs.mkdirSync(name),
  ]) {
    for (const args of [find, run]) {
      const child = spawn(
        process.execPath,
        [program, ...args, '-o', 'late'].map((word) =>
          word === '-o' && args === run ? '--output' : word,
        ),
        { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let stderr = '';
      child.stderr.on('data', (text) => {
        stderr += text;
      });
      const ended = new Promise((resolve) => child.on('close', resolve));
      while (
        !fs.readdirSync(folder).some((name) => name.endsWith('.part')) &&
        child.exitCode === null
      ) {
        await sleep(1);
      }
      // Every temporary name is exchanged for a link to a file of the user's, too.
      appear(at('late'));
      const code = await ended;
      const held = fs.lstatSync(at('late'));
      const isKept =
        held.isDirectory() ||
        held.isSymbolicLink() ||
        fs.readFileSync(at('late'), 'utf8') === 'of another';
      judge(
        `${args[0]}, a file appears`,
        code !== 2
          ? `exit code ${code}`
          : !isKept
            ? 'it was replaced'
            : /^error: late: [^\n]+\n$/m.test(stderr)
              ? null
              : stderr,
      );
      fs.rmSync(at('late'), { recursive: true });
    }
  }
  for (const plant of [fs.symlinkSync, fs.linkSync]) {
    const child = spawn(process.execPath, [program, ...find, '-o', 'late'], {
      cwd: folder,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    let planted = false;
    while (!planted && child.exitCode === null) {
      const name = fs.readdirSync(folder).find((each) => each.endsWith('.part'));
      if (name !== undefined) {
        fs.rmSync(at(name));
        plant(at('foreign'), at(name));
        planted = true;
      } else await sleep(1);
    }
    const code = await ended;
    const isKept = fs.readFileSync(at('foreign'), 'utf8') === 'mine\n';
    judge(
      'find, a link is planted',
      !isKept ? 'it was followed' : code !== 2 ? `exit code ${code}` : null,
    );
  }
  // A checkpoint and a log of an earlier search.
  const args = ['search', 'digits', '--shape', '64-80-10', '--epochs', '200'];
  const child = spawn(process.execPath, [program, ...args, '--log', 'own.jsonl'], {
    cwd: folder,
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  while (!fs.existsSync(at('digits.checkpoint')) && child.exitCode === null) await sleep(5);
  child.kill('SIGINT');
  await ended;
  expectRefused(args, /--resume digits\.checkpoint.*--force/);
  expectRefused(
    ['search', 'digits', '--resume', 'digits.checkpoint', '--log', 'foreign'],
    /not the log of a search/,
  );
  expectRefused(['search', 'digits', '--resume', 'digits.checkpoint', '--log', 'link'], /./);
  expectRefused(
    ['search', 'digits', '--resume', 'digits.checkpoint', '-o', 'digits.checkpoint'],
    /one file/,
  );
  expectRefused([...args, '-o', 'z.ticket', '--log', 'own.jsonl'], /own\.jsonl: it exists/);
  fs.rmSync(at('digits.checkpoint'));
}
