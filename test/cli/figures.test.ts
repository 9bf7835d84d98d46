/** `unearth figures` and `find --html`: files that a browser shows, for tickets of every kind. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { find } from '../../src/index.js';
import { assertWellFormed } from '../figures/drawing.js';
import { randomNetwork } from '../networks.js';
import { trainedBytes } from '../ticket/trained-sample.js';
import { commandLine, digits } from './processes.js';

const { folder, unearth } = commandLine('figures');

beforeAll(async () => {
  const network = randomNetwork({ dimensions: [3, 4, 2], seed: 1 });
  const found = await find({ network }, { domain: 'box:0,1', bits: 5 });
  const diamond = await find({ network }, { domain: 'box:0,1', bits: 2, construction: 'diamond' });
  if (!found.found || !diamond.found) throw new Error('not found');
  writeFileSync(path.join(folder, 'small.ticket'), found.bytes);
  writeFileSync(path.join(folder, 'diamond.ticket'), diamond.bytes);
  writeFileSync(path.join(folder, 'trained.ticket'), trainedBytes());
});

const read = (...names: string[]): string => readFileSync(path.join(folder, ...names), 'utf8');

describe('figures', () => {
  it('writes map, ladder and masks of a constructed ticket', () => {
    const { status, stdout, stderr } = unearth('figures', 'small.ticket', '--weight', '2,1,0');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const files = ['map', 'map-drawn', 'ladder', 'masks'].map(
      (name) => `small-figures/${name}.svg`,
    );
    expect(stdout.trim().split('\n')).toEqual(files);
    for (const file of files) assertWellFormed(read(file));
    expect(read('small-figures', 'ladder.svg')).toContain('Block 2, from input 0 to neuron 1');
    // Its own files are replaced without a word.
    expect(unearth('figures', 'small.ticket').status).toBe(0);
    writeFileSync(path.join(folder, 'small-figures', 'map.svg'), 'mine');
    expect(unearth('figures', 'small.ticket')).toMatchObject({ status: 2 });
    expect(read('small-figures', 'map.svg')).toBe('mine');
  });

  it('says what it does not draw of other tickets', () => {
    const trained = unearth('figures', 'trained.ticket', '-o', 'trained', '--json');
    expect(trained.status).toBe(0);
    expect(JSON.parse(trained.stdout)).toMatchObject({
      files: ['trained/map.svg', 'trained/map-drawn.svg', 'trained/masks.svg'],
      omitted: [{ name: 'ladder' }],
    });
    const diamond = unearth('figures', 'diamond.ticket', '-o', 'diamond');
    expect(diamond.status).toBe(0);
    expect(diamond.stderr).toMatch(/ladder is not drawn: ladders are drawn of tickets of horner/);
  });

  it('refuses a weight that is none, and a file that is no ticket', () => {
    for (const weight of ['1', '0,1,1', '1,-1,0', 'a,b,c']) {
      expect(unearth('figures', 'small.ticket', '--weight', weight)).toMatchObject({ status: 2 });
    }
    expect(unearth('figures', 'small.ticket', '--weight', '9,0,0').stderr).toMatch(/block/);
    expect(unearth('figures', digits, '-o', 'none').status).toBe(2);
  });
});

describe('find --html', () => {
  it('writes a page that loads nothing, with what the command said, and how to verify', () => {
    const args = ['find', digits, '--domain', 'box:0,1', '-o', 'd.ticket', '--html', 'd.html'];
    const { status, stdout } = unearth(...args);
    expect(status).toBe(0);
    const page = read('d.html');
    expect(page).toContain('unearth verify d.ticket --model digits.onnx');
    expect(page).toContain('checked from the written file and the seed');
    const [, weights] = /seed 1: ([\d,]+) random/.exec(stdout) ?? [];
    expect(page).toContain(weights);
    expect(page.match(/<svg /g)).toHaveLength(4);
    expect(page.match(/(?:src|href)=/g)).toBeNull();
    expect(unearth(...args).status).toBe(0);
    writeFileSync(path.join(folder, 'd.html'), 'mine');
    expect(unearth(...args)).toMatchObject({ status: 2 });
    expect(read('d.html')).toBe('mine');
  });
});
