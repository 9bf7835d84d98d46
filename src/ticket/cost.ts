/**
 * What work on a ticket will cost, from its widths and counts alone, before any mask is decoded: a full
 * mask takes no bytes in a file and any number of them in memory. Estimates are from above; the numbers
 * of bytes are those of the typed arrays that the work makes.
 */
import { InputError } from '../core/errors.js';
import {
  CERTIFYING,
  DEFAULT_MEMORY,
  IDLE_MEMORY,
  mostCertificateSteps,
  mostSteps,
  requireMemory,
  requireSteps,
  type Spend,
  spendUpTo,
} from '../core/limits.js';
import { tapCount } from '../integer/block-maps.js';
import { checkShape } from '../source/check-shape.js';
import { wordsPerColumn } from '../source/mask.js';
import {
  blockEndsOf,
  type MaskSize,
  maskSizes,
  readingOf,
  type SourceShape,
  tapsOf,
} from '../source/shape.js';
import { shapeOf, type Ticket } from './kinds.js';
import type { TrainedTicket } from './trained.js';
import { inputCount, isMoreThanPlain, mapStages, type TrainedMaps } from './trained-maps.js';

/**
 * `proof`: a block at a time. `program`: all layers at once, to run or export. `pictures`: masks, as
 * they are.
 */
export type TicketUse = 'proof' | 'program' | 'pictures';

const WHAT: Readonly<Record<TicketUse, string>> = {
  proof: 'checking this ticket',
  program: 'rebuilding this network',
  pictures: 'drawing these masks',
};

/** Garbage that waits to be collected. */
const SLACK = 1.25;
/** Steps to decode an edge, draw its sign and sort it to its neuron. */
const EDGE_STEPS = 64;
/** Steps that a layer takes whatever is in it. */
const LAYER_STEPS = 2 ** 11;
/** A trained network's values of one neuron, for 64 samples at a time, in two layers. */
const LANE_BYTES = 2 * 8 * 64;
/** A number of a target's matrix, where it may be a BigInt. */
const ENTRY_BYTES = 48;

/**
 * Steps and bytes to go through the list of a neuron's layer once more, for a layer that reads it too. To
 * run or export a program its bounds and values are joined for it as well.
 */
const READ_STEPS = 4;
const PROGRAM_READ_STEPS = 64;
const READ_BYTES = 8;

interface LayerCost {
  /** Decoded, as it lies in the file or sparse. */
  readonly mask: number;
  /** Beyond that while it is decoded and pruned. */
  readonly temporary: number;
  /** What stays of it: edges by neuron. */
  readonly pruned: number;
  readonly neurons: number;
  readonly steps: number;
  /** Neurons in the lists of all layers that it reads, at all taps, where it reads more than the one before. */
  readonly joined: number;
}

function layerCost({ inputs, outputs }: MaskSize, kept: number): LayerCost {
  const words = inputs * wordsPerColumn(outputs);
  // A mask with fewer edges than that comes sparse, but for packed bits, which the file pays for.
  const dense = kept >= words || 2 * kept > inputs * outputs;
  const neurons = Math.min(outputs, kept);
  const columns = Math.min(inputs, kept);
  return {
    mask: (dense ? 4 * words : 0) + 4 * kept + 8 * columns,
    temporary: 24 * kept + 8 * columns + 8 * neurons,
    pruned: 4 * kept + 8 * neurons,
    neurons,
    steps: EDGE_STEPS * kept + (dense ? words : 0) + LAYER_STEPS,
    joined: 0,
  };
}

/** What a layer takes that reads so many neurons, not those of the layer before alone. */
function withReadsOf(cost: LayerCost, neurons: number): LayerCost {
  return {
    ...cost,
    temporary: cost.temporary + READ_BYTES * neurons,
    steps: cost.steps + READ_STEPS * neurons,
    joined: neurons,
  };
}

/** The costs of all layers, what they read together included. */
function layerCosts(shape: SourceShape, kept: readonly number[]): LayerCost[] {
  const sizes = maskSizes(shape);
  const costs = kept.map((count, index) => layerCost(sizes[index] as MaskSize, count));
  return costs.map((cost, index) => {
    const { reads } = readingOf(shape, index + 1);
    const taps = tapsOf(shape, index + 1);
    if (reads.length === 1 && reads[0] === index && taps === 1) return cost;
    // The first of them is listed once for each tap of the layer's kernel.
    const neurons = reads.map(
      (t, at) => (t === 0 ? shape.inputs : (costs[t - 1]?.neurons ?? 0)) * (at === 0 ? taps : 1),
    );
    return withReadsOf(
      cost,
      neurons.reduce((total, count) => total + count, 0),
    );
  });
}

/** What is known of a ticket's size. */
interface TicketSize {
  readonly layers: readonly LayerCost[];
  /** Layer numbers (from 1) that end what is held at once. */
  readonly ends: readonly number[];
  readonly fileBytes: number | undefined;
}

