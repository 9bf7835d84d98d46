/** Searches that are stopped and go on, and others who write in the same folder. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeCheckpoint } from '../../dist/search/checkpoint.js';
import { at, expectRefused, folder, judge, mustWork, program, unearth } from './command.mjs';
import { find, run } from './lines.mjs';

function begin(args) {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: 'ignore' });
  return { child, ended: new Promise((resolve) => child.on('exit', resolve)) };
}

const linesOf = (file) =>
  fs.existsSync(at(file)) ? fs.readFileSync(at(file), 'utf8').split('\n').slice(0, -1) : [];
const epochsOf = (file) =>
  linesOf(file)
    .map((text) => JSON.parse(text).epoch)
    .filter(Boolean)
    .join();

/** Waits until the log has so many lines more, or the command has ended. */
async function untilLogged(child, log, more) {
  const before = linesOf(log).length;
  while (child.exitCode === null && linesOf(log).length < before + more) await sleep(2);
}

function clear(...names) {
  for (const name of names) fs.rmSync(at(name), { force: true });
  for (const name of fs.readdirSync(folder)) if (name.endsWith('.part')) fs.rmSync(at(name));
}

/** A search that is stopped anywhere goes on to the same bits, and to the same log. */
export async function resume() {
  const args = ['search', 'digits', '--shape', '64-80-10', '--epochs', '12', '--batch', '32'];
  const outputs = ['-o', 'r.ticket', '--log', 'r.jsonl'];
  mustWork([...args, '-o', 'straight.ticket', '--log', 'straight.jsonl']);
  const straight = fs.readFileSync(at('straight.ticket'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL']) {
    for (let round = 0; round < 3; round++) {
      clear('r.ticket', 'r.checkpoint', 'r.jsonl');
      let next = [...args, ...outputs];
      for (let stop = 0; stop < 5; stop++) {
        const { child, ended } = begin(next);
        // In the midst of an epoch; for a kill, after one has been saved.
        await untilLogged(child, 'r.jsonl', signal === 'SIGKILL' ? 3 : 1 + (stop % 2));
        await sleep(13 * stop + 7 * round);
        child.kill(signal);
        await ended;
        if (!fs.existsSync(at('r.checkpoint'))) break;
        next = ['search', 'digits', '--resume', 'r.checkpoint', ...outputs];
      }
      const { status, stderr } = fs.existsSync(at('r.ticket'))
        ? { status: 0, stderr: '' }
        : unearth(next, { timeout: 300_000 });
      const wrong =
        status !== 0
          ? `exit code ${status}: ${stderr}`
          : !straight.equals(fs.readFileSync(at('r.ticket')))
            ? 'other bits'
            : epochsOf('r.jsonl') !== epochsOf('straight.jsonl')
              ? `another log: ${epochsOf('r.jsonl')}`
              : null;
      judge(`search, ${signal}, round ${round}`, wrong);
    }
  }
  clear();
}

/** A step that takes long is not waited for. */
export async function steps() {
  const shape = ['--shape', '64-3000-3000-10', '--batch', '1000', '--epochs', '3'];
  const args = ['search', 'digits', ...shape, '-o', 'slow.ticket', '--log', 'slow.jsonl'];
  for (const wait of [0, 300, 1000, 3000, 6000]) {
    clear('slow.ticket', 'slow.checkpoint', 'slow.jsonl');
    const { child, ended } = begin(args);
    await untilLogged(child, 'slow.jsonl', 1);
    await sleep(wait);
    const before = performance.now();
    child.kill('SIGINT');
    const code = await ended;
    const seconds = (performance.now() - before) / 1000;
    const file = at('slow.checkpoint');
    const isThere = fs.existsSync(file) && decodeCheckpoint(fs.readFileSync(file)).state.epoch >= 0;
    process.stdout.write(`  a step under way: ended ${seconds.toFixed(2)} s after the signal\n`);
    // The machine may be busy with other things: a second is what it takes on an idle one.
    const wrong =
      code !== 130
        ? `exit code ${code}`
        : !isThere
          ? 'no checkpoint'
          : seconds > 5
            ? `${seconds.toFixed(1)} s`
            : null;
    judge(`${args.join(' ')}, ${wait} ms after it began`, wrong);
  }
  clear('slow.checkpoint', 'slow.jsonl');
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
