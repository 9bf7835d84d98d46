/**
 * Hostile files through the built command line, each in a process whose peak memory is measured (its
 * own `resourceUsage`, or `/proc` while it runs): a sample of `bench/hostile`, whose runner does it. The
 * old space of the processes is capped, so that what runs away aborts instead of taking the machine.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';

const runner = path.resolve(import.meta.dirname, '../../bench/hostile/run.mjs');
const program = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const MOST_BYTES = 2 ** 31;

interface Row {
  readonly file: string;
  readonly code: number | string;
  readonly bytes: number;
  readonly message: string;
  readonly faults: readonly string[];
}

/** What the runner saw, each file with the first of its commands, or with one of a name. */
function observed(kind: string, names: readonly string[], command?: string): Row[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      runner,
      ...(command === undefined ? ['--quick'] : ['--command', command]),
      ...['--json', '--kind', kind, '--only', names.join(',')],
    ],
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

  it('that are small models of large sources are refused by find and compare, within their limits', () => {
    for (const command of ['find', 'compare']) {
      const rows = observed('nnet', ['outputs.nnet', 'wide.nnet'], command);
      expect(rows.map(({ file }) => file)).toEqual(['wide.nnet', 'outputs.nnet']);
      for (const row of rows) {
        expect(withoutTime(row.faults), row.file).toEqual([]);
        expect(row.code, row.file).toBe(2);
        expect(row.message).toMatch(/steps, over the limit of .* set --memory to \d+G or more/);
      }
    }
  });

  it('of a million outputs run in every engine', () => {
    const rows = observed('tickets', ['a-million-outputs'], 'run');
    expect(rows.length).toBe(5);
    for (const row of rows) {
      expect([row.code, withoutTime(row.faults)]).toEqual([0, []]);
      // Half of what they may: bounds of three hundred digits are told once, not a million times.
      expect(row.bytes).toBeLessThan(MOST_BYTES / 2);
    }
  });

  it('whose last layer reads all others are run only where all can be held', () => {
    const rows = observed('tickets', ['skip-last-reads-all'], 'run');
    for (const row of rows) {
      expect(withoutTime(row.faults), row.file).toEqual([]);
      if (row.code !== 0) expect(row.message).toMatch(/over the limit of/);
    }
    // All engines but the folded one, which runs the integers.
    expect(rows.map(({ code }) => code)).toEqual([2, 2, 2, 0, 2]);
  });

  it('of sixty million integers are exported within their limits', () => {
    const rows = observed('tickets', ['integers-60-mb'], 'export');
    expect(rows.length).toBe(3);
    for (const row of rows) expect([row.code, withoutTime(row.faults)]).toEqual([0, []]);
  });

  it('for which the JavaScript engine has too little memory end with 2 and leave nothing', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'unearth-heap-'));
    try {
      const layers = 9000;
      const ones = '1,\n'.repeat(2 * layers);
      const head = `${layers},1,1,1,\n${'1,'.repeat(layers + 1)}\n0,\n0,\n1,\n0,0,\n1,1,\n`;
      writeFileSync(path.join(folder, 'deep.nnet'), head + ones);
      const { status, stderr } = spawnSync(process.execPath, [program, 'find', 'deep.nnet'], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=32' },
      });
      expect(stderr).toMatch(
        /error: memory: the work needs more .*NODE_OPTIONS=--max-old-space-size=\d+\n$/,
      );
      expect(status).toBe(2);
      expect(readdirSync(folder)).toEqual(['deep.nnet']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
