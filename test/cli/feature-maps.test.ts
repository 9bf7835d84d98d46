/** Networks of feature maps on the command line: what takes them, and what refuses them in one line. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from '../data/png-writer.js';
import { runtimeOutputs } from '../target/onnx-runtime.js';
import { buildModel, chain, floats, someFloats } from '../target/onnx-writer.js';
import { commandLine, digits } from './processes.js';

const { folder, unearth } = commandLine('feature-maps');

describe('a convolutional network', () => {
  beforeAll(() => {
    const model = buildModel({
      inputDims: ['N', 1, 8, 8],
      nodes: chain([
        ['Conv', ['_', 'w']],
        ['Relu', ['_']],
        ['GlobalAveragePool', ['_']],
        ['Flatten', ['_']],
      ]),
      initializers: [floats('w', [10, 1, 5, 5], someFloats(250, 1))],
    });
    writeFileSync(path.join(folder, 'maps.onnx'), model);
    const samples = Array.from({ length: 3 }, (_, sample) =>
      Array.from({ length: 64 }, (__, at) => (sample + at) % 5).join(),
    );
    writeFileSync(path.join(folder, 'samples.csv'), `${samples.join('\n')}\n`);
    unearth('find', digits, '-o', 'd.ticket', '--bits', '4');
  });

  it('is inspected, planned, found, verified and run', () => {
    expect(unearth('inspect', 'maps.onnx').stdout).toMatch(
      /inputs +1x8x8, channel by channel \(NCHW\)\n *layers +conv 5x5 to 10x4x4/,
    );
    expect(unearth('plan', 'maps.onnx').stdout).toMatch(/block 1: direct, rows of 1 signs/);
    const json = JSON.parse(unearth('plan', 'maps.onnx', '--json').stdout);
    expect(json.plans.map((plan: { construction: string }) => plan.construction)).toEqual([
      'horner',
      'skip',
    ]);
    const found = unearth('find', 'maps.onnx', '-o', 'maps.ticket');
    expect(found.stderr).toBe('');
    expect(found.stdout).toMatch(/proved +yes/);
    expect(unearth('verify', 'maps.ticket', '--model', 'maps.onnx').stdout).toMatch(
      /the integer network is the model, exactly: error 0/,
    );
    expect(unearth('inspect', 'maps.ticket').status).toBe(0);
    const run = (...args: string[]) =>
      unearth('run', 'maps.ticket', '--input', 'samples.csv', '--json', '--engine', ...args);
    const runs = [
      ...['exact', 'float', 'folded', 'fast', 'auto'].map((engine) => run(engine)),
      run('fast', '--threads', '2'),
      run('fast', '--exactness', 'bits'),
    ];
    for (const { status, stderr } of runs) expect([status, stderr]).toEqual([0, '']);
    const [exact, ...others] = runs.map(({ stdout }) => JSON.parse(stdout).outputs as number[][]);
    for (const outputs of others) {
      outputs.forEach((row, sample) => {
        row.forEach((value, at) => {
          expect(value).toBeCloseTo(exact[sample]?.[at] as number, 6);
        });
      });
    }
    expect(others[4]).toEqual(others[2]);
    expect(others[5]).toEqual(exact);
  });

  it.each([[], ['--folded'], ['--full']])('is exported %s', async (...form: string[]) => {
    const args = ['export', 'maps.ticket', '-o', 'out.onnx', '--force', ...form];
    const { stdout, stderr, status } = unearth(...args);
    expect([stderr, status]).toEqual(['', 0]);
    expect(stdout).toMatch(/channels +1 - .*\b10\b/);
    expect(stdout).toMatch(/input +1x8x8, the network's own coordinates/);
    const { inputShape } = JSON.parse(unearth(...args, '--json').stdout);
    expect(inputShape).toEqual([1, 8, 8]);
    const samples = readFileSync(path.join(folder, 'samples.csv'), 'utf8').trim();
    const batch = Float32Array.from(samples.split(/[,\n]/), Number);
    const file = readFileSync(path.join(folder, 'out.onnx'));
    const [seen] = await runtimeOutputs(file, [batch], [3, 1, 8, 8]);
    const run = unearth('run', 'maps.ticket', '--input', 'samples.csv', '--json').stdout;
    JSON.parse(run)
      .outputs.flat()
      .forEach((value: number, at: number) => {
        expect(seen?.[at]).toBeCloseTo(value, 3);
      });
    expect(unearth(...args, '-o', 'out.safetensors').status).toBe(0);
  });

  it('is run on a PNG image as on its numbers', () => {
    const samples = Array.from({ length: 64 }, (_, at) => at % 5);
    const image = png({ width: 8, height: 8, depth: 8, colour: 0, samples });
    writeFileSync(path.join(folder, 'image.png'), image);
    const outputsOf = (...input: string[]) =>
      JSON.parse(unearth('run', 'maps.ticket', '--json', '--input', ...input).stdout).outputs[0];
    expect(outputsOf('image.png')).toEqual(outputsOf('samples.csv', '--limit', '1'));
    const { stderr, status } = unearth(
      'run',
      'd.ticket',
      '--input',
      'image.png',
      '--divide',
      '255',
    );
    expect([stderr.match(/error/), status]).toEqual([null, 0]);
    const cut = path.join(folder, 'cut.png');
    writeFileSync(cut, image.subarray(0, image.length - 9));
    expect(unearth('run', 'maps.ticket', '--input', 'cut.png')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error: cut\.png: byte \d+: .*\n$/),
    });
  });

  it('takes bits, of which those behind an average are more', () => {
    expect(unearth('find', 'maps.onnx', '--bits', '6', '-o', 'six.ticket').stderr).toBe('');
    const { stdout, status } = unearth('verify', 'six.ticket', '--model', 'maps.onnx');
    expect(stdout).toMatch(/^proved/);
    expect(status).toBe(0);
  });

  it('keeps an error that is certified', () => {
    const { status, stdout } = unearth(
      ...['find', 'maps.onnx', '--epsilon', '0.1', '--domain', 'box:0,1', '-o', 'c.ticket'],
    );
    expect(stdout).toMatch(
      /^precision +error at most 0\.\d+ \(certified, (?:interval|backward)\)/m,
    );
    expect(status).toBe(0);
    const verified = unearth('verify', 'c.ticket', '--model', 'maps.onnx');
    expect(verified.stdout).toMatch(/^\|model - ticket\| <= 0\.\d+ on the domain$/m);
    expect(verified.status).toBe(0);
    const planned = unearth('plan', 'maps.onnx', '--epsilon', '0.1', '--domain', 'box:0,1');
    expect([planned.status, planned.stderr]).toEqual([0, '']);
    expect(unearth('find', 'maps.onnx', '--epsilon', '0.1', '-o', 'all.ticket').stderr).toMatch(
      /^error: .*bounded domain/,
    );
  });

  it('is attacked, and no error above what is certified found', () => {
    const { status, stdout } = unearth(
      ...['attack', 'c.ticket', '--model', 'maps.onnx', '--evaluations', '60', '--json'],
    );
    const result = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(result.violated).toBe(false);
    expect(result.measured).toBeGreaterThan(0);
    expect(result.measured).toBeLessThanOrEqual(Number(result.certified));
  });

  it('is found in a skip source, too', () => {
    const args = ['find', 'maps.onnx', '--bits', '4', '--construction', 'skip', '-o', 's.ticket'];
    expect(unearth(...args).stderr).toBe('');
    const { status, stdout } = unearth('verify', 's.ticket', '--model', 'maps.onnx');
    expect([status, stdout.slice(0, 6)]).toEqual([0, 'proved']);
  });

  it('is planned into a source file, found in it, and compared by the systems that have kernels', () => {
    expect(unearth('plan', 'maps.onnx', '--bits', '4', '--source', 'p.json').status).toBe(0);
    const args = ['find', 'maps.onnx', '--bits', '4', '--source', 'p.json', '-o', 'p.ticket'];
    expect(unearth(...args).status).toBe(0);
    expect(unearth('verify', 'p.ticket', '--model', 'maps.onnx').stdout).toMatch(/^proved/);
    const asked = ['--epsilon', '0.1', '--domain', 'box:0,1'];
    const { status, stdout } = unearth('compare', 'maps.onnx', ...asked);
    expect(stdout).toMatch(/horner.*\n[\s\S]*skip[\s\S]*no kernels/);
    expect(status).toBe(0);
  });

  it.each([
    [
      ...['find', 'maps.onnx', '-o', 'no.ticket', '--epsilon', '0.1'],
      ...['--precision', 'paper', '--domain', 'ball:1'],
    ],
    ['find', 'maps.onnx', '-o', 'no.ticket', '--construction', 'diamond'],
    ['classes', 'd.ticket', '--model', 'maps.onnx', '--box', 'box:0,1'],
  ])('is refused by %s %s', (...args: string[]) => {
    const before = readdirSync(folder);
    const { status, stdout, stderr } = unearth(...args);
    expect(stderr).toMatch(/^error: .*(fully connected|feature maps).*\n$/);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('is another network than the one of a ticket', () => {
    const { status, stdout } = unearth('verify', 'd.ticket', '--model', 'maps.onnx');
    expect(status).toBe(1);
    expect(stdout).toMatch(/not proved: .*digest differs/);
  });
});
