/** The sentences about a model of which reading left out or rounded something. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
      ['plan', model],
      ['compare', model, '--domain', 'box:0,1', '--epsilon', '0.5', '--systems', 'pensia,horner'],
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
      ['attack', ticket, '--model', model, '--evaluations', '100', '--json'],
      ['classes', ticket, '--model', model, '--box', 'box:0.25,0.25', '--json'],
      ['export', ticket, '--force', '--json'],
      ['find', model, '--domain', 'box:0,1', '--json'],
      ['plan', model, '--json'],
      [
        'compare',
        model,
        '--domain',
        'box:0,1',
        '--epsilon',
        '0.5',
        '--systems',
        'horner',
        '--json',
      ],
    ]) {
      const report = JSON.parse(unearth(...command).stdout);
      const reading = report.reading ?? report.model?.reading ?? report.readings[0];
      expect(reading[name === 'soft' ? 'leftOut' : 'rounded']).toHaveLength(1);
    }
  });

  it('carries it into the report of compare and the tickets of other systems', () => {
    const model = write('other', ['Softmax', ['_']]);
    const domain = ['--domain', 'box:0,1', '--epsilon', '0.5'];
    mkdirSync(path.join(folder, 'tickets'));
    const options = ['--systems', 'pensia', '--html', 'c.html', '--tickets', 'tickets'];
    expect(unearth('compare', model, ...domain, ...options).status).toBe(0);
    expect(readFileSync(path.join(folder, 'c.html'), 'utf8')).toMatch(
      /<dt>as read<\/dt><dd>Softmax left out; /,
    );
    const ticket = 'tickets/other.pensia.ticket';
    expect(unearth('verify', ticket, '--model', model).stdout).toMatch(
      /the ticket is within \S+ of the model without its Softmax/,
    );
    expect(unearth('inspect', ticket).stdout).toMatch(/Softmax left out/);
    const { stderr } = unearth('run', ticket, '--input', 'x.json', '--outside', 'allow');
    expect(stderr).toMatch(/Softmax left out/);
  });

  it('says of a certified ticket how far it is from what was read, and never that it is that', () => {
    const model = write('near', ['Softmax', ['_']]);
    writeFileSync(path.join(folder, 'in.json'), '[[1, 0.5]]');
    unearth('find', model, '--domain', 'box:0,1', '--epsilon', '0.75', '-o', 'near.ticket');
    const { stderr } = unearth('run', 'near.ticket', '--input', 'in.json');
    expect(stderr).toMatch(
      /certified to 0\.5\d? of its model without its Softmax; together at most/,
    );
    expect(stderr).toMatch(/^as read: Softmax left out; /m);
    expect(stderr).not.toMatch(/is its model/);
  });
});
