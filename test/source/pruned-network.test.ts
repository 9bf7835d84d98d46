/** Pruned layers and their live part, against a reading of the masks edge by edge. */

import { describe, expect, it } from 'vitest';
import { complete } from '../../src/core/steps.js';
import type { LayerMask } from '../../src/source/mask.js';
import {
  keepLive,
  type PrunedLayer,
  pruneLayer,
  pruneSourceSteps,
} from '../../src/source/pruned-network.js';
import { layeredShape } from '../../src/source/shape.js';
import { createSource, type LayerSigns, layerSigns } from '../../src/source/source.js';
import { randomStream } from '../networks.js';
import { allEdges, denseMask, type Edge, edgesOf, sparseMask } from '../pruned-sources.js';

/** One signed edge by the ids of its neurons. */
type SignedEdge = readonly [column: number, row: number, sign: number];

/** The edges of a pruned layer by ids, in its own order: by target, then by source. */
function signedEdges(layer: PrunedLayer, previous: Uint32Array): SignedEdge[] {
  return [...layer.neurons].flatMap((neuron, index) =>
    [...layer.edges.subarray(layer.offsets[index], layer.offsets[index + 1])].map(
      (edge): SignedEdge => [previous[edge >>> 1], neuron, edge & 1 ? -1 : 1],
    ),
  );
}

function expected(mask: LayerMask, signs: LayerSigns, previous: Uint32Array): SignedEdge[] {
  const alive = new Set(previous);
  return edgesOf(mask)
    .filter(([column]) => alive.has(column))
    .sort((a, b) => a[1] - b[1] || a[0] - b[0])
    .map(([column, row]) => [column, row, signs.sign(column, row)]);
}

function randomEdges(inputs: number, outputs: number, density: number, random: () => number) {
  return allEdges(inputs, outputs).filter(() => random() < density);
}

describe('pruneLayer', () => {
  it('lists the kept edges from neurons that are not 0, with the signs of the source', () => {
    const random = randomStream(1);
    for (let trial = 0; trial < 200; trial++) {
      const inputs = 1 + Math.floor(random() * 40);
      const outputs = 1 + Math.floor(random() * 70);
      const edges = randomEdges(inputs, outputs, random() * 0.4, random);
      const make = trial % 2 ? denseMask : sparseMask;
      const mask = make(inputs, outputs, edges);
      const previous = Uint32Array.from(
        Array.from({ length: inputs }, (_, neuron) => neuron).filter(() => random() < 0.7),
      );
      const signs = layerSigns(BigInt(trial), 1 + trial);
      const layer = pruneLayer(mask, signs, previous);
      expect(signedEdges(layer, previous)).toEqual(expected(mask, signs, previous));
      expect(layer.neurons).toEqual(Uint32Array.from(new Set(layer.neurons)).sort());
      for (let index = 0; index < layer.neurons.length; index++) {
        expect(layer.offsets[index + 1]).toBeGreaterThan(layer.offsets[index]);
      }
    }
  });

  it('sorts by target also beyond 2^16 neurons', () => {
    const random = randomStream(2);
    const outputs = 2 ** 31;
    const rows = new Map<string, Edge>();
    for (let index = 0; index < 3000; index++) {
      const edge: Edge = [Math.floor(random() * 50), Math.floor(random() * outputs)];
      rows.set(edge.join(), edge);
    }
    const mask = sparseMask(50, outputs, [...rows.values()]);
    const previous = Uint32Array.from({ length: 50 }, (_, neuron) => neuron);
    const signs = layerSigns(9n, 4);
    expect(signedEdges(pruneLayer(mask, signs, previous), previous)).toEqual(
      expected(mask, signs, previous),
    );
  });
});

describe('keepLive', () => {
  it('keeps exactly what lies on a path to a root, and numbers it anew', () => {
    const random = randomStream(3);
    for (let trial = 0; trial < 200; trial++) {
      const depth = 1 + Math.floor(random() * 5);
      const widths = Array.from({ length: depth + 1 }, () => 1 + Math.floor(random() * 12));
      const source = createSource(BigInt(trial), layeredShape(widths));
      const inputs = Uint32Array.from({ length: widths[0] }, (_, neuron) => neuron);
      const lists: Uint32Array[] = [inputs];
      const layers: PrunedLayer[] = [];
      for (let t = 1; t <= depth; t++) {
        const edges = randomEdges(widths[t - 1], widths[t], 0.25, random);
        const mask = denseMask(widths[t - 1], widths[t], edges);
        layers.push(pruneLayer(mask, source.layer(t), lists[t - 1]));
        lists.push(layers[t - 1].neurons);
      }
      const roots = Array.from({ length: widths[depth] }, (_, neuron) => neuron);
      const wanted = Uint32Array.from(roots.filter(() => random() < 0.5));
      const live = keepLive(layers, wanted);

      // Backwards, edge by edge: an edge is live if its target is.
      let alive = new Set(wanted);
      for (let t = depth; t >= 1; t--) {
        const all = signedEdges(layers[t - 1], lists[t - 1]);
        const kept = all.filter(([, row]) => alive.has(row));
        const below = t > 1 ? live[t - 2].neurons : inputs;
        expect(signedEdges(live[t - 1], below)).toEqual(kept);
        alive = new Set(kept.map(([column]) => column));
      }
    }
  });

  it('no layers stay no layers', () => {
    expect(keepLive([], Uint32Array.of(0))).toEqual([]);
  });
});

describe('pruneSource', () => {
  it('keeps what lies on a path from an input to an output or to another root', () => {
    const random = randomStream(4);
    for (let trial = 0; trial < 100; trial++) {
      const depth = 1 + Math.floor(random() * 5);
      const widths = Array.from({ length: depth + 1 }, () => 1 + Math.floor(random() * 10));
      const source = createSource(BigInt(trial), layeredShape(widths));
      const masks = widths
        .slice(1)
        .map((outputs, index) =>
          denseMask(widths[index], outputs, randomEdges(widths[index], outputs, 0.25, random)),
        );
      const roots = widths.map((width) =>
        Uint32Array.from({ length: width }, (_, neuron) => neuron).filter(() => random() < 0.2),
      );
      const done: number[] = [];
      const options = { roots: (t: number) => (trial % 2 ? roots[t] : undefined) };
      const live = complete(
        pruneSourceSteps(source, (t) => masks[t - 1], options),
        { onProgress: ({ done: layers }) => done.push(layers) },
      );

      const reached = [new Set(Array.from({ length: widths[0] }, (_, neuron) => neuron))];
      for (const [index, mask] of masks.entries()) {
        const edges = edgesOf(mask).filter(([column]) => reached[index].has(column));
        reached.push(new Set(edges.map(([, row]) => row)));
      }
      let wanted = reached[depth];
      for (let t = depth; t >= 1; t--) {
        const before = t > 1 ? live[t - 2].neurons : Uint32Array.from(reached[0]);
        const kept = edgesOf(masks[t - 1])
          .filter(([column, row]) => reached[t - 1].has(column) && wanted.has(row))
          .sort((a, b) => a[1] - b[1] || a[0] - b[0])
          .map(([column, row]) => [column, row, source.layer(t).sign(column, row)]);
        expect(signedEdges(live[t - 1], before)).toEqual(kept);
        wanted = new Set(kept.map(([column]) => column));
        if (trial % 2) {
          for (const root of roots[t - 1]) if (reached[t - 1].has(root)) wanted.add(root);
        }
      }
      expect(done).toEqual(masks.map((_, index) => index + 1));
    }
  });
});
