/** Samples of feature maps in both orders on the command line: never one taken for the other. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { float64Bytes, npyFile, npyHeader } from '../data/writers.js';
import { buildModel, chain, floats } from '../target/onnx-writer.js';
import { commandLine, digits } from './processes.js';

const { folder, unearth } = commandLine('run-layout');

const [channels, height, width] = [3, 4, 5];
const SAMPLES = 2;

/** Samples in one order, from what stands at channel, row and column. */
function numbers(axes: readonly ('c' | 'y' | 'x')[]): number[] {
  const lengths = { c: channels, y: height, x: width };
  const [a, b, d] = axes as ['c' | 'y' | 'x', 'c' | 'y' | 'x', 'c' | 'y' | 'x'];
  const at = { c: 0, y: 0, x: 0 };
  const all: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (at[a] = 0; at[a] < lengths[a]; at[a]++) {
      for (at[b] = 0; at[b] < lengths[b]; at[b]++) {
        for (at[d] = 0; at[d] < lengths[d]; at[d]++) {
          all.push(100 * sample + 37 * at.c + 5 * at.y + at.x ** 2);
        }
      }
    }
  }
  return all;
}

function write(name: string, shape: readonly number[], values: readonly number[]): void {
  writeFileSync(
    path.join(folder, name),
    npyFile(npyHeader('<f8', shape), float64Bytes(values, true)),
  );
}

describe('run of feature maps', () => {
  const first = numbers(['c', 'y', 'x']);
  const last = numbers(['y', 'x', 'c']);

  beforeAll(() => {
    const model = buildModel({
      inputDims: ['N', channels, height, width],
      nodes: chain([
        ['Conv', ['_', 'w']],
        ['Relu', ['_']],
        ['GlobalAveragePool', ['_']],
        ['Flatten', ['_']],
      ]),
      initializers: [
        floats(
          'w',
          [2, channels, 2, 2],
          Array.from({ length: 24 }, (_, at) => ((7 * at) % 11) / 8),
        ),
      ],
    });
    writeFileSync(path.join(folder, 'maps.onnx'), model);
    expect(unearth('find', 'maps.onnx', '-o', 'maps.ticket').status).toBe(0);
    write('first.npy', [SAMPLES, channels, height, width], first);
    write('last.npy', [SAMPLES, height, width, channels], last);
    write('flat-last.npy', [SAMPLES, channels * height * width], last);
    write('turned.npy', [SAMPLES, width, height, channels], last);
    const rows = Array.from({ length: SAMPLES }, (_, at) => last.slice(60 * at, 60 * at + 60));
    writeFileSync(path.join(folder, 'last.csv'), `${rows.map((row) => row.join()).join('\n')}\n`);
  });

  const run = (...args: string[]) => {
    const { status, stdout, stderr } = unearth('run', 'maps.ticket', '--json', '--input', ...args);
    return { status, stderr, outputs: stdout === '' ? null : JSON.parse(stdout).outputs };
  };

  it('gives the same outputs in either order, told by the shape or by --layout', () => {
    const expected = run('first.npy');
    expect([expected.status, expected.stderr]).toEqual([0, '']);
    const told = run('last.npy');
    expect(told.outputs).toEqual(expected.outputs);
    expect(told.stderr).toMatch(
      /^note: last\.npy: its samples are N x 4 x 5 x 3 \(nhwc\) and are brought .* N x 3 x 4 x 5 \(nchw\)\n$/,
    );
    for (const input of ['last.npy', 'flat-last.npy', 'last.csv']) {
      expect(run(input, '--layout', 'nhwc')).toEqual(expected);
    }
    expect(run('first.npy', '--layout', 'nchw', '--batch', '1').outputs).toEqual(expected.outputs);
    expect(run('flat-last.npy').outputs).not.toEqual(expected.outputs);
  });

  it.each([
    [['maps.ticket', '--input', 'turned.npy'], /turned\.npy: shape 2x5x4x3: it is neither N x 3 x/],
    [
      ['maps.ticket', '--input', 'first.npy', '--layout', 'nhwc'],
      /it is not N x .* as --layout says/,
    ],
    [['maps.ticket', '--input', 'first.npy', '--layout', 'hwc'], /choose nchw, nhwc/],
    [['d.ticket', '--input', 'flat.npy', '--layout', 'nhwc'], /--layout nhwc: .*no feature maps/],
  ])('%j is refused in one line', (args, message) => {
    if (args[0] === 'd.ticket') {
      unearth('find', digits, '-o', 'd.ticket', '--bits', '4');
      write('flat.npy', [1, 64], first.slice(0, 64));
    }
    const { status, stdout, stderr } = unearth('run', ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
  });
});
