/** The end of a block of growing chains: copies of the offset, the last relays, the outputs. */
import { matchGroups, rowOf, suitability } from '../matching.js';
import { excludeFrom, firstNeurons, firstWithSign, patternTargets } from '../targets.js';
import { isByIndex } from './grown-block.js';
import { type GrownWork, unmet } from './grown-work.js';
import { groupSize } from './growths.js';
import { firstColumn, type LayoutFailure, NOWHERE, signsOf, widthAt } from './layout.js';
import { accumulatorTargets, keepGrowth, placeRelays, shifted } from './place-levels.js';

/** The copies of the offset, by kind, among the last relays. */
function placeOffsets(
  { request, block, growth, chains, edges }: GrownWork,
  layer: number,
  before: Uint32Array,
): Uint32Array[] | LayoutFailure {
  const width = widthAt(request, layer);
  const first = firstColumn(request, layer, layer - 1);
  const offset = before.filter((_, chain) => chains[chain].offset >= 0);
  const patterns = growth.copyKinds.map(({ edges: signs }) => signs);
  const rows = patternTargets(signsOf(request, layer), shifted(offset, first), patterns, width);
  const found: Uint32Array[] = [];
  for (const [kind, pattern] of patterns.entries()) {
    const copies = firstNeurons(rowOf(rows, kind), block.offsetCopies);
    if (copies.length < block.offsetCopies) {
      return unmet('offset', layer, `${block.offsetCopies} neurons that copy the offset`);
    }
    // Who suits one kind is no copy of a later one.
    const suits = firstNeurons(rowOf(rows, kind), width);
    for (let later = kind + 1; later < patterns.length; later++) excludeFrom(rows, later, suits);
    const read = offset.filter((_, chain) => pattern[chain] > 0);
    const all = Uint32Array.from(
      { length: copies.length * read.length },
      (_, index) => read[index % read.length],
    );
    const into = all.map((_, index) => copies[Math.floor(index / read.length)]);
    edges.push({ layer, from: layer - 1, neurons: all, rows: into, isOffset: true });
    found.push(copies);
  }
  return found;
}

/** By chain, the output neuron of those whose outputs are in fixed places; -1 for the others. */
function fixedOutputs({ chains }: GrownWork): Int32Array {
  return Int32Array.from(chains, ({ output }) => output);
}

/** By chain, the copy of the offset that each output neuron would subtract as this chain's; -1 if none. */
type Subtracted = (chain: number, neuron: number) => number;

function subtractedBy(
  { request, growth }: GrownWork,
  layer: number,
  copies: readonly Uint32Array[],
): Subtracted {
  const width = widthAt(request, layer);
  const first = firstColumn(request, layer, layer - 1);
  const byKind = copies.map((neurons) =>
    firstWithSign(signsOf(request, layer), first, neurons, width, false),
  );
  const group = groupSize(growth);
  return (chain, neuron) => byKind[growth.subtracts[chain % group]][neuron];
}

/** Output neurons by matching: each suits by its relays' edges and has an offset to subtract. */
function matchOutputs(
  work: GrownWork,
  layer: number,
  relays: Uint32Array | null,
  before: Uint32Array,
  subtracted: Subtracted,
): Int32Array | LayoutFailure {
  const { request, chains } = work;
  const width = widthAt(request, layer);
  const suits = accumulatorTargets(work, layer, relays, before);
  const withOutput = chains.flatMap(({ output }, chain) => (output >= 0 ? [chain] : []));
  const rows = suitability(withOutput.length, width);
  withOutput.forEach((chain, index) => {
    const row = rowOf(rows, index);
    row.set(rowOf(suits, chain));
    if (!chains[chain].subtracts) return;
    for (let neuron = 0; neuron < width; neuron++) {
      if (subtracted(chain, neuron) < 0) row[neuron >>> 5] &= ~(1 << (neuron & 31));
    }
  });
  const matching = matchGroups(rows, 1);
  if (!matching.complete) {
    return unmet(
      'outputs',
      layer,
      `a neuron for output ${chains[withOutput[matching.group]].output}`,
    );
  }
  const outputs = new Int32Array(chains.length).fill(-1);
  withOutput.forEach((chain, index) => {
    outputs[chain] = matching.neurons[index];
  });
  return outputs;
}

/** The last level: copies of the offset, relays, outputs. By chain, the neuron of its output, or -1. */
export function placeEnd(
  work: GrownWork,
  layer: number,
  before: Uint32Array,
): Int32Array | LayoutFailure {
  const { request, growth, chains, edges } = work;
  const copies = placeOffsets(work, layer, before);
  if ('kind' in copies) return copies;
  const taken = copies.flatMap((neurons) => [...neurons]);
  const subtracted = subtractedBy(work, layer + 1, copies);
  const size = groupSize(growth);
  const groups = chains.findLastIndex(({ output }) => output >= 0) / size;
  const used = before.subarray(0, (Math.floor(groups) + 1) * size);
  const isFixed = request.demand.last || isByIndex(growth);
  let outputs: Int32Array | LayoutFailure | null = isFixed ? fixedOutputs(work) : null;
  if (outputs === null && growth.accumulatorsFirst) {
    outputs = matchOutputs(work, layer + 1, null, before, subtracted);
  }
  if (outputs !== null && 'kind' in outputs) return outputs;
  const targets = outputs?.subarray(0, used.length) ?? null;
  const relays = placeRelays(work, layer, used, taken, targets);
  if ('kind' in relays) return relays;
  outputs ??= matchOutputs(work, layer + 1, relays, before, subtracted);
  if ('kind' in outputs) return outputs;
  const neurons: number[] = [];
  const rows: number[] = [];
  for (const [chain, { output, subtracts }] of chains.entries()) {
    if (output < 0 || !subtracts) continue;
    const copy = subtracted(chain, outputs[chain]);
    if (copy < 0) return unmet('outputs', layer + 1, `an offset for output ${output}`);
    neurons.push(copy);
    rows.push(outputs[chain]);
  }
  edges.push({
    layer: layer + 1,
    from: layer,
    neurons: Uint32Array.from(neurons),
    rows: Uint32Array.from(rows),
  });
  const places = Uint32Array.from(outputs, (neuron) => (neuron < 0 ? NOWHERE : neuron));
  keepGrowth(work, layer + 1, relays, used, places.subarray(0, used.length));
  return outputs;
}
