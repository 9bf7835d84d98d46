/** One folder to attack in, the command line in it, and the judgement of what it does. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const program = path.join(root, 'dist/cli/main.js');
export const LONGEST_MILLISECONDS = 20_000;
/** A user without rights, to meet folders that cannot be read or written; root meets none. */
export const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

export const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'unearth-attacks-'));
export const at = (...names) => path.join(folder, ...names);
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

export const outcome = { tried: 0, shortfalls: 0 };

/** Notes what is wrong with the outcome of a command line; `null` is right. */
export function judge(what, wrong) {
  outcome.tried++;
  if (wrong === null) return;
  outcome.shortfalls++;
  process.stdout.write(`FALLS SHORT  ${what}: ${wrong}\n`);
}

export function unearth(args, options = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(
    process.execPath,
    [program, ...args],
    {
      cwd: folder,
      encoding: 'utf8',
      timeout: LONGEST_MILLISECONDS,
      killSignal: 'SIGKILL',
      ...options,
    },
  );
  return { status, signal, stdout, stderr, timedOut: error?.code === 'ETIMEDOUT' };
}

export function mustWork(args) {
  const { status, stderr } = unearth(args);
  if (status !== 0) throw new Error(`${args.join(' ')}: ${status}: ${stderr}`);
}

/** Every file with its content and time, so that nothing can change unseen. */
function contents() {
  const names = fs.readdirSync(folder, { recursive: true }).sort();
  return names.map((name) => {
    const status = fs.lstatSync(at(name));
    const held = status.isFile() ? fs.readFileSync(at(name)).toString('base64') : '';
    return `${name} ${status.mode} ${status.isFile() ? status.mtimeMs : ''} ${held}`;
  });
}

function difference(before, after) {
  const changed = [...before, ...after].find(
    (one) => !before.includes(one) || !after.includes(one),
  );
  return changed === undefined ? null : `the folder has changed: ${changed.slice(0, 80)}`;
}

/** What is wrong with a refusal: it is exit code 2, one line that matches, at once, and no trace. */
function refusalOf({ status, stdout, stderr, timedOut }, before, message = /./) {
  if (timedOut) return 'it does not end';
  if (status !== 2) return `exit code ${status}: ${stderr.slice(0, 200)}`;
  if (stdout !== '') return `it prints ${stdout.slice(0, 80)}`;
  if (!/^error: [^\n]+\n$/.test(stderr)) return `not one line: ${stderr.slice(0, 200)}`;
  if (/\n\s+at |internal error/.test(stderr)) return `a stack: ${stderr.slice(0, 200)}`;
  if (!message.test(stderr)) return `another reason: ${stderr}`;
  return difference(before, contents());
}

export function expectRefused(args, message, options) {
  const before = contents();
  judge(args.join(' '), refusalOf(unearth(args, options), before, message));
}
