import { describe, expect, it } from 'vitest';
import { diamond } from '../../src/constructions/diamond/diamond.js';
import { UsageError } from '../../src/core/errors.js';
import { upTo } from '../../src/core/growable.js';
import { formatSum } from '../../src/figures/coefficients.js';
import { figureOfPrunedSource } from '../../src/figures/pruned-source.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { networkClassOf } from '../../src/integer/network-class.js';
import type { LayerMask } from '../../src/source/mask.js';
import { pruneSource, readsOf } from '../../src/source/pruned-network.js';
import { layeredShape } from '../../src/source/shape.js';
import { createSource, type Source } from '../../src/source/source.js';
import type { InputSign } from '../../src/target/network.js';
import { integersOf } from '../pruned-sources.js';
import { findSkip } from '../skip-sources.js';
import { assertWellFormed, textsOf } from './drawing.js';
import { faultsOf } from './layout.js';

function dense(inputs: number, outputs: number, bit: 0 | 1): LayerMask {
  const words = new Uint32Array(inputs * Math.ceil(outputs / 32));
  if (bit) words.fill(2 ** outputs - 1);
  return { kind: 'dense', inputs, outputs, words };
}

/** Two blocks, a constant, and inputs of unlike signs. */
function findSmall(): { source: Source; masks: LayerMask[]; inputSigns: InputSign[] } {
  const network: IntegerNetwork = {
    matrices: [
      { rows: 3, columns: 3, values: Float64Array.of(5, -3, 1, -2, 2, 0, 0, 0, 4) },
      { rows: 2, columns: 3, values: Float64Array.of(1, -2, 3, 2, 0, -1) },
    ],
    constant: true,
    fractionalPlaces: [2, 0],
    scale: { base: 2, exponent: 2 },
    activation: 'identity',
  };
  const inputSigns: InputSign[] = ['signed', 'nonpositive'];
  const plan = diamond.plan(networkClassOf(network, inputSigns), 1e-2);
  const source = createSource(3n, plan.shape);
  const masks: LayerMask[] = [];
  const finding = diamond.find(network, source, plan, (_, mask) => masks.push(mask));
  expect(finding.found).toBe(true);
  return { source, masks, inputSigns };
}

