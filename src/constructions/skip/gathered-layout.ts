/**
 * Lays out a gathered block: each doubling by two relays that suit by the edges in and out, copies of the
 * last one, and the outputs that have digits of both signs there.
 */
import { matchGroups } from '../matching.js';
import { patternTargets } from '../targets.js';
import { placeDoubled, placeSplit } from './block-start.js';
import { type GatheredBlock, gatheredBits, gatheredPlaces } from './gathered.js';
import {
  type BlockRequest,
  type DigitEdges,
  type FixedEdges,
  firstColumn,
  type Placing,
  signsOf,
  widthAt,
} from './layout.js';

/** The first outputs that can be of either sign at every input; null if there are too few. */
function selectOutputs(request: BlockRequest, top: readonly DigitEdges[]): Uint32Array | null {
  const { demand, layers } = request;
  const [{ layer }] = top;
  const signs = signsOf(request, layer);
  const width = layers[layer - 1].width;
  const words = Math.ceil(width / 32);
  const column = new Uint32Array(words + 1);
  const bad = new Uint32Array(words);
  for (let input = 0; input < top[0].neurons.length; input++) {
    const all = new Uint32Array(words).fill(0xffffffff);
    const any = new Uint32Array(words);
    for (const { from, neurons } of top) {
      signs.column(firstColumn(request, layer, from) + neurons[input], width, column);
      for (let word = 0; word < words; word++) {
        all[word] &= column[word];
        any[word] |= column[word];
      }
    }
    for (let word = 0; word < words; word++) bad[word] |= all[word] | ~any[word];
  }
  const good: number[] = [];
  for (let neuron = 0; neuron < width && good.length < demand.outputs; neuron++) {
    if (((bad[neuron >>> 5] >>> (neuron & 31)) & 1) === 0) good.push(neuron);
  }
  return good.length < demand.outputs ? null : Uint32Array.from(good);
}

export function* layoutGathered(request: BlockRequest, block: GatheredBlock): Placing {
  const { parts, inputNeurons, demand, layers } = request;
  const { carriers, units } = gatheredPlaces(block);
  const edges: FixedEdges[] = [];
  const negative = Uint8Array.from(parts, (part) => (part.negative ? 1 : 0));
  let inputs: Uint32Array = Uint32Array.from(parts, ({ column }) => inputNeurons[column]);
  if (block.splitWidth > 0) {
    const placed = placeSplit(request, edges);
    if ('kind' in placed) return placed;
    inputs = placed;
  }
  const output = layers.length;
  const digits = (from: number, neurons: Uint32Array): Omit<DigitEdges, 'rows'> => ({
    layer: output,
    from,
    neurons,
    copies: 1,
    isRaw: from === 0,
  });
  const unplaced = [digits(carriers(0), inputs)];
  for (let level = 1; level <= block.levels; level++) {
    yield;
    const raw = level === 1 && carriers(0) === 0 ? negative : null;
    const placed = placeDoubled(request, carriers(level), inputs, raw, edges);
    if ('kind' in placed) return placed;
    inputs = placed;
    unplaced.unshift(digits(carriers(level), inputs));
  }
  const columns = inputs.map((neuron) => neuron + firstColumn(request, units, units - 1));
  const rows = patternTargets(signsOf(request, units), columns, [[1]], widthAt(request, units));
  const copies = matchGroups(rows, block.units);
  if (!copies.complete) {
    const wanted = `${block.units} copies of doubled input ${copies.group}`;
    return { kind: 'units', layer: units, demand: wanted };
  }
  edges.push({
    layer: units,
    from: units - 1,
    neurons: copies.neurons.map((_, index) => inputs[Math.floor(index / block.units)]),
    rows: copies.neurons,
  });
  yield;
  const none = new Uint32Array(0);
  const [last] = unplaced.splice(0, 1);
  const copied = Array.from({ length: block.units }, (_, copy) =>
    digits(
      units,
      inputs.map((_, input) => copies.neurons[input * block.units + copy]),
    ),
  );
  const top = [last, ...copied].map((each): DigitEdges => ({ ...each, rows: none }));
  const outputs = selectOutputs(request, top);
  if (outputs === null) {
    const wanted = `${demand.outputs} outputs that can be of either sign at every input`;
    return { kind: 'outputs', layer: output, demand: wanted };
  }
  return {
    start: request.start,
    inputWidth: request.inputWidth,
    layers,
    columns: Uint32Array.from(parts, ({ column }) => column),
    negative,
    chainOutputs: Int32Array.from(outputs.keys()),
    bases: new Array<bigint>(outputs.length).fill(1n << BigInt(gatheredBits(demand))),
    group: 1,
    isSigned: true,
    top: top.map((each) => ({ ...each, rows: outputs })),
    places: unplaced.map((each) => ({ ...each, rows: outputs })),
    edges,
    accumulators: new Map(),
    outputs,
  };
}
