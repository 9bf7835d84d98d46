/** The first layers of a block: split inputs, doubled inputs, and the base of based pairs. */
import { matchGroups } from '../matching.js';
import {
  exclude,
  firstNeurons,
  lacking,
  patternTargets,
  requireTargets,
  sourcesOf,
} from '../targets.js';
import type { GrownBlock } from './grown-block.js';
import {
  type BlockRequest,
  type FixedEdges,
  firstColumn,
  type LayoutFailure,
  signsOf,
  widthAt,
} from './layout.js';

/** For each part of an input the neurons of layer 1 with the edge of its sign. */
function partTargets(request: BlockRequest): ReturnType<typeof patternTargets> {
  const { parts, inputNeurons } = request;
  const columns = Uint32Array.from(parts, ({ column }) => inputNeurons[column]);
  const signs = signsOf(request, 1);
  const width = widthAt(request, 1);
  const rows = patternTargets(signs, columns, [[1]], width);
  parts.forEach(({ negative }, part) => {
    if (!negative) return;
    const row = rows.rows.subarray(part * rows.words, (part + 1) * rows.words);
    row.set(patternTargets(signs, columns.subarray(part, part + 1), [[-1]], width).rows);
  });
  return rows;
}

/** The split layer: a neuron for each part of an input. */
export function placeSplit(
  request: BlockRequest,
  edges: FixedEdges[],
  unusable: Uint32Array = new Uint32Array(0),
): Uint32Array | LayoutFailure {
  const { parts, inputNeurons } = request;
  const rows = partTargets(request);
  exclude(rows, unusable);
  const matching = matchGroups(rows, 1);
  if (!matching.complete) {
    const { column, negative } = parts[matching.group];
    const demand = `a neuron of its own for the ${negative ? 'negative' : 'positive'} part of input ${column}`;
    return { kind: 'split', layer: 1, demand };
  }
  const neurons = Uint32Array.from(parts, ({ column }) => inputNeurons[column]);
  edges.push({ layer: 1, from: 0, neurons, rows: matching.neurons });
  return matching.neurons;
}

/**
 * Inputs doubled in the layer `doubled`, by index: each reads two relays in the layer before. `negative`
 * says which are read with the other sign.
 */
export function placeDoubled(
  request: BlockRequest,
  doubled: number,
  inputs: Uint32Array,
  negative: Uint8Array | null,
  edges: FixedEdges[],
): Uint32Array | LayoutFailure {
  const layer = doubled - 1;
  const width = widthAt(request, layer);
  const [from] = request.layers[layer - 1].reads;
  const columns = inputs.map((neuron) => neuron + firstColumn(request, layer, from));
  const signs = signsOf(request, layer);
  const rows = patternTargets(signs, columns, [[1]], width);
  negative?.forEach((isNegative, input) => {
    if (isNegative === 0) return;
    const row = rows.rows.subarray(input * rows.words, (input + 1) * rows.words);
    row.set(patternTargets(signs, columns.subarray(input, input + 1), [[-1]], width).rows);
  });
  const places = Uint32Array.from(inputs.keys());
  const later = signsOf(request, doubled);
  const sources = sourcesOf(later, firstColumn(request, doubled, layer), width, places);
  requireTargets(rows, sources, Int32Array.from(places), [[1]]);
  const matching = matchGroups(rows, 2);
  if (!matching.complete) {
    return { kind: 'matching', layer, demand: `two neurons that double input ${matching.group}` };
  }
  const relays = matching.neurons;
  const ofRelay = (index: number): number => index >>> 1;
  edges.push({
    layer,
    from,
    neurons: relays.map((_, index) => inputs[ofRelay(index)]),
    rows: relays,
  });
  edges.push({
    layer: doubled,
    from: layer,
    neurons: relays,
    rows: relays.map((_, index) => ofRelay(index)),
  });
  return places;
}

/** The sum of all parts of the inputs, and its copies. */
export function placeBase(
  request: BlockRequest,
  { sums, totalWidth, baseWidth, baseCopies }: GrownBlock,
  edges: FixedEdges[],
): Uint32Array | LayoutFailure {
  const splitWidth = widthAt(request, 1);
  const intoSums = sourcesOf(
    signsOf(request, 2),
    0,
    splitWidth,
    Uint32Array.from({ length: sums }, (_, sum) => sum),
  );
  const sumOf = new Int32Array(splitWidth).fill(-1);
  for (let sum = sums - 1; sum >= 0; sum--) {
    const row = intoSums.rows.subarray(sum * intoSums.words, (sum + 1) * intoSums.words);
    for (const neuron of firstNeurons(row, splitWidth)) sumOf[neuron] = sum;
  }
  const halves = placeSplit(request, edges, lacking(sumOf));
  if ('kind' in halves) return halves;
  edges.push({
    layer: 2,
    from: 1,
    neurons: halves,
    rows: halves.map((neuron) => sumOf[neuron]),
  });
  const all = Uint32Array.from({ length: sums }, (_, sum) => sum);
  const ones = [new Array<number>(sums).fill(1)];
  const totals = patternTargets(signsOf(request, 3), all, ones, totalWidth);
  const total = firstNeurons(totals.rows, 1);
  if (total.length === 0) return { kind: 'base', layer: 3, demand: 'a neuron that reads all sums' };
  edges.push({ layer: 3, from: 2, neurons: all, rows: all.map(() => total[0]) });
  const copyRows = patternTargets(signsOf(request, 4), total, [[1]], baseWidth);
  const copies = firstNeurons(copyRows.rows, baseCopies);
  if (copies.length < baseCopies) {
    return { kind: 'base', layer: 4, demand: `${baseCopies} copies of the base` };
  }
  edges.push({ layer: 4, from: 3, neurons: copies.map(() => total[0]), rows: copies });
  return copies;
}
