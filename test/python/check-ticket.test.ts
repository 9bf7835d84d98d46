/**
 * The second checker, python/check_ticket.py, against unearth's own: on the test vectors, on tickets of every
 * kind that the command line makes, and on tampered ones. One Python process judges all tickets of a test.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandLine } from '../cli/processes.js';

const root = path.resolve(import.meta.dirname, '../..');
const python = process.env.UNEARTH_PYTHON ?? 'python3';
const numpy = spawnSync(python, ['-c', 'import numpy']).status === 0;
if (!numpy) console.log(`${python} with numpy is missing: the second checker is not tested`);

const { folder, unearth } = commandLine('python');

function run(script: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(python, [path.join(root, script), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE: process.execPath, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return { status, stdout, stderr };
}

interface Comparison {
  readonly counts: Readonly<Record<string, number>>;
  readonly disagreements: readonly object[];
}

function compare(...args: string[]): Comparison {
  const { stdout, stderr } = run('bench/checker-agreement.py', '--json', ...args);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

const model = [
  ['2,2,2,2,', '2,2,2,', '0,', '-1,0,', '1,1,', '0,0,0,', '1,1,1,'],
  ['-0.5,0.75,', '0.25,0.5,', '0.5,', '0,', '0.25,-0.25,', '-0.75,0.25,', '0.25,', '-0.25,'],
];

describe.skipIf(!numpy)('the second checker', () => {
  beforeAll(() => {
    writeFileSync(path.join(folder, 'small.nnet'), `${model.flat().join('\n')}\n`);
    writeFileSync(path.join(folder, 'data.csv'), '0.5,-1,2\n0,0,0\n1,2,3\n2,1,0\n');
    writeFileSync(path.join(folder, 'labels.csv'), '0\n1\n1\n0\n');
    mkdirSync(path.join(folder, 'compared'));
    const domain = ['--domain', 'box:-1,1'];
    const search = ['search', 'data.csv', '--labels', 'labels.csv', '--epochs', '1'];
    const made = [
      ['find', 'small.nnet', '-o', 'horner.ticket'],
      ['find', 'small.nnet', '--construction', 'diamond', ...domain, '-o', 'diamond.ticket'],
      ['compare', 'small.nnet', '--epsilon', '0.1', ...domain, '--tickets', 'compared'],
      [...search, '--shape', '3-4-2', '-o', 'relu.ticket'],
      [...search, '--shape', '3-4-2', '--activation', 'sign', '-o', 'sign.ticket'],
      [...search, '--shape', '3-4-2', '--weights', 'kaiming-normal', '-o', 'normal.ticket'],
    ].map((args) => unearth(...args).status);
    expect(made).toEqual(made.map(() => 0));
  });

  it('gives the verdicts of the test vectors', () => {
    const { counts, disagreements } = compare('--vectors', path.join(root, 'docs/test-vectors.md'));
    expect(disagreements).toEqual([]);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(90);
  });

  it.each([
    ['constructed', 'horner.ticket', 'diamond.ticket'],
    ['baseline', 'compared/small.pensia.ticket', 'compared/small.orseau.ticket'],
    ['baseline', 'compared/small.malach.ticket', 'compared/small.diffenderfer.ticket'],
    ['trained', 'relu.ticket', 'sign.ticket', 'normal.ticket'],
  ])('and unearth agree on tampered %s tickets', (kind, ...tickets) => {
    const { counts, disagreements } = compare('--count', '40', ...tickets);
    expect(disagreements).toEqual([]);
    for (const ticket of tickets) {
      for (const code of [0, 1, 2]) {
        expect(counts[`${path.basename(ticket)} (${kind}): ${code} / ${code}`]).toBeGreaterThan(0);
      }
    }
  });

  it('has the exit codes of verify, and one line', () => {
    writeFileSync(path.join(folder, 'none.ticket'), 'x');
    const checker = 'python/check_ticket.py';
    expect(run(checker, 'horner.ticket')).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(run(checker, 'horner.ticket', '--json').stdout)).toMatchObject({
      equal: true,
      proved: true,
    });
    const refused = run(checker, 'none.ticket');
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^error: none\.ticket: [^\n]*\n$/);
  });
});
