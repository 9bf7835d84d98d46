/** Workers and coordinators as processes of a test; workers are missed after seconds, not half minutes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { program } from '../cli/processes.js';

export interface Running {
  readonly child: ChildProcess;
  /** Exit code and all that it said. */
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  said(): string;
}

export function cluster(name: string) {
  const folder = mkdtempSync(path.join(tmpdir(), `unearth-${name}-`));
  const children = new Set<ChildProcess>();
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>(
      (resolve) => {
        child.on('close', (code) => {
          children.delete(child);
          resolve({ code, stdout, stderr });
        });
      },
    );
    return { child, ended, said: () => stderr };
  }
  return {
    folder,
    start,
    worker: (url: string, ...more: string[]) =>
      start(['worker', '--queue', url, '--threads', '1', '--lost-after', '3', ...more]),
    fileOf: (...parts: string[]) => readFileSync(path.join(folder, ...parts), 'utf8'),
  };
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}
