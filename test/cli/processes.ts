/**
 * The built command line as its users meet it: processes in a folder of their own, which is removed
 * when the tests of the file are done. The example is digits, of this project's own making.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
export const program = path.join(root, 'dist/cli/main.js');

export const examples = path.join(root, 'examples/digits');
export const digits = path.join(examples, 'digits.onnx');
export const images = path.join(examples, 'test-images-idx3-ubyte.gz');
export const labels = path.join(examples, 'test-labels-idx1-ubyte.gz');

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** The exit code; null after a signal that nobody handled. */
  readonly ended: Promise<number | null>;
  /** What is on stderr so far. */
  said(): string;
}

export interface CommandLine {
  /** Where the processes run. */
  readonly folder: string;
  /** Runs a command to its end. */
  unearth(...args: string[]): Finished;
  /** The same with something on standard input, and what is on stdout as bytes. */
  fed(input: string | Uint8Array, ...args: string[]): Finished & { readonly bytes: Uint8Array };
  /**
   * Runs a line of sh, in which `unearth` is the command and `status` prints a command's exit code to the
   * file of that name: `status verify x.ticket | true`.
   */
  shell(line: string): Finished & { readonly code: number };
  /** Starts a command, to be interrupted. */
  start(...args: string[]): Started;
}

/** `name` tells the folder from those of other tests. */
export function commandLine(name: string): CommandLine {
  const folder = mkdtempSync(path.join(tmpdir(), `unearth-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    unearth(...args) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    },
    fed(input, ...args) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        cwd: folder,
        input,
        maxBuffer: 2 ** 26,
      });
      const [text, said] = [stdout, stderr].map((bytes) => bytes.toString('utf8'));
      return { status, stdout: text ?? '', stderr: said ?? '', bytes: stdout };
    },
    shell(line) {
      const functions = [
        'unearth() { "$NODE" "$PROGRAM" "$@"; }',
        'status() { unearth "$@"; echo $? > status; }',
      ];
      const { status, stdout, stderr } = spawnSync('sh', ['-c', [...functions, line].join('\n')], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, NODE: process.execPath, PROGRAM: program },
      });
      const code = Number(readFileSync(path.join(folder, 'status'), 'utf8'));
      return { status, stdout, stderr, code };
    },
    start(...args) {
      const child = spawn(process.execPath, [program, ...args], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
      let said = '';
      child.stderr.on('data', (text: Buffer) => {
        said += text;
      });
      return { child, ended, said: () => said };
    },
  };
}
