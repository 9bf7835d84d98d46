/**
 * A lock between two set-ups of one checkout (two terminals, or `npm start` beside `npm test`): npm
 * empties `node_modules` while it installs, so they must not overlap. The lock file lies in the
 * temporary folder because everything inside the checkout may be replaced.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const pollMilliseconds = 200;
/** No set-up takes longer: an older lock was left by a process that was killed. */
const staleMilliseconds = 15 * 60 * 1000;

function tryCreate(file) {
  try {
    const handle = openSync(file, 'wx');
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function isStale(file) {
  try {
    const age = Date.now() - statSync(file).mtimeMs;
    const holder = Number(readFileSync(file, 'utf8'));
    // A lock without a number is being written at this moment, unless it stays so.
    if (!Number.isInteger(holder) || holder <= 0) return age > 5000;
    return age > staleMilliseconds || !isAlive(holder);
  } catch {
    return false;
  }
}

/** Runs `work` while holding the lock of the checkout at `root`; waits for another holder. */
export function withLock(root, say, work) {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const file = path.join(tmpdir(), `unearth-setup-${name}.lock`);
  let told = false;
  while (!tryCreate(file)) {
    if (isStale(file)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) say('waiting for another set-up of this checkout to end');
    told = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pollMilliseconds);
  }
  try {
    return work();
  } finally {
    rmSync(file, { force: true });
  }
}
