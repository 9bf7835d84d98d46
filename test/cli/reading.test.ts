/** The sentences about a model of which reading left out or rounded something. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildModel, type ChainStep, chain, floats } from '../target/onnx-writer.js';
import { commandLine } from './processes.js';

const { folder, unearth } = commandLine('reading');

function write(name: string, last: ChainStep): string {
  const bytes = buildModel({
    inputDims: ['N', 2],
    nodes: chain([['MatMul', ['_', 'w']], last]),
    initializers: [floats('w', [2, 2], [1, -2, 0.5, 3]), floats('c', [1], [3])],
  });
  writeFileSync(path.join(folder, `${name}.onnx`), bytes);
  writeFileSync(path.join(folder, 'x.json'), '[[1, 2]]');
  return `${name}.onnx`;
}

describe('a model of which reading left something out or rounded it', () => {
  it.each([
    ['soft', ['Softmax', ['_']], /Softmax left out/, /is the model without its Softmax, exactly/],
    [
      'third',
      ['Div', ['_', 'c']],
      /folding Div rounded .*e-16/,
      /is the model as it was read: error 0/,
    ],
  ] as const)('%s: every command says so', (name, last, told, verified) => {
    const model = write(name, last);
    const ticket = `${name}.ticket`;
    expect(unearth('find', model, '--domain', 'box:0,1').stdout).toMatch(told);
    const verify = unearth('verify', ticket, '--model', model);
    expect(verify.status).toBe(0);
    expect(verify.stdout).toMatch(verified);
    expect(verify.stdout.includes('exactly')).toBe(name === 'soft');
    for (const command of [
      ['inspect', model],
      ['inspect', ticket],
      ['attack', ticket, '--model', model, '--evaluations', '100'],
      ['classes', ticket, '--model', model, '--box', 'box:0.25,0.25'],
      ['export', ticket, '--force'],
    ]) {
      expect(unearth(...command).stdout, command.join(' ')).toMatch(told);
    }
    const run = unearth('run', ticket, '--input', 'x.json', '--outside', 'allow');
    expect(run.stderr).toMatch(told);
    for (const command of [
      ['verify', ticket, '--model', model, '--json'],
      ['inspect', ticket, '--json'],
      ['inspect', model, '--json'],
      ['run', ticket, '--input', 'x.json', '--outside', 'allow', '--json'],
    ]) {
      const { reading } = JSON.parse(unearth(...command).stdout);
      expect(reading[name === 'soft' ? 'leftOut' : 'rounded']).toHaveLength(1);
    }
  });
});
