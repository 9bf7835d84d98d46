/** Small changes of a claim, each in one place of it. */
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { bigEntry, integerMatrix } from '../../src/integer/integer-network.js';
import { keptCount } from '../../src/source/mask.js';
import { blockEndsOf, depthOf, readingOf, widthOf, withReads } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';
import type { InputSign } from '../../src/target/network.js';
import { type Claim, edgesOf, sparseMask } from '../pruned-sources.js';

export type Mutation = (claim: Claim, random: () => number) => Claim;

export const below = (random: () => number, limit: number): number => Math.floor(random() * limit);

export function replaceAt<T>(items: readonly T[], index: number, item: T): T[] {
  return items.map((old, position) => (position === index ? item : old));
}

function changeTarget(claim: Claim, change: Partial<IntegerNetwork>): Claim {
  return { ...claim, target: { ...claim.target, ...change } };
}

/** Changes the edges of a random layer. */
function changeEdges(
  claim: Claim,
  random: () => number,
  change: (edges: [number, number][], t: number) => [number, number][],
): Claim {
  // Not every layer of a skip source has digits.
  const kept = [...claim.masks.keys()].filter((index) => keptCount(claim.masks[index]) > 0);
  const index = kept[below(random, kept.length)];
  const { inputs, outputs } = claim.masks[index];
  const edges = edgesOf(claim.masks[index]).map(([column, row]): [number, number] => [column, row]);
  const changed = new Map(change(edges, index + 1).map((edge) => [edge.join(), edge]));
  const mask = sparseMask(inputs, outputs, [...changed.values()]);
  return { ...claim, masks: replaceAt(claim.masks, index, mask) };
}

export const mutations: Record<string, Mutation> = {
  'an edge less': (claim, random) =>
    changeEdges(claim, random, (edges) => {
      edges.splice(below(random, edges.length), 1);
      return edges;
    }),
  'an edge more between live neurons': (claim, random) =>
    changeEdges(claim, random, (edges) => [
      ...edges,
      [edges[below(random, edges.length)][0], edges[below(random, edges.length)][1]],
    ]),
  'an edge more anywhere': (claim, random) =>
    changeEdges(claim, random, (edges, t) => {
      const { inputs, outputs } = claim.masks[t - 1];
      return [...edges, [below(random, inputs), below(random, outputs)]];
    }),
  'an edge to another neuron': (claim, random) =>
    changeEdges(claim, random, (edges) => {
      const moved = edges[below(random, edges.length)];
      moved[1] = edges[below(random, edges.length)][1];
      return edges;
    }),
  'another seed': (claim, random) => {
    const seed = claim.source.seed ^ (1n << BigInt(below(random, 64)));
    return { ...claim, source: createSource(seed, claim.source.shape) };
  },
  'an integer': (claim, random) => {
    const index = below(random, claim.target.matrices.length);
    const matrix = claim.target.matrices[index];
    const length = matrix.rows * matrix.columns;
    const entries = Array.from({ length }, (_, at) => bigEntry(matrix, at));
    const at = below(random, entries.length);
    const step = [1n, -1n, 2n ** 55n, -2n * entries[at]][below(random, 4)];
    entries[at] += step;
    const changed = integerMatrix(matrix.rows, matrix.columns, entries);
    return changeTarget(claim, { matrices: replaceAt(claim.target.matrices, index, changed) });
  },
  'a fractional place': (claim, random) => {
    const { fractionalPlaces } = claim.target;
    const index = below(random, fractionalPlaces.length);
    const places = fractionalPlaces[index] + (random() < 0.5 ? 1 : -1);
    const changed = replaceAt(fractionalPlaces, index, Math.max(0, places));
    return changeTarget(claim, { fractionalPlaces: changed });
  },
  'the scale': (claim, random) => {
    const { scale } = claim.target;
    const exponent = scale.exponent + (random() < 0.5 ? 1 : -1);
    return changeTarget(claim, { scale: { ...scale, exponent } });
  },
  'the base of the scale': (claim) =>
    changeTarget(claim, { scale: { ...claim.target.scale, base: 10 } }),
  'an assignment': (claim, random) => {
    if (claim.assignments.length === 0) return claim;
    const index = below(random, claim.assignments.length);
    const assignment = Uint32Array.from(claim.assignments[index]);
    const one = below(random, assignment.length);
    const other = below(random, assignment.length);
    [assignment[one], assignment[other]] = [assignment[other], assignment[one]];
    return { ...claim, assignments: replaceAt(claim.assignments, index, assignment) };
  },
  'an input sign': (claim, random) => {
    const kinds: InputSign[] = ['signed', 'nonnegative', 'nonpositive'];
    const index = below(random, claim.inputSigns.length);
    const sign = kinds[below(random, 3)];
    return { ...claim, inputSigns: replaceAt(claim.inputSigns, index, sign) };
  },
  'the last activation': (claim) => {
    const activation = claim.target.activation === 'relu' ? 'identity' : 'relu';
    return changeTarget(claim, { activation });
  },
  'the end of a block': (claim, random) => {
    const { inputs, layers } = claim.source.shape;
    const blockEnds = blockEndsOf(claim.source.shape);
    const index = below(random, blockEnds.length);
    const moved = replaceAt(blockEnds, index, blockEnds[index] + (random() < 0.5 ? 1 : -1));
    const ending = layers.map((layer, at) => ({ ...layer, endsBlock: moved.includes(at + 1) }));
    return { ...claim, source: { ...claim.source, shape: { inputs, layers: ending } } };
  },
  'what a layer reads': (claim, random) => {
    const { shape } = claim.source;
    const t = 1 + below(random, depthOf(shape));
    const { reads } = readingOf(shape, t);
    const from = blockEndsOf(shape).findLast((end) => end < t) ?? 0;
    const at = below(random, reads.length);
    // Another layer of the same width, so that the mask fits.
    const others = Array.from({ length: t - from }, (_, index) => from + index).filter(
      (layer) => !reads.includes(layer) && widthOf(shape, layer) === widthOf(shape, reads[at]),
    );
    if (others.length === 0) return claim;
    const changed = replaceAt(reads, at, others[below(random, others.length)]);
    const all = shape.layers.map((_, index) => readingOf(shape, index + 1).reads);
    const ascending = changed.toSorted((a, b) => a - b);
    const other = withReads(shape, replaceAt(all, t - 1, ascending));
    return { ...claim, source: { ...claim.source, shape: other } };
  },
};
