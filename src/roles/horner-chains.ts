/**
 * The chains of a Horner block, read off its kept edges from the outputs back (docs/horner.md, "A block";
 * docs/roles.md says why each step is forced). Of what `find` keeps, these hold:
 *
 * 1. In the last hidden layer there are no carriers: who is added to one output is in its chain, who is
 *    subtracted from outputs is a copy of the offset.
 * 2. A chain's accumulators are read by all live accumulators of the chain in the next layer, by +1, and
 *    by nobody else; the offset's last ones by its copies.
 * 3. From its second layer on a chain has `k_t` accumulators, the same number in all chains, and each
 *    reads all of the layer before.
 *
 * So whoever is read like that is in the chain, but for a carrier whose only readers happen to be all of
 * a chain. A neuron that holds more than one input unchanged is none; the others are told apart by what
 * else a layer must hold, or left open.
 */
import type { Steps } from '../core/steps.js';
import type { BlockGraph, GraphLayer } from './block-graph.js';

/** Of one layer of a block, by live neuron. */
export interface ChainLabels {
  /** Its chain: the output's number, `outputs` for the offset; -1 for none. */
  readonly chain: Int32Array;
  /** The chain that it may be in, where it may as well be a carrier; -1 where that is decided. */
  readonly open: Int32Array;
}

/** The least growth of any plan. */
const LEAST_GROWTH = 2;

function unlabelled(count: number): ChainLabels {
  return { chain: new Int32Array(count).fill(-1), open: new Int32Array(count).fill(-1) };
}

/** How many neurons of a layer are in each chain. */
function sizesOf(labels: Int32Array, chains: number): Uint32Array {
  const sizes = new Uint32Array(chains);
  for (const chain of labels) if (chain >= 0) sizes[chain]++;
  return sizes;
}

/** Rule 1. */
function lastHidden({ layers, outputs, outputRoles, constantOutput }: BlockGraph): ChainLabels {
  const { pruned, readers } = layers[layers.length - 2];
  const offset = outputRoles.length;
  const constant = constantOutput ? offset - 1 : -1;
  const labels = unlabelled(pruned.neurons.length);
  for (let neuron = 0; neuron < pruned.neurons.length; neuron++) {
    const read = readers.targets.subarray(readers.offsets[neuron], readers.offsets[neuron + 1]);
    const subtracted = (edge: number) => (edge & 1) === 1 && outputs[edge >>> 1] !== constant;
    if (read.length === 1 && (read[0] & 1) === 0) labels.chain[neuron] = outputs[read[0] >>> 1];
    else if (read.length > 0 && read.every(subtracted)) labels.chain[neuron] = offset;
  }
  return labels;
}

/** The chain whose neurons in the next layer, all of them, are exactly who reads this one by +1; or -1. */
function chainReading(
  { readers }: GraphLayer,
  neuron: number,
  next: ChainLabels,
  sizes: Uint32Array,
): number {
  const from = readers.offsets[neuron];
  const to = readers.offsets[neuron + 1];
  if (from === to) return -1;
  const first = readers.targets[from] >>> 1;
  const chain = Math.max(next.chain[first], next.open[first]);
  let certain = 0;
  for (let at = from; at < to; at++) {
    const edge = readers.targets[at];
    if (edge & 1 || chain < 0) return -1;
    if (next.chain[edge >>> 1] === chain) certain++;
    else if (next.open[edge >>> 1] !== chain) return -1;
  }
  return certain === sizes[chain] ? chain : -1;
}

/** Neurons that may be in a chain. */
interface Candidates {
  /** Read something other than inputs held unchanged: for sure no carriers, and not the chain's first. */
  readonly later: number[];
  /** Read inputs held unchanged, but hold more than one of them. */
  readonly sums: number[];
  /** Hold one input unchanged. */
  readonly unchanged: number[];
}

/** What is known of a layer besides who reads whom. */
interface LayerFacts {
  readonly layer: GraphLayer;
  /** The hidden layer's number in the block. */
  readonly level: number;
  /** Parts held unchanged in this layer and in the one before (null for the block's input). */
  readonly held: Int32Array;
  readonly before: Int32Array | null;
  readonly parts: number;
  /** Outputs and offset. */
  readonly chains: number;
}

function readsLater({ layer, before }: LayerFacts, neuron: number): boolean {
  if (before === null) return false;
  const { offsets, edges } = layer.pruned;
  for (let at = offsets[neuron]; at < offsets[neuron + 1]; at++) {
    if (before[edges[at] >>> 1] < 0) return true;
  }
  return false;
}

/** Candidates of each chain, by rule 2. */
function candidatesOf(facts: LayerFacts, next: ChainLabels, sizes: Uint32Array) {
  const { layer, held } = facts;
  const byChain = new Map<number, Candidates>();
  for (let neuron = 0; neuron < held.length; neuron++) {
    const chain = chainReading(layer, neuron, next, sizes);
    if (chain < 0) continue;
    let of = byChain.get(chain);
    if (of === undefined) {
      of = { later: [], sums: [], unchanged: [] };
      byChain.set(chain, of);
    }
    const list = readsLater(facts, neuron) ? of.later : held[neuron] < 0 ? of.sums : of.unchanged;
    list.push(neuron);
  }
  return byChain;
}

