/**
 * The coefficients of one neuron over its block's variables, as the proof computes them, from the kept
 * edges that lead to it and no others.
 */
import { checkWhole } from '../core/arguments.js';
import { InputError, MisfitError } from '../core/errors.js';
import { checkOptions, MEMORY } from '../core/options.js';
import { complete } from '../core/steps.js';
import { type InputPart, inputParts } from '../integer/input-parts.js';
import { onlyRows, type SparseMask } from '../source/mask.js';
import { type PrunedLayer, pruneLayerOf } from '../source/pruned-network.js';
import { blockEndsOf, columnsOf, depthOf, readingOf, tapsOf, widthOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket } from '../ticket/cost.js';
import { checkKernels } from '../ticket/live-layers.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { assignedInput, type BlockInput, NO_COLUMN, rawInput } from './block-input.js';
import { readsInput } from './block-rows.js';
import { windowColumnsOf } from './maps.js';
import { type BlockLayers, reluOf, visitRows } from './neuron-rows.js';
import { Rejection } from './rejection.js';
import type { Relu } from './relu.js';

/** A neuron as an integer combination of the non-negative variables of its block. */
export interface NeuronRow {
  /** From 1. */
  readonly block: number;
  /** The block's variables, in the order of the columns of its matrix. */
  readonly variables: readonly InputPart[];
  /** Of each variable, before ReLU; 0 for what no kept path leads from. */
  readonly coefficients: readonly bigint[];
  /** What ReLU makes of it; `end` where the layer is the block's last: an output, not a sum to go on with. */
  readonly relu: Relu | 'end';
}

/** The kept edges on paths to one neuron of a layer, per layer from the block's first on. */
function maskBehind(
  ticket: ConstructedTicket,
  first: number,
  layer: number,
  neuron: number,
): SparseMask[] {
  const { shape } = ticket;
  const masks: SparseMask[] = [];
  /** By layer, the neurons on the way; all that read a layer come after it. */
  const wanted = new Map([[layer, new Set([neuron])]]);
  for (let t = layer; t >= first; t--) {
    const rows = Uint32Array.from(wanted.get(t) ?? []).sort();
    const mask =
      rows.length === 0
        ? noEdges(columnsOf(shape, t), widthOf(shape, t))
        : onlyRows(ticket.mask(t), rows);
    masks.unshift(mask);
    let at = 0;
    let begin = 0;
    for (const [index, read] of readingOf(shape, t).reads.entries()) {
      // The first is read with the kernel: a column for each tap.
      const taps = index === 0 ? tapsOf(shape, t) : 1;
      const end = begin + taps * widthOf(shape, read);
      const neurons = wanted.get(read) ?? new Set<number>();
      for (; at < mask.columns.length && mask.columns[at] < end; at++) {
        neurons.add(Math.floor((mask.columns[at] - begin) / taps));
      }
      wanted.set(read, neurons);
      begin = end;
    }
  }
  return masks;
}

function noEdges(inputs: number, outputs: number): SparseMask {
  const none = new Uint32Array(0);
  return { kind: 'sparse', inputs, outputs, columns: none, offsets: Uint32Array.of(0), rows: none };
}

/** The row of the last layer's one neuron; what stands against it is told as a fault of the ticket. */
function lastRow(behind: BlockLayers): readonly bigint[] {
  const { layers, input } = behind;
  let row: readonly bigint[] = new Array<bigint>(input.variables).fill(0n);
  try {
    visitRows(behind, (index, rowAt) => {
      // Nothing leads to it where its list is empty.
      if (index === layers.length - 1 && layers[index].neurons.length > 0) row = rowAt(0);
    });
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const { layer, neuron, reason } = error.failure;
    throw new InputError({
      place: `layer ${layer}, neuron ${neuron}`,
      problem: reason,
      remedy: 'verify the ticket: no proof gets past this neuron',
    });
  }
  return row;
}

