/** What `inspect` says of models and tickets: in words, and the same as before in JSON. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeTicket } from '../../src/ticket/write.js';
import { integersOf } from '../pruned-sources.js';
import { findSkip } from '../skip-sources.js';
import { joined } from '../ticket/sample.js';
import { commandLine, digits, type Finished, images } from './processes.js';

const { folder, unearth } = commandLine('inspect');

/** Headings with their texts. */
function lines(...args: string[]): Record<string, string> {
  const { status, stdout, stderr } = unearth('inspect', ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const rows = stdout.trimEnd().split('\n');
  return Object.fromEntries(
    rows.map((row) => {
      const [, heading = '', text = ''] = /^(\S+(?: \S+)*) {2,}(.+)$/.exec(row) ?? [];
      return [heading, text];
    }),
  );
}

describe('inspect', () => {
  it('describes a model', () => {
    expect(lines(digits)).toMatchObject({
      model: `${digits}: an ONNX file`,
      network: '64 inputs, 2 hidden layers with ReLU, 10 outputs',
      widths: '64 - 32 - 16 - 10',
      weights: '2,778 weights and biases',
      domain: 'all inputs: the file states no bounds; --domain gives some',
      'exact with': '41, 34, 29 binary places after the point in the weights of its layers',
      'SHA-256': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(JSON.parse(unearth('inspect', digits, '--json').stdout)).toMatchObject({
      kind: 'model',
      format: 'onnx',
      dimensions: [64, 32, 16, 10],
      parameters: 2778,
      losslessFractionalBits: [41, 34, 29],
      notices: [],
    });
  });

  it('says of a skip source what its layers read', () => {
    const { ticket } = findSkip(integersOf([[[1, -1]]]), ['signed', 'signed']);
    writeFileSync(path.join(folder, 'skip.ticket'), joined(encodeTicket(ticket)));
    const report = JSON.parse(unearth('inspect', 'skip.ticket', '--json').stdout);
    expect(report.reads).toEqual(ticket.shape.layers.map(({ reads }, index) => reads ?? [index]));
    expect(lines('skip.ticket')).toMatchObject({
      reads: expect.stringMatching(
        /^a skip source: \d+ layers of \d+ read several .* up to 3 each/,
      ),
    });
    expect(unearth('verify', 'skip.ticket').status).toBe(0);
  });

  it('describes a ticket that was found', () => {
    const flags = ['--domain', 'box:0,1', '--bits', '8', '-o', 'eight.ticket'];
    const found = JSON.parse(unearth('find', digits, ...flags, '--json').stdout);
    const report = JSON.parse(unearth('inspect', 'eight.ticket', '--json').stdout);
    expect(report).toMatchObject({
      kind: 'constructed',
      construction: 'horner',
      seed: '1',
      precision: { mode: 'bits', bits: 8 },
      sourceWeights: found.source.weights,
      kept: found.mask.kept,
    });
    const grouped = (number: string): string => Number(number).toLocaleString('en-US');
    expect(lines('eight.ticket')).toMatchObject({
      found: expect.stringMatching(/^the network of digits\.onnx, whose SHA-256 is [0-9a-f]{64}$/),
      domain: expect.stringContaining('the box [0, 1]^64'),
      error: expect.stringContaining('not bounded'),
      source: expect.stringContaining(`${grouped(found.source.weights)} random weights`),
      mask: expect.stringContaining(`keeps ${grouped(found.mask.kept)} of`),
      blocks: expect.stringMatching(/^3 blocks, one for each layer/),
      checked: expect.stringContaining('unearth verify eight.ticket checks it'),
    });
  });

  it('describes a ticket that was learned', () => {
    const data = [images, '--limit', '300', '--test', images];
    const flags = ['--shape', '64-8-10', '--epochs', '1', '-o', 'learned.ticket'];
    expect(unearth('search', ...data, ...flags).status).toBe(0);
    expect(lines('learned.ticket')).toMatchObject({
      network: '64 inputs, 1 hidden layer with ReLU, 10 outputs',
      learned: expect.stringMatching(/^by edge-popup in 1 epoch of batches of 128/),
      accuracy: expect.stringMatching(/^\d+\.\d\d % \([\d,]+ of 2,000 samples/),
      mask: expect.stringMatching(/^keeps 296 of 592 edges \(50\.00 %\), stored in 74 bytes$/),
    });
  });

  it('shortens what there is of hundreds of layers, in words only', () => {
    const layers = 500;
    // Weights of 1 and 3 in turn: widths of a source and bits that differ from layer to layer.
    const weights = Array.from({ length: layers }, (_, layer) => `${1 + 2 * (layer % 2)},\n0,\n`);
    const head = `${layers},1,1,1,\n${'1,'.repeat(layers + 1)}\n0,\n0,\n1,\n0,0,\n1,1,\n`;
    writeFileSync(path.join(folder, 'deep.nnet'), head + weights.join(''));
    const longest = ({ status, stdout, stderr }: Finished): number => {
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return Math.max(...stdout.split('\n').map((line) => line.length));
    };
    const found = unearth('find', 'deep.nnet');
    expect(longest(found)).toBeLessThan(300);
    expect(found.stdout).toContain('target     1-1-1-…-1 (501 widths), 1,000 weights and biases');
    expect(found.stdout).toContain('integers of 1, 2, 1, …, 2 (500 layers) bits');
    expect(found.stdout).toContain('0, 0, 0, …, 0 (500 layers) fractional bits');
    expect(longest(unearth('inspect', 'deep.nnet'))).toBeLessThan(300);
    expect(longest(unearth('inspect', 'deep.ticket'))).toBeLessThan(300);
    expect(longest(unearth('verify', 'deep.ticket', '--model', 'deep.nnet'))).toBeLessThan(300);
    const report = JSON.parse(unearth('inspect', 'deep.ticket', '--json').stdout);
    expect(report.bits.length).toBe(layers);
    expect(JSON.parse(unearth('inspect', 'deep.nnet', '--json').stdout).dimensions.length).toBe(
      layers + 1,
    );
  });

  it('names what is neither', () => {
    const { status, stderr } = unearth('inspect', images);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: .*: this is an IDX array, and a model .* is expected; .*\n$/);
  });
});
