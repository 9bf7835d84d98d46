/** Certified around inputs on the command line: found, verified with the inputs, counted around others. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildModel, chain, floats, someFloats } from '../target/onnx-writer.js';
import { commandLine } from './processes.js';

const { folder, unearth } = commandLine('certify');

function write(name: string, samples: number, shift: number): void {
  const rows = Array.from({ length: samples }, (_, sample) =>
    Array.from({ length: 36 }, (__, at) => (7 * sample + 3 * at + shift) % 11).join(),
  );
  writeFileSync(path.join(folder, name), `${rows.join('\n')}\n`);
}

describe('a network of feature maps around images', () => {
  it('is found with the fewest bits that hold there, and proved with them', () => {
    const model = buildModel({
      inputDims: ['N', 1, 6, 6],
      nodes: chain([
        ['Conv', ['_', 'w']],
        ['Relu', ['_']],
        ['Flatten', ['_']],
        ['Gemm', ['_', 'v']],
      ]),
      initializers: [
        floats('w', [2, 1, 3, 3], someFloats(18, 1)),
        floats('v', [32, 3], someFloats(96, 2)),
      ],
    });
    writeFileSync(path.join(folder, 'm.onnx'), model);
    write('images.csv', 4, 0);
    write('others.csv', 4, 1);
    writeFileSync(path.join(folder, 'labels.csv'), '0\n1\n2\n0\n');
    const around = ['--domain', 'around:images.csv,0.5,0,1', '--divide', '10'];
    const found = unearth('find', 'm.onnx', '-o', 'm.ticket', '--epsilon', '0.05', ...around);
    expect(found.stderr).toBe('');
    expect(found.stdout).toMatch(/within 0\.5 of 4 inputs \(numbers over 10\).*cut to \[0, 1\]/);
    const verified = unearth('verify', 'm.ticket', '--model', 'm.onnx', '--data', 'images.csv');
    expect(verified.stdout).toMatch(
      /\|model - ticket\| <= 0\.0\d+ for inputs within 0\.5 of 4 inputs/,
    );
    expect(verified.status).toBe(0);
    const without = unearth('verify', 'm.ticket', '--model', 'm.onnx');
    expect(without.stderr).toMatch(/holds around 4 inputs: give them as --data/);
    expect(without.status).toBe(2);
    const others = unearth('verify', 'm.ticket', '--model', 'm.onnx', '--data', 'others.csv');
    expect(others.stdout).toMatch(/not proved: .*are not those given/);
    expect(others.status).toBe(1);
    // The same request replaces its own ticket, another does not.
    const again = ['find', 'm.onnx', '-o', 'm.ticket', '--epsilon', '0.05', '--divide', '10'];
    expect(unearth(...again, '--domain', 'around:images.csv,0.5,0,1').status).toBe(0);
    expect(unearth(...again, '--domain', 'around:images.csv,0.4,0,1').status).toBe(2);
    const counted = unearth(
      ...['certify', 'm.ticket', '--model', 'm.onnx', '--data', 'images.csv', '--radius', '0.5'],
      ...['--divide', '10', '--clip', '0,1', '--labels', 'labels.csv', '--json'],
    );
    expect(counted.stderr).toBe('');
    expect(JSON.parse(counted.stdout)).toMatchObject({
      ...{ samples: 4, epsilon: 0.05, withinEpsilon: 4 },
      correct: expect.any(Number),
      statistical: null,
    });
    const share = (data: string, ...more: string[]) =>
      unearth(
        ...['certify', 'm.ticket', '--model', 'm.onnx', '--data', data, '--radius', '0'],
        ...['--divide', '10', '--confidence', '0.99', '--epsilon', '100', ...more],
      );
    // 1 - 0.01^(1/4).
    expect(share('others.csv').stdout).toMatch(
      /statistical, no proof +with confidence 0\.99 at most a share 0\.68377[34] of inputs drawn like these/,
    );
    const own = share('images.csv');
    expect(own.stderr).toMatch(/images\.csv: the ticket was chosen for these very inputs/);
    expect(own.status).toBe(2);
    // Below 0 the pruned source need not be the integers.
    writeFileSync(path.join(folder, 'below.csv'), `${new Array(36).fill(-1).join()}\n`);
    const below = share('below.csv');
    expect(below.stderr).toMatch(/below\.csv: the ball of input 1 .*--clip/);
    expect(below.status).toBe(2);
  });

  it('refuses what makes no sense, in one line', () => {
    for (const [args, reason] of [
      [['--bits', '3', '--domain', 'around:images.csv,1'], /needs --epsilon/],
      [['--epsilon', '1', '--domain', 'around:images.csv'], /no file with a radius/],
      [['--epsilon', '1', '--domain', 'around:images.csv,-1'], /negative/],
      [['--epsilon', '1', '--domain', 'around:none.csv,1'], /none\.csv/],
      [['--epsilon', '1', '--domain', 'box:0,1', '--divide', '2'], /--divide is for/],
      [['--epsilon', '1', '--domain', 'around:images.csv,0.1,20,30'], /outside of its clip/],
    ] as const) {
      const refused = unearth('find', 'm.onnx', '-o', 'n.ticket', ...args);
      expect(refused.stderr).toMatch(reason);
      expect(refused.stderr.trim().split('\n')).toHaveLength(1);
      expect(refused.status).toBe(2);
    }
  });
});
