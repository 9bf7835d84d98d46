import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import {
  drawPrunedNetwork,
  MAXIMUM_DRAWN_EDGES,
  MAXIMUM_DRAWN_LAYERS,
  type PrunedNetworkDrawing,
} from '../../src/figures/pruned-network.js';
import { assertWellFormed, neuronBoxes, textsOf } from './drawing.js';
import { faultsOf } from './layout.js';

const options = { title: 'A title', caption: 'A caption.' };
const drawing: PrunedNetworkDrawing = {
  layers: [
    {
      name: 'input',
      neurons: [
        { id: 'a', label: 'a' },
        { id: 'b', label: 'b' },
      ],
    },
    { name: 'output', neurons: [{ id: 'y', label: 'a − b', note: 'output 1' }] },
  ],
  edges: [
    { layer: 1, from: 'a', to: 'y', sign: 1, kept: true },
    { layer: 1, from: 'b', to: 'y', sign: -1, kept: true },
  ],
};

describe('drawPrunedNetwork', () => {
  it('shows every neuron, edge, name and text', () => {
    const svg = drawPrunedNetwork(drawing, options);
    assertWellFormed(svg);
    expect(neuronBoxes(svg)).toHaveLength(3);
    for (const text of [
      'input',
      'output',
      'a',
      'b',
      'a − b',
      'output 1',
      'A title',
      'A caption.',
    ]) {
      expect(textsOf(svg)).toContain(text);
    }
    expect(svg).toContain('<desc>A caption.</desc>');
    expect(svg).toMatch(/<rect x="0.5" y="0.5"[^>]* fill="#ffffff"/);
  });

  it('names in the legend only the kinds of edges it has', () => {
    expect(textsOf(drawPrunedNetwork(drawing, options))).not.toContain('pruned');
    const edges = drawing.edges.map((edge) => ({ ...edge, kept: false }));
    const texts = textsOf(drawPrunedNetwork({ ...drawing, edges }, options));
    expect(texts).toContain('pruned');
    expect(texts).not.toContain('kept, weight +1');
  });

  it('escapes labels', () => {
    const layers = drawing.layers.map((layer) => ({ ...layer, name: '<script>&' }));
    const svg = drawPrunedNetwork({ ...drawing, layers }, options);
    assertWellFormed(svg);
    expect(svg).not.toContain('<script>');
  });

  it('grows until wide labels fit beside each other, inside the picture', () => {
    const label = '123456789x₁ − 987654321x₂ + 555555555x₃';
    const layers = ['one', 'two', 'three', 'four'].map((name) => ({
      name,
      neurons: [0, 1, 2].map((id) => ({ id: `${id}`, label })),
    }));
    const svg = drawPrunedNetwork({ layers, edges: [] }, options);
    const width = Number(/width="(\d+)"/.exec(svg)?.[1]);
    expect(faultsOf(svg).filter((fault) => !fault.endsWith('too small on a phone'))).toEqual([]);
    const boxes = neuronBoxes(svg);
    expect(boxes).toHaveLength(12);
    for (const [index, box] of boxes.entries()) {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(width);
      for (const other of boxes.slice(index + 1)) {
        const apart =
          box.x + box.width <= other.x ||
          other.x + other.width <= box.x ||
          box.y + box.height <= other.y ||
          other.y + other.height <= box.y;
        expect(apart).toBe(true);
      }
    }
  });

  it.each<[string, PrunedNetworkDrawing, RegExp]>([
    ['one layer', { layers: drawing.layers.slice(1), edges: [] }, /input and an output/],
    [
      'an empty layer',
      { layers: [...drawing.layers, { name: 'none', neurons: [] }], edges: [] },
      /layer 2 \(none\) has no neuron/,
    ],
    [
      'a repeated id',
      { layers: [drawing.layers[0], drawing.layers[0], drawing.layers[0]].map(twice), edges: [] },
      /layer 0 \(input\) has two neurons with the id 'a'/,
    ],
    [
      'an edge from nowhere',
      { ...drawing, edges: [{ layer: 1, from: 'z', to: 'y', sign: 1, kept: true }] },
      /no neuron '0 z'/,
    ],
    [
      'a group of strangers',
      { ...drawing, groups: [{ label: 'g', neurons: [{ layer: 1, id: 'q' }] }] },
      /no neuron '1 q'/,
    ],
    [
      'too many edges',
      { ...drawing, edges: new Array(MAXIMUM_DRAWN_EDGES + 1).fill(drawing.edges[0]) },
      /at most 4000/,
    ],
    [
      'too many layers',
      { layers: new Array(MAXIMUM_DRAWN_LAYERS + 1).fill(drawing.layers[0]), edges: [] },
      /at most 40/,
    ],
  ])('refuses %s', (_, bad, message) => {
    expect(() => drawPrunedNetwork(bad, options)).toThrow(UsageError);
    expect(() => drawPrunedNetwork(bad, options)).toThrow(message);
  });
});

function twice(layer: PrunedNetworkDrawing['layers'][number]) {
  return { ...layer, neurons: [...layer.neurons, ...layer.neurons] };
}
