import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { UsageError } from '../../src/core/errors.js';
import {
  maskHeatMapFigure,
  telltaleLayers,
  ticketHeatMap,
} from '../../src/figures/mask-heat-map.js';
import { SHADES } from '../../src/figures/palette.js';
import { findTicket } from '../../src/pipeline/find.js';
import { tapsOf, widthOf } from '../../src/source/shape.js';
import { readOnnx } from '../../src/target/onnx/read-onnx.js';
import { randomMapNetwork } from '../map-networks.js';
import { denseMask, integersOf, sparseMask } from '../pruned-sources.js';
import { findSkip } from '../skip-sources.js';
import { assertWellFormed, textsOf } from './drawing.js';
import { faultsOf } from './layout.js';

const options = { title: 'Masks', caption: 'What is kept.' };

/** Rectangles of a path with this fill: x, y, width and height in drawing units. */
function rectangles(svg: string, fill: string): number[][] {
  const [, d = ''] = new RegExp(`<path d="([^"]*)" fill="${fill}"`).exec(svg) ?? [];
  return [...d.matchAll(/M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)/g)].map((match) =>
    match.slice(1).map(Number),
  );
}

describe('the heat map of a skip source', () => {
  it('parts the layers that a layer reads, and names them', () => {
    const { ticket } = findSkip(integersOf([[[1, -1]]]), ['nonnegative', 'nonnegative']);
    const svg = ticketHeatMap(ticket, [1, 2, 3]);
    assertWellFormed(svg);
    expect(faultsOf(svg)).toEqual([]);
    const texts = textsOf(svg);
    expect(texts).toContain('from inputs');
    expect(texts).toContain('from inputs | 1');
    expect(texts).toContain('from inputs | 1 | 2');
    const parted = [...svg.matchAll(/<line x1="([\d.]+)" x2="\1"/g)];
    expect(parted).toHaveLength(1 + 2);
  });
});

describe('the heat map of feature maps', () => {
  it('says how many columns a neuron has', () => {
    const network = randomMapNetwork({ seed: 2, bits: 2, layers: 1, side: 3 });
    const found = findTicket(network, { construction: horner, delta: 1e-2 });
    if (!found.found) throw new Error('not found');
    const { shape } = found.ticket;
    const t =
      shape.layers.findIndex(({ kernel }) => kernel && kernel.height * kernel.width > 1) + 1;
    const svg = ticketHeatMap(found.ticket, [t, t + 1]);
    assertWellFormed(svg);
    expect(faultsOf(svg)).toEqual([]);
    const texts = textsOf(svg);
    expect(texts).toContain(
      `from 0 to ${widthOf(shape, t - 1) - 1}, ${tapsOf(shape, t)} taps each`,
    );
    expect(texts).toContain(`from 0 to ${widthOf(shape, t) - 1}`);
  });
});

describe('maskHeatMapFigure', () => {
  it('draws one cell per edge of a small mask, dense or sparse alike', () => {
    const edges = [
      [0, 0],
      [2, 1],
    ] as const;
    const pictures = [denseMask, sparseMask].map((make) =>
      maskHeatMapFigure([{ title: 'layer 1', mask: make(3, 2, edges) }], options),
    );
    expect(pictures[0]).toBe(pictures[1]);
    assertWellFormed(pictures[0]);
    const [first, second] = rectangles(pictures[0], '#062a4d');
    // Three columns, two rows: the second cell two columns right and one row down.
    expect(second[0] - first[0]).toBeCloseTo(2 * first[2], 1);
    expect(second[1] - first[1]).toBeCloseTo(first[3], 1);
    expect(textsOf(pictures[0])).toContain('33 % kept');
  });

  it('sums up wide layers, every edge in its cell', () => {
    const all = Array.from(
      { length: 100 * 200 },
      (_, index) => [index % 100, index % 200] as const,
    );
    const mask = denseMask(
      100,
      200,
      all.filter(([column, row]) => column < 50 && row < 100),
    );
    const svg = maskHeatMapFigure([{ title: 'quarter', mask }], options);
    const boxes = SHADES.flatMap((fill) => rectangles(svg, fill));
    const right = Math.max(...boxes.map(([x, , width]) => x + width));
    const left = Math.min(...boxes.map(([x]) => x));
    expect(right - left).toBeCloseTo(168 / 2, 0);
  });

  it.each([1, 2, 3, 4, 5, 8, 9, 40])('has room for the texts of %d layers', (layers) => {
    const mask = sparseMask(1_234_567, 12_345_678, [[0, 0]]);
    const panel = { title: 'layer 100, block 12', mask };
    const svg = maskHeatMapFigure(new Array(layers).fill(panel), options);
    expect(faultsOf(svg)).toEqual([]);
    expect(textsOf(svg)).toContain('6.6·10⁻¹² % kept');
    expect(textsOf(svg)).toContain('from 0 to 1,234,566');
  });

  it('refuses no layers, too many, and layers that are not there', () => {
    expect(() => maskHeatMapFigure([], options)).toThrow(UsageError);
    const panel = { title: '', mask: denseMask(1, 1, [[0, 0]]) };
    expect(() => maskHeatMapFigure(new Array(41).fill(panel), options)).toThrow(/of 41/);
  });

  it('chooses telling layers, at most nine', () => {
    expect(telltaleLayers([3])).toEqual([1, 2, 3]);
    expect(telltaleLayers([40, 90])).toEqual([1, 2, 20, 39, 40, 41, 42, 65, 89]);
  });

  it('of the example is what docs/figures has (else: node scripts/figures.mjs)', () => {
    const bytes = readFileSync(new URL('../../examples/digits/digits.onnx', import.meta.url));
    const { network } = readOnnx(bytes);
    const lower = new Float64Array(64);
    const found = findTicket(network, {
      construction: horner,
      domain: { kind: 'box', lower, upper: lower.map(() => 1) },
      seed: 1n,
    });
    if (!found.found) throw new Error('not found');
    const stored = new URL('../../docs/figures/ticket/mask-heat-map.svg', import.meta.url);
    expect(ticketHeatMap(found.ticket, undefined, 'the digits example')).toBe(
      readFileSync(stored, 'utf8'),
    );
    expect(() => ticketHeatMap(found.ticket, [0])).toThrow(/not 0/);
  });
});
