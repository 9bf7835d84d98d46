/** `unearth search` as its users meet it, on the project's own digits with a tiny network. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeCheckpoint } from '../../src/search/checkpoint.js';
import { commandLine, digits, examples } from './processes.js';

const { folder, unearth, start } = commandLine('search');
const shape = ['--shape', '64-24-10'];

beforeAll(() => {
  const script = path.join(examples, 'write-data.mjs');
  const { status } = spawnSync(process.execPath, [script, path.join(folder, 'digits'), '3000']);
  expect(status).toBe(0);
});

function bytesOf(name: string): string {
  return readFileSync(path.join(folder, name)).toString('hex');
}

describe('unearth search', () => {
  const args = ['search', 'digits', ...shape, '--epochs', '4', '-o'];
  let report: { test: { correct: number }; [key: string]: unknown };

  it('learns a ticket, the same bytes twice', () => {
    const found = unearth(...args, 'a.ticket', '--json', '--log', 'a.jsonl', '--figure', 'a.svg');
    expect(found).toMatchObject({ status: 0, stderr: '' });
    report = JSON.parse(found.stdout);
    expect(report).toMatchObject({ method: 'edge-popup', seed: '1', keep: [0.5, 0.5], epochs: 4 });
    expect(report.test.correct).toBeGreaterThan(1000);
    expect(report).toMatchObject({
      mask: { kept: [768, 120] },
      ticket: { bytes: readFileSync(path.join(folder, 'a.ticket')).length },
    });
    const { correct } = report.trainerTest as { correct: number };
    expect(Math.abs(report.test.correct - correct)).toBeLessThanOrEqual(2);
    const lines = readFileSync(path.join(folder, 'a.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).epoch)).toEqual([undefined, 1, 2, 3, 4]);
    expect(readFileSync(path.join(folder, 'a.svg'), 'utf8')).toMatch(/^<svg .*test samples/s);
    expect(existsSync(path.join(folder, 'a.checkpoint'))).toBe(false);
    const twice = unearth(...args, 'b.ticket');
    expect(twice.stdout).toMatch(/by the inference engine on the ticket/);
    expect(bytesOf('b.ticket')).toBe(bytesOf('a.ticket'));
  });

  it('verifies, measures, runs, inspects and exports it', () => {
    const verified = unearth('verify', 'a.ticket', '--data', 'digits', '--json');
    expect(verified.status).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({
      proved: true,
      equal: true,
      probes: 16,
      accuracy: { correct: report.test.correct, samples: 2000, matches: true },
    });
    const images = 'digits/test-images-idx3-ubyte.gz';
    const run = ['run', 'a.ticket', '--input', images];
    const labels = ['--labels', 'digits/test-labels-idx1-ubyte.gz', '--json'];
    const accuracy = JSON.parse(unearth(...run, ...labels).stdout);
    expect(accuracy.accuracy).toBe(report.test.correct / 2000);
    expect(accuracy.engine).toBe('fast');
    const plainly = JSON.parse(unearth(...run, '--engine', 'float', ...labels).stdout);
    expect(plainly).toMatchObject({ engine: 'float', accuracy: accuracy.accuracy });
    expect(unearth(...run, '--engine', 'folded').stderr).toMatch(
      /--engine folded: the outputs of a trained ticket are defined in float64; give fast or float/,
    );
    const exported = unearth('export', 'a.ticket', '-o', 'a.onnx');
    expect(exported.stdout).toMatch(/pruned random network, 2 layers, 888 weights/);
    expect(unearth('inspect', 'a.onnx').stdout).toMatch(/64 - 24 - 10/);
    expect(unearth('export', 'a.ticket', '--folded').stderr).toMatch(/one form/);
    const inspected = JSON.parse(unearth('inspect', 'a.ticket', '--json').stdout);
    expect(inspected).toMatchObject({ kind: 'trained', widths: '64-24-10', kept: '888' });
  });

  it('refuses what another kind of ticket is for', () => {
    expect(unearth('find', digits, '--bits', '3', '-o', 'c.ticket').status).toBe(0);
    for (const [args, message] of [
      [['verify', 'a.ticket', '--model', digits], /--model has no meaning for a trained/],
      [['verify', 'c.ticket', '--data', 'digits'], /--data has no meaning for a constructed/],
      [['verify', 'a.ticket', '--labels', 'x'], /--labels needs --data/],
      [['attack', 'a.ticket', '--model', digits], /takes constructed and baseline tickets/],
    ] as const) {
      const { status, stderr } = unearth(...args);
      expect(status).toBe(2);
      expect(stderr).toMatch(message);
    }
  });

  it('a damaged accuracy is told, with exit code 1', () => {
    // Other labels: the same count of samples, so the ticket records nothing of them.
    const other = unearth('verify', 'a.ticket', '--data', 'digits/train-images-idx3-ubyte.gz');
    expect(other.status).toBe(0);
    expect(other.stdout).toMatch(/records nothing of these data/);
  });

  it('sweeps over kept fractions', () => {
    const args = ['--sweep', '0.1,0.6', '--epochs', '1', '--figure', 'sweep.svg', '--json'];
    const swept = unearth('search', 'digits', ...shape, ...args, '-o', 's.ticket');
    expect(swept.status).toBe(0);
    const { sweep } = JSON.parse(swept.stdout);
    expect(sweep.map(({ ticket }: { ticket: { path: string } }) => ticket.path)).toEqual([
      's-keep-0.1.ticket',
      's-keep-0.6.ticket',
    ]);
    expect(readFileSync(path.join(folder, 'sweep.svg'), 'utf8')).toContain('edges kept, %');
  });

  it('goes on with a sweep where its results end, and draws a band over seeds', () => {
    const args = [
      'search',
      'digits',
      ...shape,
      '--epochs',
      '1',
      '--limit',
      '300',
      '-o',
      'w.ticket',
    ];
    const sweep = ['--sweep', 'keep=0.3,0.6,seed=1..2'];
    const whole = unearth(...args, ...sweep, '--json');
    expect(whole.status).toBe(0);
    const file = path.join(folder, 'w.sweep.jsonl');
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    expect(lines.map((line) => JSON.parse(line).run)).toEqual([
      ...['keep-0.3-seed-1', 'keep-0.3-seed-2', 'keep-0.6-seed-1', 'keep-0.6-seed-2'],
    ]);
    const ticket = path.join(folder, 'w-keep-0.6-seed-2.ticket');
    const bytes = readFileSync(ticket);
    // Killed in the midst of the last line, and the third ticket was lost.
    writeFileSync(file, `${lines.slice(0, 3).join('\n')}\n${lines[3]?.slice(0, 50)}`);
    unlinkSync(ticket);
    const resumed = unearth(...args, ...sweep, '--figure', 'w.svg');
    expect(resumed.stdout).toMatch(/3 searches of w\.sweep\.jsonl, done before/);
    expect(readFileSync(ticket)).toEqual(bytes);
    expect(readFileSync(file, 'utf8').split('\n').length).toBe(5);
    expect(readFileSync(path.join(folder, 'w.svg'), 'utf8')).toContain('2 seeds');
    const { sweep: reports } = JSON.parse(unearth(...args, ...sweep, '--json').stdout);
    const tests = (given: { test: object }[]) => given.map(({ test }) => test);
    expect(tests(reports)).toEqual(tests(JSON.parse(whole.stdout).sweep));
    // Of other options or data it is not the same sweep.
    const other = unearth(...args, ...sweep, '--rate', '0.2');
    expect(other).toMatchObject({ status: 2, stderr: expect.stringMatching(/other options/) });
    const fewer = unearth(...args, '--sweep', 'keep=0.3,0.7,seed=1..2', '--limit', '200');
    expect(fewer).toMatchObject({ status: 2, stderr: expect.stringMatching(/begun with others/) });
  });

  it('searches on feature maps: verified, run, exported, inspected; the same bytes on two threads', () => {
    const args = [
      'search',
      'digits',
      '--shape',
      'conv8-pool-16-10',
      '--epochs',
      '1',
      '--limit',
      '600',
    ];
    const told = unearth(...args, '-o', 'maps.ticket', '--threads', '1', '--json');
    expect(told.stderr).not.toMatch(/error/);
    const { network, test } = JSON.parse(told.stdout);
    expect(network).toBe('8x8-conv8-pool-16-10');
    expect(unearth(...args, '-o', 'two.ticket', '--threads', '2').status).toBe(0);
    const bytes = readFileSync(path.join(folder, 'maps.ticket'));
    expect(readFileSync(path.join(folder, 'two.ticket'))).toEqual(bytes);
    // The same network from a file, which leaves the inputs to the data.
    writeFileSync(path.join(folder, 'net.json'), '["conv8", "pool", 16, 10]');
    const fromFile = args.map((arg) => (arg === 'conv8-pool-16-10' ? 'net.json' : arg));
    expect(unearth(...fromFile, '-o', 'file.ticket').status).toBe(0);
    expect(readFileSync(path.join(folder, 'file.ticket'))).toEqual(bytes);
    writeFileSync(path.join(folder, 'net.json'), '{"widths": [64]}');
    const refused = unearth(...fromFile, '-o', 'no.ticket');
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/net\.json.*widths/),
    });
    const verified = unearth('verify', 'maps.ticket', '--data', 'digits');
    expect(verified.status).toBe(0);
    const images = ['--input', 'digits/test-images-idx3-ubyte.gz'];
    const labels = ['--labels', 'digits/test-labels-idx1-ubyte.gz'];
    const ran = unearth('run', 'maps.ticket', ...images, ...labels, '--json');
    expect(JSON.parse(ran.stdout)).toMatchObject({
      accuracy: test.correct / test.samples,
      engine: 'fast',
    });
    expect(unearth('export', 'maps.ticket', '-o', 'maps.onnx').status).toBe(0);
    const inspected = unearth('inspect', 'maps.ticket');
    expect(inspected.stdout).toMatch(/8x8-conv8-pool-16-10/);
    const wrong = unearth('search', 'digits', '--shape', '9x9-conv8-pool-10', '-o', 'no.ticket');
    expect(wrong).toMatchObject({ status: 2 });
  });

  it('Ctrl-C saves a checkpoint within a second, and --resume ends with the same bytes', async () => {
    const args = ['search', 'digits', ...shape, '--epochs', '12', '--seed', '5'];
    expect(unearth(...args, '-o', 'straight.ticket').status).toBe(0);
    const log = path.join(folder, 'r.jsonl');
    const { child, ended, said } = start(...args, '-o', 'r.ticket', '--log', 'r.jsonl');
    // Interrupted in the midst of training: after the second line of the log, an epoch's.
    while (
      child.exitCode === null &&
      !(existsSync(log) && readFileSync(log, 'utf8').split('\n').length > 2)
    ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(said()).toMatch(
      /interrupted after \d+ epochs?( and \d+ steps? of the next)?; go on with --resume r\.checkpoint --log r\.jsonl -o r\.ticket\s/,
    );
    expect(existsSync(path.join(folder, 'r.ticket'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);

    expect(unearth('search', 'digits', '--resume', 'r.checkpoint', '--epochs', '3').stderr).toMatch(
      /leave out --epochs/,
    );
    const { state } = decodeCheckpoint(readFileSync(path.join(folder, 'r.checkpoint')));
    const done = state.history.length;
    // Without -o: the ticket is named as the checkpoint is.
    const goOn = ['--resume', 'r.checkpoint', '--log', 'r.jsonl', '--json'];
    const resumed = unearth('search', 'digits', ...goOn);
    expect(resumed.status).toBe(0);
    const { ticket, seconds } = JSON.parse(resumed.stdout);
    expect(ticket.path).toBe('r.ticket');
    // An epoch's time is that of the epochs of this process.
    expect(seconds.search / seconds.epoch).toBeCloseTo(12 - done, 9);
    expect(bytesOf('r.ticket')).toBe(bytesOf('straight.ticket'));
    const epochs = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).epoch);
    expect(epochs.filter(Boolean)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(existsSync(path.join(folder, 'r.checkpoint'))).toBe(false);
  });

  it.each([
    [['search', 'absent'], /absent/],
    [['search', 'digits'], /--shape/],
    [['search', '.', ...shape], /train-images-idx3-ubyte/],
    [['search', 'digits', '--shape', '64'], /--shape 64/],
    [['search', 'digits', '--shape', '65-10'], /64 inputs/],
    [['search', 'digits', '--shape', '64-9'], /class number from 0 to 8/],
    [['search', 'digits', ...shape, '--keep', '50'], /fractions above 0/],
    [['search', 'digits', ...shape, '--method', 'other'], /choose edge-popup/],
    [
      ['search', 'digits', ...shape, '--keep', '0.2', '--sweep', '0.3'],
      /takes the place of --keep/,
    ],
    [['search', 'digits', ...shape, '--patience', '3'], /validation/],
    [['search', 'digits', ...shape, '--test-labels', 'x'], /needs --test/],
    [['search', 'digits', ...shape, '-o', 'mine.txt'], /not a ticket written by unearth/],
    [['search', 'digits', '--resume', 'a.ticket'], /a ticket of unearth, and the checkpoint/],
    [['search', 'digits', '--resume', 'no.checkpoint'], /cannot be read/],
    [['search', 'mine.txt', ...shape], /--labels/],
  ] as const)('%j is bad usage or input, in one line', (args, message) => {
    writeFileSync(path.join(folder, 'mine.txt'), '1,2\n3,4\n');
    const { status, stdout, stderr } = unearth(...args);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(readFileSync(path.join(folder, 'mine.txt'), 'utf8')).toBe('1,2\n3,4\n');
  });
});
