/** The command line as its users meet it: processes, exit codes, streams and files. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { concatenate } from '../../src/core/concatenate.js';
import { buildModel, chain, floats, someFloats } from '../target/onnx-writer.js';
import { emptiedTicket } from './emptied-ticket.js';
import { commandLine, digits, images, labels } from './processes.js';

const { folder, unearth, start } = commandLine('cli');

describe('command line', () => {
  it('finds, verifies, runs and inspects the example', () => {
    const found = unearth('find', digits, '--domain', 'box:0,1', '--json');
    expect(found).toMatchObject({ status: 0, stderr: '' });
    const report = JSON.parse(found.stdout);
    expect(report).toMatchObject({
      construction: 'horner',
      seed: '1',
      delta: 1e-6,
      proved: true,
      model: {
        layers: [
          [64, 32],
          [32, 16],
          [16, 10],
        ],
      },
      precision: { mode: 'lossless', epsilon: { certified: '0' } },
      ticket: { path: 'digits.ticket' },
    });
    const long = ['find', digits, '--domain', 'box:0,1', '--bits', '200', '-o', 'long.ticket'];
    expect(JSON.parse(unearth(...long, '--json').stdout).precision).toMatchObject({
      mode: 'lossless',
      bitsAsked: 200,
      fractionalBits: [41, 34, 29],
    });
    expect(unearth(...long, '--force').stdout).toMatch(
      /lossless: error 0; .*\(of the 200 asked for no more than a layer needs to be exact\)/,
    );
    expect(report.source.weights).toMatch(/^\d+$/);
    expect(report.source.countingBound).toMatch(/^\d+$/);
    expect(report.ticket.bytes).toBe(readFileSync(path.join(folder, 'digits.ticket')).length);

    const verified = unearth('verify', 'digits.ticket', '--model', digits, '--json');
    expect(verified.status).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({
      proved: true,
      equal: true,
      epsilon: '0',
      modelMatches: true,
    });

    const run = ['run', 'digits.ticket', '--input', images, '--divide', '255', '--labels', labels];
    const accuracy = unearth(...run, '--json');
    expect(JSON.parse(accuracy.stdout)).toMatchObject({ samples: 2000, accuracy: 0.969 });
    const exact = unearth(...run.slice(0, 6), '--engine', 'exact', '--limit', '2');
    const folded = unearth(...run.slice(0, 6), '--engine', 'folded', '--limit', '2');
    const numbers = (text: string): number[] => text.trim().split(/[\n,]/).map(Number);
    numbers(exact.stdout).forEach((value, index) => {
      expect(numbers(folded.stdout)[index]).toBeCloseTo(value, 9);
    });

    const model = unearth('inspect', digits, '--json');
    expect(JSON.parse(model.stdout)).toMatchObject({ kind: 'model', dimensions: [64, 32, 16, 10] });
    const ticket = unearth('inspect', 'digits.ticket', '--json');
    expect(JSON.parse(ticket.stdout)).toMatchObject({ kind: 'constructed', seed: '1' });
  });

  it('finds at a certified error, verifies it and attacks it', () => {
    const flags = ['--domain', 'box:0,1', '--epsilon', '0.5', '-o', 'half.ticket'];
    const found = unearth('find', digits, ...flags, '--json');
    expect(found).toMatchObject({ status: 0, stderr: '' });
    const { precision } = JSON.parse(found.stdout);
    expect(precision).toMatchObject({ mode: 'certified', epsilon: { requested: '0.5' } });
    expect(Number(precision.epsilon.certified)).toBeLessThanOrEqual(0.5);
    expect(precision.epsilon.outputs).toHaveLength(10);
    expect(precision.averageFractionalBits).toBeLessThan(16);

    const verified = unearth('verify', 'half.ticket', '--model', digits);
    expect(verified.status).toBe(0);
    expect(verified.stdout).toContain(`|model - ticket| <= ${precision.epsilon.certified}`);

    const attack = ['attack', 'half.ticket', '--model', digits, '--evaluations', '500'];
    const attacked = unearth(...attack, '--json');
    expect(attacked).toMatchObject({ status: 0, stderr: '' });
    const { measured, certified, violated, input } = JSON.parse(attacked.stdout);
    expect(certified).toBe(precision.epsilon.certified);
    expect(violated).toBe(false);
    expect(measured).toBeGreaterThan(0);
    expect(measured).toBeLessThanOrEqual(Number(certified));
    expect(input).toHaveLength(64);
    const classes = ['classes', 'half.ticket', '--model', digits];
    const data = ['--data', images, '--divide', '255', '--labels', labels];
    const classified = unearth(...classes, ...data, '--json');
    expect(classified).toMatchObject({ status: 0, stderr: '' });
    const counts = JSON.parse(classified.stdout);
    expect(counts).toMatchObject({ samples: 2000, correct: 1938, outside: 0 });
    expect(counts.unchanged).toBeGreaterThan(1500);
    expect(counts.provablyCorrect).toBeLessThanOrEqual(counts.unchanged);
    const forgotten = unearth(...classes, '--data', images);
    expect(forgotten.status).toBe(0);
    expect(forgotten.stderr).toBe(
      'note: all samples are outside the domain; did you forget --divide 255?\n',
    );
    const told = unearth('find', digits, '-o', 'counted.ticket').stdout;
    expect(told).toMatch(
      /target .*2,778 weights and biases \(2,876 entries in its matrices, with the constant's rows\)/,
    );
    expect(unearth('inspect', digits).stdout).toMatch(/2,778 weights and biases/);
    const { model } = JSON.parse(unearth('find', digits, '-o', 'counted.ticket', '--json').stdout);
    expect(model).toMatchObject({ parameters: 2778, weights: 2876 });
    expect(unearth('find', '--help').stdout.replace(/\s+/g, ' ')).toMatch(
      /--force replace .* the ticket of another request/,
    );
    expect(unearth(...classes, '--box', 'box:0.499,0.5')).toMatchObject({ status: 0 });
    expect(unearth(...classes, '--box', 'box:0,1')).toMatchObject({ status: 1 });
    expect(unearth(...classes, '--box', 'box:0,2').stderr).toMatch(/leaves the domain/);
    expect(unearth(...classes)).toMatchObject({ status: 2 });
    expect(unearth(...classes, '--data', labels).stderr).toMatch(/t10k|labels.*values/);
    expect(unearth(...attack, '--domain', 'all')).toMatchObject({ status: 2 });
    expect(unearth(...attack, '--domain', 'box:0,2').stdout).toContain('promises no error there');
  });

  it("reports the paper's precision in digits, and the bits that they are", () => {
    const model = buildModel({
      inputDims: [1, 2],
      nodes: chain([
        ['MatMul', ['_', 'v']],
        ['Relu', ['_']],
        ['MatMul', ['_', 'w']],
      ]),
      initializers: [
        floats('v', [2, 2], [0.5, -0.25, 0.125, 0.5]),
        floats('w', [2, 1], [0.75, -0.5]),
      ],
    });
    writeFileSync(path.join(folder, 'paper.onnx'), model);
    const flags = ['--precision', 'paper', '--epsilon', '0.1', '--domain', 'ball:1', '--json'];
    const found = unearth('find', 'paper.onnx', ...flags);
    expect(found).toMatchObject({ status: 0, stderr: '' });
    // ceil(log10(d^2 l / epsilon)) digits, d = l = 2.
    const { precision } = JSON.parse(found.stdout);
    expect(precision).toMatchObject({ mode: 'paper', base: 10, fractionalPlaces: [2, 2] });
    for (const bits of [...precision.fractionalBits, precision.averageFractionalBits]) {
      expect(2 ** bits).toBeCloseTo(100, 9);
    }
    const binary = JSON.parse(
      unearth('find', 'paper.onnx', '--bits', '3', '--json', '-o', 'b.ticket').stdout,
    );
    // The second layer is exact with 2.
    expect(binary.precision).toMatchObject({ mode: 'lossless', fractionalBits: [3, 2] });
    expect(binary.precision.averageFractionalBits).toBeCloseTo((4 * 3 + 2 * 2) / 6, 9);
    expect(binary.precision).not.toHaveProperty('base');
  });

  it('finds several models in one source with one seed, and proves each', () => {
    const models = [
      [8, 12, 5],
      [8, 6, 7, 5],
    ].map((dimensions, index) => {
      const file = `member-${index}.onnx`;
      writeFileSync(path.join(folder, file), gemmChain(dimensions, index));
      return file;
    });
    const domain = ['--domain', 'box:0,1'];
    const planned = unearth('plan', ...models, ...domain, '--source', 'both.source', '--json');
    expect(planned).toMatchObject({ status: 0, stderr: '' });
    const [{ widths }] = JSON.parse(planned.stdout).plans;
    const flags = [...domain, '--source', 'both.source', '--seed', '9', '--json'];
    for (const [index, model] of models.entries()) {
      const ticket = `member-${index}.ticket`;
      const precision = index === 0 ? [] : ['--bits', '11'];
      const found = unearth('find', model, ...flags, ...precision, '-o', ticket);
      expect(found).toMatchObject({ status: 0, stderr: '' });
      expect(JSON.parse(found.stdout)).toMatchObject({
        seed: '9',
        source: { widths },
        model: {
          layers:
            index === 0
              ? [
                  [8, 12],
                  [12, 5],
                ]
              : [
                  [8, 6],
                  [6, 7],
                  [7, 5],
                ],
        },
      });
      const verified = unearth('verify', ticket, '--model', model, '--json');
      expect(JSON.parse(verified.stdout)).toMatchObject({ proved: true, modelMatches: true });
      const other = unearth('verify', ticket, '--model', models[1 - index], '--json');
      expect(JSON.parse(other.stdout)).toMatchObject({ proved: false, modelMatches: false });
    }
    expect(unearth('find', digits, ...flags, '-o', 'x.ticket').stderr).toMatch(
      /not in the class of this source/,
    );
    expect(unearth('find', models[0], ...flags, '--delta', '0.1').stderr).toMatch(/--delta/);
    expect(unearth('find', models[0], ...flags, '--construction', 'diamond').status).toBe(2);
    const noSource = unearth('find', models[0], ...domain, '--source', models[0]);
    expect(noSource).toMatchObject({ status: 2, stdout: '' });
    expect(noSource.stderr).toMatch(/member-0\.onnx: .*plan --source/);
    const text = readFileSync(path.join(folder, 'both.source'), 'utf8');
    const wide = JSON.parse(text);
    wide.blocks[0].hiddenWidths[1] = 4e9;
    writeFileSync(path.join(folder, 'wide.source'), JSON.stringify(wide));
    const hostile = unearth('find', models[0], ...domain, '--source', 'wide.source');
    expect(hostile).toMatchObject({ status: 2, stdout: '' });
    expect(hostile.stderr).toMatch(/wide\.source: blocks\.0\.hiddenWidths\.1: far more than/);
    writeFileSync(path.join(folder, 'mine.source'), 'not a source');
    expect(unearth('plan', models[0], '--source', 'mine.source').status).toBe(2);
    expect(unearth('plan', models[0], '--source', 'both.source').status).toBe(0);
  });

  it('finds the same bytes with every number of threads', () => {
    writeFileSync(path.join(folder, 'wide.onnx'), gemm(128, 640));
    const tickets = [1, 2, 3].map((threads) => {
      const flags = ['--domain', 'box:0,1', '--threads', String(threads), '-o', 'wide.ticket'];
      expect(unearth('find', 'wide.onnx', ...flags)).toMatchObject({ status: 0, stderr: '' });
      return readFileSync(path.join(folder, 'wide.ticket'));
    });
    expect(tickets[1].equals(tickets[0])).toBe(true);
    expect(tickets[2].equals(tickets[0])).toBe(true);
  });

  it('says nothing of a ticket that is not proved', () => {
    expect(unearth('find', digits, '--bits', '4', '-o', 'true.ticket').status).toBe(0);
    const bytes = readFileSync(path.join(folder, 'true.ticket'));
    writeFileSync(path.join(folder, 'false.ticket'), concatenate(emptiedTicket(bytes)));
    expect(unearth('verify', 'false.ticket')).toMatchObject({ status: 1 });
    for (const args of [
      ['classes', 'false.ticket', '--model', digits, '--data', images, '--divide', '255'],
      ['attack', 'false.ticket', '--model', digits, '--domain', 'box:0,1'],
      ['export', 'false.ticket'],
    ]) {
      const refused = unearth(...args);
      expect(refused.status).toBe(1);
      expect(refused.stdout).toMatch(/not proved: block 1/);
    }
    const other = unearth('attack', 'true.ticket', '--model', 'other.onnx', '--domain', 'box:0,1');
    expect(other.status).toBe(2);
  });

  it('plans every construction, for one model and for several', () => {
    const planned = JSON.parse(unearth('plan', digits, digits, '--bits', '8', '--json').stdout);
    expect(planned.plans.map(({ construction }: { construction: string }) => construction)).toEqual(
      ['horner', 'skip', 'diamond'],
    );
    for (const { failureBound } of planned.plans) expect(failureBound).toBeLessThanOrEqual(1e-6);
  });

  it('plans thousands of layers', () => {
    const row = (count: number, value: string): string => `${`${value},`.repeat(count)}\n`;
    const deep = path.join(folder, 'deep.nnet');
    const ranges = [row(1, '0'), row(1, '1'), row(2, '0'), row(2, '1')].join('');
    const head = `3000,1,1,1,\n${row(3001, '1')}0,\n${ranges}`;
    writeFileSync(deep, `${head}${'0.1,\n0,\n'.repeat(3000)}`);
    const { status, stdout } = unearth('plan', deep, '--domain', 'box:0,1');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^skip +150000 /m);
  });

  it('lists every command with its arguments, also with one of them behind --help', () => {
    const { stdout } = unearth('--help');
    expect(stdout).toContain('verify [options] <ticket>');
    expect(unearth('--help', 'find').stdout).toBe(stdout);
  });

  it.each(Object.keys(COMMANDS))('shows the help of %s', (name) => {
    const { status, stdout, stderr } = unearth(name, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`Usage: unearth ${name}`);
  });

  it.each([
    [['find'], /missing required argument/],
    [['find', 'absent.onnx'], /absent\.onnx/],
    [['find', digits, '--bits', 'many'], /--bits many: give a whole number/],
    [['find', digits, '--bits', '3', '--lossless'], /exclude each other/],
    [['find', digits, '--bits', '3', '--epsilon', '1'], /exclude each other/],
    [['find', digits, '--epsilon', '0.1', '-o', 'x.ticket'], /bounded domain/],
    [['find', digits, '--epsilon', '0', '--domain', 'box:0,1'], /above 0/],
    [['find', digits, '--construction', 'square'], /choose horner, skip, diamond/],
    [['find', digits, '--domain', 'box:1'], /box:lo,hi/],
    [['find', digits, '--seed', '-1'], /2\^64/],
    [['find', digits, '-o', 'no/such/folder.ticket'], /no folder/],
    [
      [
        'find',
        digits,
        '--precision',
        'paper',
        '--epsilon',
        '0.1',
        '--domain',
        'ball:1',
        '-o',
        'x.ticket',
      ],
      /biases/,
    ],
    [['verify', digits], /digits\.onnx/],
    [['run', 'digits.ticket', '--input', digits], /digits\.onnx/],
    [['unknown'], /unknown command/],
  ] as const)('%j is bad usage or input, in one line', (args, message) => {
    const { status, stdout, stderr } = unearth(...args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('replaces tickets, and nothing else without --force', () => {
    const file = path.join(folder, 'mine.txt');
    writeFileSync(file, 'not a ticket');
    const refused = unearth('find', digits, '--bits', '4', '-o', 'mine.txt');
    expect(refused.status).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('not a ticket');
    expect(unearth('find', digits, '--bits', '4', '-o', 'mine.txt', '--force').status).toBe(0);
    expect(unearth('find', digits, '--bits', '4', '-o', 'mine.txt').status).toBe(0);
  });

  it('refuses a damaged ticket, and another model', () => {
    expect(unearth('find', digits, '--bits', '4', '-o', 'four.ticket').status).toBe(0);
    const bytes = readFileSync(path.join(folder, 'four.ticket'));
    bytes[bytes.length - 5] ^= 4;
    writeFileSync(path.join(folder, 'damaged.ticket'), bytes);
    const damaged = unearth('verify', 'damaged.ticket');
    expect(damaged).toMatchObject({ status: 2, stdout: '' });
    expect(damaged.stderr).toMatch(/damaged\.ticket: metadata "digest"/);

    const other = path.join(folder, 'other.onnx');
    writeFileSync(other, gemm(64, 10));
    const mismatch = unearth('verify', 'four.ticket', '--model', other, '--json');
    expect(mismatch.status).toBe(1);
    expect(JSON.parse(mismatch.stdout)).toMatchObject({
      proved: false,
      equal: true,
      modelMatches: false,
    });
  });

  it('stops within a second of Ctrl-C, in the middle of the work, and leaves nothing', async () => {
    const model = path.join(folder, 'large.onnx');
    writeFileSync(model, gemm(784, 1024));
    const args = ['find', model, '--construction', 'diamond', '-o', 'large.ticket'];
    const { child, ended } = start(...args);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    const code = await Promise.race([
      ended,
      new Promise((resolve) => setTimeout(resolve, 5000, 'still running')),
    ]);
    expect(code).toBe(130);
    expect(existsSync(path.join(folder, 'large.ticket'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

/** A model of one layer with random weights. */
function gemm(inputs: number, outputs: number): Uint8Array {
  return gemmChain([inputs, outputs], 1);
}

/** A model of fully connected layers with ReLU between them and random weights. */
function gemmChain(dimensions: readonly number[], seed: number): Uint8Array {
  const layers = dimensions
    .slice(1)
    .map((outputs, index) => ({ inputs: dimensions[index], outputs }));
  return buildModel({
    inputDims: [1, dimensions[0]],
    outputDims: [1, dimensions[dimensions.length - 1]],
    nodes: chain(
      layers.flatMap((_, index): Parameters<typeof chain>[0] => [
        ['Gemm', ['_', `w${index}`, `b${index}`], { transB: 1n }],
        ...(index < layers.length - 1 ? [['Relu', ['_']] as const] : []),
      ]),
    ),
    initializers: layers.flatMap(({ inputs, outputs }, index) => [
      floats(`w${index}`, [outputs, inputs], someFloats(inputs * outputs, seed + 2 * index)),
      floats(`b${index}`, [outputs], someFloats(outputs, seed + 2 * index + 1)),
    ]),
  });
}
