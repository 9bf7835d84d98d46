/** Plans for architectures without weights, on the command line. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandLine, digits } from './processes.js';

const { folder, unearth } = commandLine('plan-shape');

function write(name: string, layers: readonly object[], more: object = {}): void {
  const input = { channels: 1, height: 8, width: 8 };
  const record = { format: 'unearth-architecture/1', input, layers, ...more };
  writeFileSync(path.join(folder, name), JSON.stringify(record));
}

describe('plan --shape', () => {
  beforeAll(() => {
    write('maps.json', [
      { kind: 'convolution', channels: 6, kernel: 3, pads: 1 },
      { kind: 'max-pooling', kernel: 2, stride: 2 },
      { kind: 'dense', outputs: 10 },
    ]);
    write('dense.json', [
      { kind: 'dense', outputs: 20 },
      { kind: 'dense', outputs: 10 },
    ]);
    write('wrong.json', [{ kind: 'convolution', channels: 6, kernel: 9 }]);
    write('large.json', Array(3).fill({ kind: 'dense', outputs: 2 ** 14 }));
  });

  it('tells blocks, depth, sizes, bounds and what it is expected to take', () => {
    const { status, stdout, stderr } = unearth('plan', '--shape', 'maps.json', '--bits', '6');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^class: 1-2-6-12-.*-10, integers of 1, 7, .* bits, signed inputs, biases\n/,
    );
    expect(stdout).toMatch(/\ncounting bound: [\d,]+ source weights\n/);
    expect(stdout).toMatch(/\nhorner +\d+ +\d+ +[\d,]+ +\d+\.\d+ +\d\.\d+e-7\n/);
    expect(stdout).toMatch(/\nblock 1: direct.*\nblock 2: chains.*\n/);
    expect(stdout).toMatch(/\nto find, write and prove: about .* extrapolated from ResNet-18/);
    const json = JSON.parse(
      unearth('plan', '--shape', 'maps.json', '--bits', '6', '--json').stdout,
    );
    expect(json).toMatchObject({
      models: [],
      shape: 'maps.json',
      plans: [{ construction: 'horner' }, { construction: 'skip' }],
    });
    expect(json.expected.seconds).toBeGreaterThan(0);
  });

  it('plans fully connected layers with every construction, and writes their source', () => {
    const args = ['--shape', 'dense.json', '--bits', '6', '--source', 'dense.source'];
    const { status, stdout } = unearth('plan', ...args);
    expect(status).toBe(0);
    expect(stdout).toMatch(/\ndiamond .*\n/);
    expect(readFileSync(path.join(folder, 'dense.source'), 'utf8')).toMatch(
      /"dimensions":\[64,20,10\]/,
    );
  });

  it.each([
    [['--shape', 'maps.json'], /an architecture has no weights; say with --bits .* 1 to 53/],
    [['--shape', 'maps.json', '--bits', '0'], /1 to 53/],
    [['--shape', 'maps.json', '--bits', '54'], /1 to 53/],
    [['--shape', 'maps.json', '--bits', '4', '--epsilon', '1'], /exclude each other/],
    [['--shape', 'maps.json', '--bits', '4', digits], /plans without a model/],
    [[], /give a model, or an architecture with --shape/],
    [
      ['--shape', 'wrong.json', '--bits', '4'],
      /wrong\.json: layers\[0\]\.kernel: 9 by 9 is larger .*docs/,
    ],
    [
      ['--shape', 'large.json', '--bits', '4'],
      /large\.json: layers: .* over the limit of 2G; .*--memory/,
    ],
    [
      ['--shape', digits, '--bits', '4'],
      /this is an ONNX model, and an architecture .*without --shape/,
    ],
    [['--shape', 'none.json', '--bits', '4'], /none\.json: /],
    [['--shape', 'maps.json', '--bits', '4', '--source', 'maps.json'], /--shape/],
  ])('%j is refused in one line', (args, message) => {
    const { status, stdout, stderr } = unearth('plan', ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
  });
});
