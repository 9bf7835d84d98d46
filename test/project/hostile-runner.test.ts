/** The runner of hostile files removes its folder at every signal that ends it, with its child gone. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';

const runner = path.resolve('bench/hostile/run.mjs');

describe.skipIf(process.platform === 'win32')('the runner of hostile files', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('leaves nothing behind at %s', async (signal, code) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'unearth-runner-'));
    try {
      const child = spawn(process.execPath, [runner, '--kind', 'domains', '--quick'], {
        env: { ...process.env, TMPDIR: folder },
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.on('close', resolve));
      // Its folder is there, and in it the one in which the first command runs.
      const runs = (): boolean => {
        const [root] = readdirSync(folder);
        return root !== undefined && readdirSync(path.join(folder, root)).includes('out');
      };
      while (child.exitCode === null && !runs()) await new Promise((tick) => setTimeout(tick, 5));
      child.kill(signal);
      expect(await ended).toBe(code);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
