/**
 * Hostile files through the built command line, each in a process whose peak memory is measured (its
 * own `resourceUsage`, or `/proc` while it runs): a sample of `bench/hostile`, whose runner does it. The
 * old space of the processes is capped, so that what runs away aborts instead of taking the machine.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const runner = path.resolve(import.meta.dirname, '../../bench/hostile/run.mjs');
const MOST_BYTES = 2 ** 31;

interface Row {
  readonly file: string;
  readonly code: number | string;
  readonly bytes: number;
  readonly message: string;
  readonly faults: readonly string[];
}

/** What the runner saw, each file with the first of its commands. */
function observed(kind: string, names: readonly string[]): Row[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [runner, '--quick', '--json', '--kind', kind, '--only', names.join(',')],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=2048' } },
  );
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Row[];
}

/** How slow the machine is, is not the file's fault. */
const withoutTime = (faults: readonly string[]): string[] =>
  faults.filter((fault) => !/ s$/.test(fault));

describe('hostile files', () => {
  it.each<[string, Readonly<Record<string, RegExp | 1>>]>([
    [
      'tickets',
      {
        'one-full-layer':
          /needs about [\d.]+G of memory, over the limit of 2G.*set --memory to \d+G/,
        'thirty-full-layers': /over the limit of 2G/,
        'many-full-blocks': /steps, over the limit/,
        'trained-widths': /over the limit of 2G/,
        'doubling-beyond-all-bits': 1,
      },
    ],
    [
      'onnx',
      {
        'zeros-of-one-member.onnx.gz': /over the limit of 256 times its size/,
        'int64-data-60-mb.onnx': /in memory over 8 times its size/,
        'external-of-twenty-names.onnx': /external data "sparse.bin".*over the limit of 2G/,
      },
    ],
    ['nnet', { 'zeros.nnet.gz': /over the limit/, 'commas-60-mb.nnet': /more than 2 numbers/ }],
    [
      'domains',
      { 'open-60-mb.vnnlib': /more than 4194304 parts/, 'lines-60-mb.box': /only 0 of 2 pairs/ },
    ],
    [
      'samples',
      {
        'open.json.gz': /nested more than 8 deep/,
        'empties.json.gz': /an empty array/,
        'dimensions-idx3-ubyte': /dimensions/,
      },
    ],
  ])('of %s are refused within their limits', (kind, files) => {
    const rows = observed(kind, Object.keys(files));
    for (const [file, answer] of Object.entries(files)) {
      const row = rows.find((candidate) => candidate.file === file);
      expect(row, file).toBeDefined();
      if (row === undefined) continue;
      expect(withoutTime(row.faults), file).toEqual([]);
      expect(row.bytes, file).toBeLessThan(MOST_BYTES);
      expect(row.bytes, file).toBeGreaterThan(2 ** 20);
      expect(row.code, file).toBe(answer === 1 ? 1 : 2);
      if (answer !== 1) expect(row.message, file).toMatch(answer);
    }
  });
});
