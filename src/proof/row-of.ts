/**
 * The coefficients of one neuron over its block's variables, as the proof computes them, from the kept
 * edges that lead to it and no others.
 */
import { checkWhole } from '../core/arguments.js';
import { InputError, MisfitError } from '../core/errors.js';
import { checkOptions, MEMORY } from '../core/options.js';
import { type InputPart, inputParts } from '../integer/input-parts.js';
import { requirePlainLayers } from '../source/check-shape.js';
import { onlyRows, type SparseMask } from '../source/mask.js';
import { type PrunedLayer, pruneLayer } from '../source/pruned-network.js';
import { blockEndsOf, depthOf, widthOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { assignedInput, type BlockInput, rawInput } from './block-input.js';
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
  const masks: SparseMask[] = [];
  let rows = Uint32Array.of(neuron);
  for (let t = layer; t >= first; t--) {
    const mask = onlyRows(ticket.mask(t), rows);
    masks.unshift(mask);
    rows = Uint32Array.from(mask.columns);
  }
  return masks;
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
 * Throws a `UsageError` for a ticket of another kind or a neuron that there is not, and an `InputError`
 * where a neuron on the way is one that ReLU leaves undecided, or costs more than can be computed.
 */
export function rowOf(
  ticket: ConstructedTicket,
  layer: number,
  neuron: number,
  options: { readonly memory?: number } = {},
): NeuronRow {
  checkTicket(ticket, 'constructed', 'a row');
  requirePlainLayers(ticket.shape, 'a row');
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
  const input = block === 1 ? rawInput(inputSigns, target.constant) : assignedInput(assignment);
  const first = (ends[block - 2] ?? 0) + 1;
  let previous = input.neurons;
  const source = createSource(seed, shape);
  const layers: PrunedLayer[] = [];
  for (const [index, mask] of maskBehind(ticket, first, layer, neuron).entries()) {
    const pruned = pruneLayer(mask, source.layer(first + index), previous);
    layers.push(pruned);
    previous = pruned.neurons;
  }
  const variables = inputParts({
    block,
    inputs: matrix.columns - (target.constant ? 1 : 0),
    constant: target.constant,
    inputSigns,
  });
  const row = layer === 0 ? inputRow(input, neuron) : lastRow({ block, first, layers, input });
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
        : reluOf(coefficients, last, 0, layer === first ? input : null);
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