describe('figureOfPrunedSource', () => {
  it('labels outputs and inner outputs with the integer network that was found', () => {
    const { source, masks, inputSigns } = findSmall();
    const svg = figureOfPrunedSource(source, masks, {
      title: 'two blocks',
      inputSigns,
      constant: true,
      prunedNeurons: 2,
    });
    assertWellFormed(svg);
    const texts = textsOf(svg);
    expect(texts).toContain('max(0, 5x₁ + 3|x₂| + 1)');
    expect(texts).toContain('max(0, −2x₁ − 2|x₂|)');
    expect(texts).toContain('u₁ − 2u₂ + 3u₃');
    expect(texts).toContain('2u₁ − u₃');
    expect(texts.join(' ')).toContain('Seed 3.');
  });

  it('draws a skip source: edges over layers are bent, and every neuron says what it computes', () => {
    const { source, masks, ticket } = findSkip(integersOf([[[1, -1]]]), [
      'nonnegative',
      'nonnegative',
    ]);
    const svg = figureOfPrunedSource(source, masks, { title: 'a skip source' });
    assertWellFormed(svg);
    // Ten layers are wider than a phone.
    expect(faultsOf(svg).filter((fault) => !fault.includes('on a phone'))).toEqual([]);
    expect(textsOf(svg)).toContain('x₁ − x₂');
    const live = pruneSource(source, (t) => masks[t - 1]);
    const edges = live.reduce((sum, layer) => sum + layer.edges.length, 0);
    const curves = svg.match(/<path d="M[\d.-]+ [\d.-]+Q/g)?.length ?? 0;
    // An edge from the layer before is straight, any other a curve.
    const over = live.flatMap((layer, index) => {
      const lists = [upTo(2), ...live.map(({ neurons }) => neurons)];
      const from = readsOf(layer, index + 1).flatMap((t) => Array.from(lists[t], () => t));
      return Array.from(layer.edges).filter((edge) => from[edge >>> 1] < index);
    });
    expect(curves).toBe(over.length);
    expect(curves).toBeGreaterThan(5);
    expect(textsOf(svg).join(' ')).toContain(`Left after pruning: ${edges} of`);
    const all = figureOfPrunedSource(source, masks, { title: 'all', prunedEdges: true });
    const dashed = all.match(/stroke-dasharray="4 4"/g)?.length ?? 0;
    // Every edge between neurons that are left is there, kept or pruned.
    const between = live.reduce((sum, layer, index) => {
      const lists = [upTo(2), ...live.map(({ neurons }) => neurons)];
      const read = readsOf(layer, index + 1).reduce((total, t) => total + lists[t].length, 0);
      return sum + read * layer.neurons.length;
    }, 0);
    // One of them is in the legend.
    expect(dashed - 1).toBe(between - edges);
    expect(ticket.kept.reduce((sum, kept) => sum + kept, 0)).toBeGreaterThanOrEqual(edges);
  });

  it('refuses a hidden neuron whose sign depends on the input', () => {
    const shape = layeredShape([2, 8, 1], [2]);
    const masks = [dense(2, 8, 1), dense(8, 1, 1)];
    expect(() => figureOfPrunedSource(createSource(1n, shape), masks, { title: '' })).toThrow(
      /neuron \d+ of layer 1 computes max\(0, .*\), whose sign depends/,
    );
  });

  it.each<[string, number[], LayerMask[], RegExp]>([
    ['a missing mask', [2, 3, 1], [dense(2, 3, 1)], /as many masks, not 1/],
    [
      'a mask of another size',
      [2, 3, 1],
      [dense(2, 3, 1), dense(4, 1, 1)],
      /layer 2 is for 4 by 1/,
    ],
    ['an empty ticket', [2, 3, 1], [dense(2, 3, 0), dense(3, 1, 1)], /nothing to draw/],
    ['a wide layer', [61, 1], [dense(61, 1, 1)], /61 neurons to draw, at most 60/],
    ['very many edges', [5000, 31], [dense(5000, 31, 1)], /155000 kept edges/],
  ])('refuses %s', (_, widths, masks, message) => {
    const source = createSource(1n, layeredShape(widths));
    expect(() => figureOfPrunedSource(source, masks, { title: '' })).toThrow(UsageError);
    expect(() => figureOfPrunedSource(source, masks, { title: '' })).toThrow(message);
  });

  it('refuses input signs for another number of inputs, and too many pruned neurons', () => {
    const source = createSource(1n, layeredShape([1, 1, 1], [2]));
    const masks = [dense(1, 1, 1), dense(1, 1, 1)];
    const draw = (more: object) => figureOfPrunedSource(source, masks, { title: '', ...more });
    expect(() => draw({ inputSigns: [] })).toThrow(UsageError);
    expect(() => draw({ prunedNeurons: 1e9 })).toThrow(UsageError);
  });
});

describe('formatSum', () => {
  it.each<[bigint[], string[], string]>([
    [[0n, 0n], ['x', 'y'], '0'],
    [[1n, -1n], ['x', 'y'], 'x − y'],
    [[-4n, 0n, 7n], ['x', 'y', ''], '−4x + 7'],
    [[3n, -3n], ['x⁺', 'x⁻'], '3x'],
    [[3n, -2n], ['x⁺', 'x⁻'], '3x⁺ − 2x⁻'],
    [[0n, 0n, 1n], ['x⁺', 'x⁻', 'y'], 'y'],
    [[2n ** 64n], ['x'], '18446744073709551616x'],
  ])('case %#', (coefficients, variables, text) => {
    expect(formatSum(coefficients, variables)).toBe(text);
  });
});
