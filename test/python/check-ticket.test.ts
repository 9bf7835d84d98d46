/**
 * The second checker, python/check_ticket.py, against unearth's own: on the test vectors, on tickets of every
 * kind that the command line makes, and on tampered ones. One Python process judges all tickets of a test.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Construction } from '../../src/constructions/construction.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { skip } from '../../src/constructions/skip/skip.js';
import { findTicket } from '../../src/pipeline/find.js';
import type { Domain, InputSign } from '../../src/target/network.js';
import { encodeTicket } from '../../src/ticket/write.js';
import { commandLine } from '../cli/processes.js';
import { randomMapNetwork } from '../map-networks.js';
import { integersOf } from '../pruned-sources.js';
import { findSkip } from '../skip-sources.js';
import { joined } from '../ticket/sample.js';
import { BEHIND, MAPS as TRAINED_MAPS, trainedBytes } from '../ticket/trained-sample.js';

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

/** Small networks in skip sources: with a split layer, with two blocks, and with integers beyond 64 bits. */
const SKIPS: readonly [string, (number | bigint)[][][], InputSign[]][] = [
  [
    'skip-signed.ticket',
    [
      [
        [5, -3],
        [-12, 7],
      ],
    ],
    ['signed', 'nonpositive'],
  ],
  [
    'skip-blocks.ticket',
    [
      [
        [1, -2],
        [2, 1],
      ],
      [[1, -2]],
    ],
    ['nonnegative', 'nonnegative'],
  ],
  ['skip-long.ticket', [[[2n ** 70n + 1n]], [[-3n]]], ['signed']],
];
const DOMAINS: Readonly<Record<string, Domain>> = {
  'skip-signed.ticket': {
    kind: 'box',
    lower: Float64Array.of(-1, -1),
    upper: Float64Array.of(1, 0),
  },
  'skip-blocks.ticket': {
    kind: 'box',
    lower: Float64Array.of(0, 0),
    upper: Float64Array.of(1, 1),
  },
};

/** Small networks of feature maps: convolutions, residual sums and pooling, inputs of either sign. */
const MAPS = [
  ['maps-1.ticket', { seed: 3, bits: 2, layers: 2, side: 3, domain: 'all' }, horner],
  ['maps-2.ticket', { seed: 8, bits: 2, layers: 3, side: 3, channelsLast: true }, horner],
  ['maps-3.ticket', { seed: 11, bits: 2, layers: 4, side: 4 }, horner],
  ['maps-skip.ticket', { seed: 11, bits: 2, layers: 4, side: 4 }, skip],
  ['maps-skip-signed.ticket', { seed: 3, bits: 2, layers: 2, side: 3, domain: 'all' }, skip],
] as const;

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
      ['find', 'small.nnet', '--bits', '1', ...domain, '-o', 'bits.ticket'],
      ['compare', 'small.nnet', '--epsilon', '0.1', ...domain, '--tickets', 'compared'],
      [...search, '--shape', '3-4-2', '-o', 'relu.ticket'],
      [...search, '--shape', '3-4-2', '--activation', 'sign', '-o', 'sign.ticket'],
      [...search, '--shape', '3-4-2', '--weights', 'kaiming-normal', '-o', 'normal.ticket'],
    ].map((args) => unearth(...args).status);
    expect(made).toEqual(made.map(() => 0));
    for (const [name, matrices, signs] of SKIPS) {
      const { ticket } = findSkip(integersOf(matrices), signs, DOMAINS[name]);
      writeFileSync(path.join(folder, name), joined(encodeTicket(ticket)));
    }
    writeFileSync(path.join(folder, 'maps.ticket'), trainedBytes(TRAINED_MAPS));
    writeFileSync(path.join(folder, 'behind.ticket'), trainedBytes(BEHIND));
    const signs = trainedBytes({ ...BEHIND, activation: 'sign', weights: 'normal' });
    writeFileSync(path.join(folder, 'behind-sign.ticket'), signs);
    const normal = trainedBytes({ ...TRAINED_MAPS, weights: 'normal' });
    writeFileSync(path.join(folder, 'maps-normal.ticket'), normal);
    for (const [name, options, by] of MAPS) {
      const construction = by as Construction;
      const found = findTicket(randomMapNetwork(options), { construction, delta: 1e-2 });
      if (!found.found) throw new Error('not found');
      expect(found.ticket.target.maps?.blocks.some(({ window }) => window)).toBe(true);
      writeFileSync(path.join(folder, name), joined(found.bytes));
    }
  });

  it('gives the verdicts of the test vectors', () => {
    const { counts, disagreements } = compare('--vectors', path.join(root, 'docs/test-vectors.md'));
    expect(disagreements).toEqual([]);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(150);
  });

  it.each([
    ['constructed', 'horner.ticket', 'diamond.ticket'],
    ['baseline', 'compared/small.pensia.ticket', 'compared/small.orseau.ticket'],
    ['baseline', 'compared/small.malach.ticket', 'compared/small.diffenderfer.ticket'],
    ['trained', 'relu.ticket', 'sign.ticket', 'normal.ticket'],
    ['trained', 'maps.ticket', 'maps-normal.ticket', 'behind.ticket', 'behind-sign.ticket'],
    ['constructed', ...SKIPS.map(([name]) => name)],
    ['constructed', ...MAPS.map(([name]) => name)],
  ])('and unearth agree on tampered %s tickets', (kind, ...tickets) => {
    const { counts, disagreements } = compare('--count', '40', ...tickets);
    expect(disagreements).toEqual([]);
    for (const ticket of tickets) {
      for (const code of [0, 1, 2]) {
        expect(counts[`${path.basename(ticket)} (${kind}): ${code} / ${code}`]).toBeGreaterThan(0);
      }
    }
  });

  it('and unearth agree beside a model', () => {
    const tickets = ['horner', 'bits', 'compared/small.horner', 'compared/small.diffenderfer'];
    const beside = tickets.map((name) => `${name}.ticket=small.nnet`);
    const { counts, disagreements } = compare('--count', '25', '--seed', '2', ...beside);
    expect(disagreements).toEqual([]);
    expect(counts['horner.ticket (constructed) and model: 0 / 0']).toBeGreaterThan(0);
    expect(counts['bits.ticket (constructed) and model: 1 / 1']).toBeGreaterThan(0);
  });

  it('reads the ONNX example, and says what it does not decide', () => {
    const example = path.join(root, 'examples/digits/digits.onnx');
    expect(unearth('find', example, '--domain', 'box:0,1', '-o', 'digits.ticket').status).toBe(0);
    const exact = run('python/check_ticket.py', 'digits.ticket', '--model', example, '--json');
    expect(JSON.parse(exact.stdout)).toMatchObject({ proved: true, epsilon: '0' });
    const conv = path.join(root, 'examples/digits/digits-conv.onnx');
    expect(unearth('find', conv, '--domain', 'box:0,1', '-o', 'conv.ticket').status).toBe(0);
    expect(run('python/check_ticket.py', 'conv.ticket')).toMatchObject({ status: 0, stderr: '' });
    expect(run('python/check_ticket.py', 'conv.ticket', '--model', conv).stderr).toMatch(
      /^error: .*: not decided: this checker reads no models of feature maps\n$/,
    );
    const loose = ['compared/small.malach.ticket', '--model', 'small.nnet'];
    expect(run('python/check_ticket.py', ...loose)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error: .*: not decided: the interval chain [^\n]*\n$/),
    });
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