/** The one number that all of them are, or 0. */
function common(numbers: readonly number[]): number {
  return numbers.every((number) => number === numbers[0]) ? (numbers[0] ?? 0) : 0;
}

/**
 * Whether a neuron that holds an input unchanged is in a chain for sure: because there are as many
 * carriers of that input as the layer has room for, or, where accumulators come before carriers by number
 * (layer 1), because of its number.
 */
function decider(facts: LayerFacts, labels: ChainLabels, undecided: ReadonlySet<number>) {
  const { layer, level, held, parts, chains } = facts;
  const { neurons } = layer.pruned;
  const carriers = new Uint32Array(parts);
  let lastAccumulator = -1;
  let firstCarrier = Number.POSITIVE_INFINITY;
  for (let neuron = 0; neuron < held.length; neuron++) {
    if (labels.chain[neuron] >= 0) lastAccumulator = neurons[neuron];
    else if (held[neuron] >= 0 && !undecided.has(neuron)) {
      carriers[held[neuron]]++;
      firstCarrier = Math.min(firstCarrier, neurons[neuron]);
    }
  }
  const growth = sizesOf(labels.chain, chains).reduce(
    (most, size) => Math.max(most, size),
    LEAST_GROWTH,
  );
  const room = Math.floor((layer.width - growth * chains) / parts);
  const accumulatorsTo = Math.max(lastAccumulator + 1, growth * chains);
  return (neuron: number): 'chain' | 'carrier' | 'open' => {
    if (carriers[held[neuron]] >= room) return 'chain';
    if (level > 1) return 'open';
    if (neurons[neuron] < accumulatorsTo) return 'chain';
    return neurons[neuron] > firstCarrier ? 'carrier' : 'open';
  };
}

/**
 * The labels of hidden layer t from those of layer t + 1, of which `nextGrowth` is `k_(t+1)` where it is
 * known and 0 where not.
 */
function labelLayer(
  facts: LayerFacts,
  next: ChainLabels,
  nextGrowth: number,
  beforeLast: boolean,
): { labels: ChainLabels; growth: number } {
  const { held, chains } = facts;
  const offset = chains - 1;
  const labels = unlabelled(held.length);
  const sizes = sizesOf(next.chain, chains);
  const opened = new Set(next.open);
  const candidates = candidatesOf(facts, next, sizes);
  for (const chain of candidates.keys()) {
    const copies = beforeLast && chain === offset;
    // Fewer than k_(t+1): the chain begins there, and what it reads are carriers.
    const begins = !opened.has(chain) && nextGrowth > 0 && sizes[chain] !== nextGrowth && !copies;
    const single = sizes[chain] < LEAST_GROWTH && !opened.has(chain) && !copies;
    if (begins || single) candidates.delete(chain);
  }
  const begun = [...candidates].filter(([, { later }]) => later.length > 0);
  const growth = common(begun.map(([, { later }]) => later.length));
  const undecided = new Map<number, number>();
  for (const [chain, { later, sums, unchanged }] of candidates) {
    // Rule 3: if one of them reads the chain's layer before, all do.
    const certain = later.length > 0 ? later : sums;
    for (const neuron of certain) labels.chain[neuron] = chain;
    if (later.length > 0 || (growth > 0 && certain.length === growth)) continue;
    for (const neuron of unchanged) undecided.set(neuron, chain);
  }
  const decide = decider(facts, labels, new Set(undecided.keys()));
  for (const [neuron, chain] of undecided) {
    const decision = decide(neuron);
    if (decision === 'chain') labels.chain[neuron] = chain;
    else if (decision === 'open') labels.open[neuron] = chain;
  }
  return { labels, growth };
}

/**
 * The chains of a block whose hidden layers begin at index `first` of its layers, given which parts of
 * inputs each neuron holds unchanged. One entry for each layer but the last, and a step.
 */
export function* chainLabelSteps(
  graph: BlockGraph,
  held: readonly Int32Array[],
  first: number,
): Steps<ChainLabels[]> {
  const { layers, parts, outputRoles } = graph;
  const labels = held.map(({ length }) => unlabelled(length));
  const last = held.length - 1;
  if (last < first) return labels;
  labels[last] = lastHidden(graph);
  const facts = (index: number): LayerFacts => ({
    layer: layers[index],
    level: index - first + 1,
    held: held[index],
    before: index === 0 ? null : held[index - 1],
    parts: parts.length,
    chains: outputRoles.length + 1,
  });
  let growth = lastGrowth(facts(last), labels[last]);
  for (let index = last - 1; index >= first; index--) {
    const found = labelLayer(facts(index), labels[index + 1], growth, index === last - 1);
    labels[index] = found.labels;
    growth = found.growth;
    yield;
  }
  return labels;
}

/** `k_E`, by rule 3, from the chains that begin before. */
function lastGrowth(facts: LayerFacts, { chain }: ChainLabels): number {
  const offset = facts.chains - 1;
  const sizes = sizesOf(chain, facts.chains);
  const begun = new Set<number>();
  for (let neuron = 0; neuron < chain.length; neuron++) {
    if (chain[neuron] !== offset && chain[neuron] >= 0 && readsLater(facts, neuron)) {
      begun.add(chain[neuron]);
    }
  }
  return common([...begun].map((each) => sizes[each]));
}
