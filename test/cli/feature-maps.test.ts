/** Networks of feature maps: every command that takes a model refuses them in one line, and leaves nothing. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
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
      initializers: [floats('w', [10, 1, 3, 3], someFloats(90, 1))],
    });
    writeFileSync(path.join(folder, 'maps.onnx'), model);
    unearth('find', digits, '-o', 'd.ticket', '--bits', '4');
  });

  it.each([
    ['find', 'maps.onnx', '-o', 'maps.ticket'],
    ['find', 'maps.onnx', '-o', 'maps.ticket', '--epsilon', '0.1', '--domain', 'box:0,1'],
    ['find', 'maps.onnx', '-o', 'maps.ticket', '--construction', 'diamond'],
    ['plan', 'maps.onnx'],
    ['inspect', 'maps.onnx'],
    ['compare', 'maps.onnx', '--epsilon', '0.1', '--domain', 'box:0,1'],
    ['verify', 'd.ticket', '--model', 'maps.onnx'],
    ['attack', 'd.ticket', '--model', 'maps.onnx'],
    ['classes', 'd.ticket', '--model', 'maps.onnx', '--box', 'box:0,1'],
  ])('is refused by %s %s', (...args: string[]) => {
    const before = readdirSync(folder);
    const { status, stdout, stderr } = unearth(...args);
    expect(stderr).toMatch(
      /^error: maps\.onnx: model\.layers\[0\]: it is a convolution, and only networks of fully connected layers, one after another, are found, proved and run so far; give a fully connected network, .*\n$/,
    );
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(readdirSync(folder)).toEqual(before);
  });
});
