/** Signals: the exit code tells which, nothing is left, however often they come and whatever runs. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeCheckpoint } from '../../src/search/checkpoint.js';
import { buildModel, chain, floats, someFloats } from '../target/onnx-writer.js';
import { commandLine, digits, examples, type Started } from './processes.js';

const { folder, unearth, start } = commandLine('signals');
const at = (name: string): string => path.join(folder, name);

/** Long work of every kind that can be interrupted. */
const WORK: Readonly<Record<string, readonly string[]>> = {
  find: ['find', 'large.onnx', '--construction', 'diamond', '-o', 'out.ticket'],
  run: ['run', 'four.ticket', '--input', 'many.csv', '--engine', 'exact', '--output', 'out.csv'],
  search: ['search', 'digits', '--shape', '64-600-600-10', '--epochs', '9', '-o', 'out.ticket'],
};

beforeAll(() => {
  const weights = floats('w', [1024, 784], someFloats(1024 * 784, 1));
  const model = buildModel({
    inputDims: [1, 784],
    outputDims: [1, 1024],
    nodes: chain([['Gemm', ['_', 'w'], { transB: 1n }]]),
    initializers: [weights],
  });
  writeFileSync(at('large.onnx'), model);
  expect(unearth('find', digits, '--bits', '4', '-o', 'four.ticket').status).toBe(0);
  const line = Array.from({ length: 64 }, (_, index) => index / 64).join(',');
  writeFileSync(at('many.csv'), `${line}\n`.repeat(100_000));
  const script = path.join(examples, 'write-data.mjs');
  expect(spawnSync(process.execPath, [script, at('digits'), '3000']).status).toBe(0);
});

const isTemporary = (name: string): boolean => name.endsWith('.part');

/** Waits until the work has begun: its temporary file is there, or if it is `written`, not empty. */
async function begun({ child }: Started, written = false): Promise<void> {
  const hasBegun = (name: string): boolean =>
    isTemporary(name) && (!written || statSync(at(name)).size > 0);
  while (!readdirSync(folder).some(hasBegun)) {
    if (child.exitCode !== null) throw new Error('it ended before it was interrupted');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The exit code as shells have it: in its last moments a process does not handle signals any more. */
async function codeForShells({ child, ended }: Started): Promise<number> {
  const code = await ended;
  return code ?? 128 + constants.signals[child.signalCode ?? 'SIGKILL'];
}

function expectNothingLeft(): void {
  const left = readdirSync(folder).filter((name) => isTemporary(name) || name.startsWith('out'));
  expect(left.filter((name) => name !== 'out.checkpoint')).toEqual([]);
}

describe.runIf(process.platform !== 'win32')('signals', () => {
  for (const [name, args] of Object.entries(WORK)) {
    const forced = [...args, '--force'];
    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const)(`%s ends ${name} with %i and leaves nothing`, async (signal, code) => {
      const started = start(...forced);
      await begun(started, name === 'run');
      started.child.kill(signal);
      expect(await started.ended).toBe(code);
      expectNothingLeft();
    });

    it(`two and three of them, at once and a little later, leave nothing of ${name}`, async () => {
      for (const pause of [0, 0, 1, 3, 10, 30]) {
        const started = start(...forced);
        await begun(started);
        for (const signal of ['SIGINT', 'SIGHUP', 'SIGINT'] as const) {
          started.child.kill(signal);
          if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
        }
        expect([129, 130]).toContain(await codeForShells(started));
        expectNothingLeft();
      }
    });
  }

  it('end a search in the midst of a step, with a checkpoint from before it', async () => {
    // One step an epoch, of minutes: nothing but ending the worker stops it.
    const shape = ['--shape', '64-4000-4000-10', '--batch', '3000', '--epochs', '2'];
    const args = ['search', 'digits', ...shape, '-o', 'step.ticket', '--log', 'step.jsonl'];
    const started = start(...args);
    while (!existsSync(at('step.jsonl')) || readFileSync(at('step.jsonl')).length === 0) {
      expect(started.child.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // The log begins when the state before the first step is in the main thread's hands.
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(143);
    expect(existsSync(at('step.ticket'))).toBe(false);
    expect(readdirSync(folder).filter(isTemporary)).toEqual([]);
    expect(started.said()).toMatch(
      /^interrupted after 0 epochs; go on with --resume step\.checkpoint/,
    );
    const { state } = decodeCheckpoint(readFileSync(at('step.checkpoint')));
    expect(state).toMatchObject({ epoch: 0, step: 0, history: [] });
  });
});
