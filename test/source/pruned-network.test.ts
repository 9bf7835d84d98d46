/** Pruned layers and their live part, against a reading of the masks edge by edge. */

import { describe, expect, it } from 'vitest';
import { upTo } from '../../src/core/growable.js';
import { complete } from '../../src/core/steps.js';
import { type ColumnGroup, columnGroups } from '../../src/source/columns.js';
import type { LayerMask } from '../../src/source/mask.js';
import {
  keepLive,
  type PrunedLayer,
  pruneLayer,
  pruneSource,
  pruneSourceSteps,
  readsOf,
} from '../../src/source/pruned-network.js';
import { depthOf, maskSizes, type SourceLayer, widthOf, widthsOf } from '../../src/source/shape.js';
import { createSource, type LayerSigns, layerSigns, type Source } from '../../src/source/source.js';
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

/** A random skip source: layers of one block or two, each of which reads any of those that it may. */
function randomSkipSource(trial: number, random: () => number): Source {
  const below = (limit: number): number => Math.floor(random() * limit);
  const depth = 1 + below(5);
  let blockInput = 0;
  const layers = Array.from({ length: depth }, (_, index): SourceLayer => {
    const readable = Array.from({ length: index + 1 - blockInput }, (_, at) => blockInput + at);
    const reads = readable.filter(() => random() < 0.5);
    const endsBlock = random() < 0.2;
    if (endsBlock) blockInput = index + 1;
    const some = trial % 3 === 0 || reads.length === 0 ? {} : { reads };
    return { channels: 1 + below(10), ...some, endsBlock };
  });
  return createSource(BigInt(trial), { inputs: 1 + below(10), layers });
}

/** The edges that a mask keeps, by the layer and the neuron that they come from, before any are left out. */
function keptEdges(source: Source, t: number, mask: LayerMask) {
  const groups = columnGroups(source.shape, t);
  return edgesOf(mask).map(([column, row]) => {
    const { layer, first } = groups.findLast((group) => column >= group.first) as ColumnGroup;
    return { layer, from: column - first, row, sign: source.layer(t).sign(column, row) };
  });
}

describe('pruneSource', () => {
  it('keeps what lies on a path from an input to an output or to another root', () => {
    const random = randomStream(4);
    for (let trial = 0; trial < 400; trial++) {
      const source = randomSkipSource(trial, random);
      const { shape } = source;
      const depth = depthOf(shape);
      const masks = maskSizes(shape).map(({ inputs, outputs }) =>
        (random() < 0.5 ? denseMask : sparseMask)(
          inputs,
          outputs,
          randomEdges(inputs, outputs, 0.25, random),
        ),
      );
      const roots = widthsOf(shape).map((width) => upTo(width).filter(() => random() < 0.2));
      const done: number[] = [];
      const options = { roots: (t: number) => (trial % 2 ? roots[t] : undefined) };
      const live = complete(
        pruneSourceSteps(source, (t) => masks[t - 1], options),
        { onProgress: ({ done: layers }) => done.push(layers) },
      );

      const kept = masks.map((mask, index) => keptEdges(source, index + 1, mask));
      const reached = [new Set(upTo(shape.inputs))];
      for (const edges of kept) {
        const alive = edges.filter(({ layer, from }) => reached[layer].has(from));
        reached.push(new Set(alive.map(({ row }) => row)));
      }
      const wanted = reached.map((all, t) => {
        if (t === depth) return new Set(all);
        return new Set(trial % 2 ? [...roots[t]].filter((root) => all.has(root)) : []);
      });
      // Back over all layers: what a wanted neuron reads is wanted.
      for (let t = depth; t >= 1; t--) {
        for (const { layer, from, row } of kept[t - 1]) {
          if (reached[layer].has(from) && wanted[t].has(row)) wanted[layer].add(from);
        }
      }
      const lists = [upTo(shape.inputs), ...live.map(({ neurons }) => neurons)];
      for (let t = 1; t <= depth; t++) {
        const { neurons, offsets, edges } = live[t - 1];
        expect([...neurons]).toEqual([...wanted[t]].sort((a, b) => a - b));
        const read = readsOf(live[t - 1], t).flatMap((layer) =>
          Array.from(lists[layer], (from) => ({ layer, from })),
        );
        const found = [...neurons].flatMap((row, index) =>
          Array.from(edges.subarray(offsets[index], offsets[index + 1]), (edge) => ({
            ...read[edge >>> 1],
            row,
            sign: edge & 1 ? -1 : 1,
          })),
        );
        const expectedEdges = kept[t - 1]
          .filter(({ layer, from, row }) => reached[layer].has(from) && wanted[t].has(row))
          .sort((a, b) => a.row - b.row || a.layer - b.layer || a.from - b.from);
        expect(found).toEqual(expectedEdges);
      }
      expect(done).toEqual(done.toSorted((a, b) => a - b));
      expect([done[0], done.at(-1)]).toEqual([0, masks.length]);
      expect(done.length).toBeGreaterThan(masks.length);
    }
  });

  it('says of layers that read the one before no more than ever', () => {
    const source = createSource(1n, {
      inputs: 2,
      layers: [{ channels: 3, reads: [0] }, { channels: 2 }],
    });
    const masks = maskSizes(source.shape).map(({ inputs, outputs }) =>
      denseMask(inputs, outputs, allEdges(inputs, outputs)),
    );
    for (const layer of pruneSource(source, (t) => masks[t - 1])) {
      expect(Object.keys(layer)).toEqual(['neurons', 'offsets', 'edges']);
    }
  });
});

describe('keepLive', () => {
  it('begins with any layer, whose list stays as it is', () => {
    const random = randomStream(3);
    for (let trial = 0; trial < 200; trial++) {
      const source = randomSkipSource(3 * trial, random);
      const { shape } = source;
      const depth = depthOf(shape);
      const masks = maskSizes(shape).map(({ inputs, outputs }) =>
        denseMask(inputs, outputs, randomEdges(inputs, outputs, 0.25, random)),
      );
      // The same layers as the first of a source, and as layers further on.
      const moved = 1 + Math.floor(random() * 5);
      const prune = (by: number): PrunedLayer[] => {
        const lists: Uint32Array[] = [upTo(shape.inputs)];
        const layers = masks.map((mask, index) => {
          const layer = pruneLayer(mask, source.layer(index + 1), lists[index]);
          lists.push(layer.neurons);
          return layer;
        });
        const wanted = upTo(widthOf(shape, depth)).filter((neuron) => neuron % 2 === 0);
        return keepLive(layers, { number: by, count: shape.inputs }, (t) =>
          t === depth + by ? wanted : undefined,
        );
      };
      expect(prune(moved)).toEqual(prune(0));
    }
  });

  it('no layers stay no layers', () => {
    expect(keepLive([], { number: 0, count: 3 }, () => Uint32Array.of(0))).toEqual([]);
  });
});