/**
 * The exact coefficients of neuron `neuron` of source layer `layer` (0 for the inputs) of a constructed
 * ticket, over the variables of the block that the layer belongs to: inputs, or their parts where they are
 * of unknown sign, and outputs of the block before. Integers of any length. Only masks of that block are
 * read, and of them what leads to the neuron.
 *
 * Of feature maps a neuron is a channel and the row holds at every position: a variable is a channel at a tap of
 * the block's kernel (of layer 0: at the position itself).
 *
 * Throws a `UsageError` for a ticket of another kind or a neuron that there is not, a `MisfitError` for kernels
 * that are not those of the integer network, and an `InputError` where a neuron on the way is one that ReLU
 * leaves undecided, reads a tap that the integer network has no column for, or costs more than can be computed.
 */
export function rowOf(
  ticket: ConstructedTicket,
  layer: number,
  neuron: number,
  options: { readonly memory?: number } = {},
): NeuronRow {
  checkTicket(ticket, 'constructed', 'a row');
  checkKernels(ticket, 'a row');
  checkOptions('rowOf', options, { memory: MEMORY });
  const { shape, target, inputSigns, assignments, seed } = ticket;
  checkWhole('layer', layer, 0, depthOf(shape));
  checkWhole('neuron', neuron, 0, widthOf(shape, layer) - 1);
  admitTicket(ticket, 'proof', options.memory);
  const ends = blockEndsOf(shape);
  const block = ends.findIndex((end) => layer <= end) + 1;
  const matrix = target.matrices[block - 1];
  const assignment = assignments[block - 2];
  if (matrix === undefined || (block > 1 && assignment === undefined)) {
    throw new MisfitError(
      'the ticket has other matrices or assignments than its source has blocks',
    );
  }
  const { constant } = target;
  const window = layer === 0 ? undefined : target.maps?.blocks[block - 1].window;
  const channels = block === 1 ? widthOf(shape, 0) : assignment.length;
  const columns = windowColumnsOf(window, channels, constant);
  const input =
    block === 1 ? rawInput(inputSigns, constant, columns) : assignedInput(assignment, columns);
  const first = (ends[block - 2] ?? 0) + 1;
  const source = createSource(seed, shape);
  const layers: PrunedLayer[] = [];
  const listOf = (t: number): Uint32Array =>
    t < first ? input.neurons : layers[t - first].neurons;
  for (const [index, mask] of maskBehind(ticket, first, layer, neuron).entries()) {
    layers.push(complete(pruneLayerOf(source, first + index, mask, listOf)));
  }
  const inputs = window === undefined ? channels : matrix.columns;
  const variables = inputParts({
    ...{ block, constant, inputSigns, window },
    inputs: inputs - (constant ? 1 : 0),
  });
  const row = layer === 0 ? inputRow(input, neuron) : lastRow({ block, first, layers, input });
  if (row.some((value, variable) => value !== 0n && input.column[variable] === NO_COLUMN)) {
    throw new InputError({
      place: `layer ${layer}, neuron ${neuron}`,
      problem: 'it reads a tap of a map that the integer network does not read there',
      remedy: 'verify the ticket: it is not equal to its integer network',
    });
  }
  const byPart = new Map(
    row.map((value, variable) => [`${input.column[variable]} ${input.factor[variable]}`, value]),
  );
  const coefficients = variables.map(
    ({ column, part }) => byPart.get(`${column} ${part === 'negative' ? -1 : 1}`) ?? 0n,
  );
  const last = layers[layers.length - 1];
  const relu =
    last === undefined
      ? ('unchanged' as const)
      : layer === ends[block - 1]
        ? ('end' as const)
        : reluOf(coefficients, last, 0, readsInput(last, layer, first) ? input : null);
  return { block, variables, coefficients, relu };
}

/** An input of the whole source in its own parts. */
function inputRow({ rows, variables }: BlockInput, neuron: number): bigint[] {
  const row = new Array<bigint>(variables).fill(0n);
  for (let at = rows.offsets[neuron]; at < rows.offsets[neuron + 1]; at++) {
    row[rows.variables[at]] = BigInt(rows.coefficients[at]);
  }
  return row;
}