function sizeOf(ticket: Ticket): TicketSize {
  const shape = shapeOf(ticket);
  checkShape(shape);
  return {
    layers: layerCosts(shape, ticket.kept),
    ends: blockEndsOf(shape),
    fileBytes: ticket.fileBytes,
  };
}

function sum(costs: readonly LayerCost[], of: (cost: LayerCost) => number): number {
  return costs.reduce((total, cost) => total + of(cost), 0);
}

function most(costs: readonly LayerCost[], of: (cost: LayerCost) => number): number {
  return costs.reduce((highest, cost) => Math.max(highest, of(cost)), 0);
}

const passing = ({ mask, temporary }: LayerCost): number => mask + temporary;

/** What a ticket takes beside its masks. */
function fixedBytes(ticket: Ticket): number {
  const file = 2 * (ticket.fileBytes ?? 0);
  switch (ticket.kind) {
    case 'trained': {
      const { widths, maps, probeOutputs, weights } = ticket;
      const widest = widths.reduce((first, second) => Math.max(first, second));
      const magnitudes = weights === 'normal' ? 8 : 0;
      const probes = probeOutputs.length / (widths.at(-1) as number);
      const inputs = inputCount(widths, maps);
      return (
        file +
        (maps === undefined ? LANE_BYTES * widest : mapBytes(ticket, maps)) +
        32 * inputs +
        8 * probes * inputs +
        16 * probeOutputs.length +
        4 * widths.reduce((total, width) => total + width, 0) +
        magnitudes * ticket.kept.reduce((total, count) => total + count, 0)
      );
    }
    case 'baseline':
    case 'constructed': {
      const { matrices } = ticket.kind === 'baseline' ? ticket.effective : ticket.target;
      const entries = matrices.reduce((total, { values }) => total + values.length, 0);
      const big = matrices.some(({ values }) => Array.isArray(values));
      // A block's variables, with their accumulator and the lists that lead from one to the other.
      const columns = Math.max(matrices[0]?.columns ?? 0, mostVariables(ticket));
      return file + (big ? ENTRY_BYTES : 8) * entries + 160 * columns;
    }
  }
}

/** Samples of feature maps that a trained network's layers are computed for at a time. */
const MAP_SAMPLES = 16;
/** Products of a kernel that take as long as a step. */
const PRODUCTS_A_STEP = 4;

/** Channels as the engine holds them, in whole vectors, and a number that a panel of them may be filled up by. */
function filledUp(channels: number): number {
  return channels + 3;
}

/** What a trained network of feature maps takes: its maps with their borders, and weights that are 0 or not. */
function mapBytes(
  { widths, kept, activation }: Pick<TrainedTicket, 'widths' | 'kept' | 'activation'>,
  maps: TrainedMaps,
) {
  return mapStages(widths, maps).reduce((total, stage, index) => {
    const { inputChannels, channels, kernel, input, pad, sums } = stage;
    const read = (input.height + 2 * pad) * (input.width + 2 * pad) * filledUp(inputChannels);
    const made = sums.height * sums.width * filledUp(channels);
    // What lies between a layer's sums and its output: up to two maps more where it is no plain one.
    const between = isMoreThanPlain(stage, activation) ? 4 : 2;
    const weights = kernel.height * kernel.width * filledUp(inputChannels) * filledUp(channels);
    // Packed in float64, before that in float32, and the edges by channels while the error is bounded.
    const network = 12 * weights + 4 * (kept[index] as number);
    return total + MAP_SAMPLES * (8 * (read + between * made) + 512) + network;
  }, 0);
}

/** Products that what is behind a sum takes as long as, where it is more than its maximum with 0. */
const PRODUCTS_BEHIND = 64;

/** Products that a trained network of feature maps takes a sample, zeros included, and as many as what is behind them. */
function mapProducts(
  { widths, activation }: Pick<TrainedTicket, 'widths' | 'activation'>,
  maps: TrainedMaps,
): number {
  return mapStages(widths, maps).reduce((total, stage) => {
    const { sums, kernel, inputChannels, channels } = stage;
    const behind = isMoreThanPlain(stage, activation) ? PRODUCTS_BEHIND : 0;
    const columns = kernel.height * kernel.width * inputChannels + behind;
    return total + sums.height * sums.width * columns * channels;
  }, 0);
}

/** The most columns that a layer with a kernel has for what a block's matrix makes; 0 without kernels. */
function mostVariables(ticket: Ticket): number {
  if (ticket.kind !== 'constructed' || ticket.target.maps === undefined) return 0;
  const { maps, matrices } = ticket.target;
  return maps.blocks.reduce((most, { window }, index) => {
    if (window === undefined) return most;
    const rows = index === 0 ? ticket.shape.inputs : (matrices[index - 1]?.rows ?? 0);
    return Math.max(most, rows * tapCount(window));
  }, 0);
}

function bytesFor(ticket: Ticket, use: TicketUse): number {
  const { layers, ends } = sizeOf(ticket);
  const fixed = IDLE_MEMORY + fixedBytes(ticket);
  if (use === 'pictures')
    return fixed + SLACK * (sum(layers, ({ mask }) => mask) + most(layers, passing));
  if (use === 'program' || ticket.kind === 'trained') {
    const weights = ticket.kind === 'baseline' ? sum(layers, ({ pruned }) => 2 * pruned) : 0;
    return (
      fixed + weights + SLACK * (2 * sum(layers, ({ pruned }) => pruned) + most(layers, passing))
    );
  }
  let start = 0;
  let block = 0;
  for (const end of ends) {
    const held = layers.slice(start, end);
    const rows = 80 * most(held, ({ neurons }) => neurons);
    const kept =
      ticket.kind === 'baseline' ? 2 * most(held, passing) : sum(held, ({ pruned }) => pruned);
    block = Math.max(block, kept + rows);
    start = end;
  }
  return fixed + SLACK * (block + most(layers, passing));
}

function stepsFor(ticket: Ticket, use: TicketUse): number {
  const { layers } = sizeOf(ticket);
  const once = sum(layers, ({ steps }) => steps);
  if (ticket.kind === 'trained') {
    const { widths, maps, probeOutputs, kept } = ticket;
    const probes = use === 'proof' ? probeOutputs.length / (widths.at(-1) as number) : 0;
    if (maps !== undefined) {
      // A sample at least, whatever is done with it: weights are packed, zeros included.
      return once + (1 + probes) * (mapProducts(ticket, maps) / PRODUCTS_A_STEP);
    }
    const neurons = widths.reduce((total, width) => total + width, 0);
    return once + neurons + probes * (kept.reduce((total, count) => total + count, 0) + neurons);
  }
  if (use === 'program') return once + PROGRAM_READ_STEPS * sum(layers, ({ joined }) => joined);
  if (use === 'pictures') return once;
  // The checker also looks at the masks that read a block's outputs to see which they read.
  const { shape } = ticket;
  const outputs = new Set(blockEndsOf(shape));
  const again = layers.filter((_, index) =>
    readingOf(shape, index + 1).reads.some((t) => outputs.has(t)),
  );
  // And at those of layers with groups, once more.
  again.push(...layers.filter((_, index) => shape.layers[index]?.groups !== undefined));
  return once + sum(again, ({ steps }) => steps);
}

/** What is left for the work itself, once the ticket's masks are paid for. */
export interface Allowance {
  /** Bytes. */
  readonly memory: number;
  /** See `mostSteps`. */
  readonly steps: number;
}

/** Steps where the size of the file is not known, because the ticket comes from memory: ten minutes. */
const STEPS_IN_MEMORY = 2 ** 38;

/**
 * Throws an `InputError` if the work on a ticket would take more memory than `memory` bytes (default:
 * 2 GiB) or more steps than a file of its size may ask for; decodes nothing for that. Returns what is
 * left of both.
 */
export function admitTicket(
  ticket: Ticket,
  use: TicketUse,
  memory: number = DEFAULT_MEMORY,
): Allowance {
  const { fileBytes } = ticket;
  const bytes = bytesFor(ticket, use);
  requireMemory(bytes, memory, 'masks', WHAT[use]);
  if (fileBytes === undefined) return { memory: memory - bytes, steps: STEPS_IN_MEMORY };
  const steps = stepsFor(ticket, use);
  const limit = { most: mostSteps(fileBytes, memory), memory };
  requireSteps(steps, limit, 'masks', WHAT[use]);
  return { memory: memory - bytes, steps: limit.most - steps };
}

/**
 * Counts what computing a ticket's error bounds again takes, up to what a file of its size may cost;
 * undefined for a ticket that comes from memory.
 */
export function certificateSteps(
  { fileBytes }: Ticket,
  memory: number = DEFAULT_MEMORY,
): Spend | undefined {
  if (fileBytes === undefined) return undefined;
  return spendUpTo({ most: mostCertificateSteps(fileBytes, memory), memory }, CERTIFYING);
}

/**
 * Throws an `InputError` if a program cannot hold the values of so many live neurons at once, for the samples
 * that are computed at a time, once as they are read and once as they are made.
 */
export function admitNeurons(count: number, memory: number = DEFAULT_MEMORY): void {
  const bytes = IDLE_MEMORY + LANE_BYTES * count;
  requireMemory(bytes, memory, 'live neurons', 'running this network');
}

/** Refuses what no checker could hold though a file may state it: `what` many of `limit`. */
export function requireAtMost(count: number, limit: number, place: string, what: string): void {
  if (count <= limit) return;
  throw new InputError({
    place,
    problem: `${count} ${what}, over the limit of ${limit}`,
    remedy: 'the ticket is damaged; make it again',
  });
}
