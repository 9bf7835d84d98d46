/**
 * The coefficients of one neuron over its block's variables, as the proof computes them, from the kept
 * edges that lead to it and no others.
 */

import { checkObject, checkWhole } from '../core/arguments.js';
import { InputError, MisfitError } from '../core/errors.js';
import { complete } from '../core/steps.js';
import { type InputPart, inputParts } from '../integer/input-parts.js';
import { onlyRows, type SparseMask } from '../source/mask.js';
import { type PrunedLayer, pruneLayer } from '../source/pruned-network.js';
import { blockEndsOf, depthOf, widthOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { assignedInput, type BlockInput, rawInput } from './block-input.js';
import { accumulate, hiddenRows, type Step, type WorkBudget } from './block-rows.js';
import { Rejection } from './rejection.js';
import { rowAccumulator, rowStorage } from './rows.js';

/** A neuron as an integer combination of the non-negative variables of its block. */
export interface NeuronRow {
  /** From 1. */
  readonly block: number;
  /** The block's variables, in the order of the columns of its matrix. */
  readonly variables: readonly InputPart[];
  /** Of each variable, before ReLU; 0 for what no kept path leads from. */
  readonly coefficients: readonly bigint[];
  /**
   * What ReLU makes of it for all inputs. `unchanged`: the same, no coefficient is negative. `zero`: 0,
   * none is positive. `part`: the one variable with a positive coefficient, since the neuron reads one
   * input of unknown sign and nothing else. `end`: the row is of the block's last layer, where ReLU makes
   * the next block's variable of it, or the network's output. `undecided`: it depends on the input, and
   * no proof takes such a neuron.
   */
  readonly relu: 'unchanged' | 'zero' | 'part' | 'end' | 'undecided';
}

/** Additions of coefficients for one row; real tickets ask for thousands. */
const MOST_ADDITIONS = 2 ** 30;
/** Coefficients of one layer that lead to it. */
const MOST_COEFFICIENTS = 2 ** 24;

function refuse(layer: number, neuron: number, problem: string): never {
  throw new InputError({
    place: `layer ${layer}, neuron ${neuron}`,
    problem,
    remedy: 'verify the ticket: no proof gets past this neuron',
  });
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

/** Adds up a neuron's row over the block's variables; all layers but the last are hidden ones. */
function rowBehind(
  layers: readonly PrunedLayer[],
  input: BlockInput,
  block: number,
  first: number,
): readonly (number | bigint)[] {
  const accumulator = rowAccumulator(input.variables);
  const budget: WorkBudget = { left: MOST_ADDITIONS };
  let [reading, writing] = [rowStorage(), rowStorage()];
  let rows = input.rows;
  for (const [index, layer] of layers.entries()) {
    const place = { block, layer: first + index };
    const step: Step = { layer, rows, accumulator, place, budget };
    if (index === layers.length - 1) {
      accumulator.clear();
      if (layer.neurons.length > 0) accumulate(step, 0);
      return Array.from({ length: input.variables }, (_, variable) => accumulator.value(variable));
    }
    const seen = new Uint8Array(layer.neurons.length);
    const raw = index === 0 ? input : null;
    const next = complete(hiddenRows(step, seen, raw, writing, MOST_COEFFICIENTS));
    if (next === undefined) {
      refuse(
        place.layer,
        layer.neurons[0],
        'the rows that lead on from here hold too many numbers',
      );
    }
    rows = next;
    [reading, writing] = [writing, reading];
  }
  return [];
}

/** What ReLU makes of a hidden neuron; `edges` are those into it. */
function afterRelu(
  coefficients: readonly bigint[],
  raw: BlockInput | null,
  { edges }: PrunedLayer,
): NeuronRow['relu'] {
  const positive = coefficients.some((coefficient) => coefficient > 0n);
  const negative = coefficients.some((coefficient) => coefficient < 0n);
  if (!negative) return 'unchanged';
  if (!positive) return 'zero';
  const single = raw !== null && edges.length === 1;
  return single && raw.signed[raw.neurons[edges[0] >>> 1]] === true ? 'part' : 'undecided';
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
  checkObject('options', options);
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
  const row = layer === 0 ? inputRow(input, neuron) : decidedRow(layers, input, block, first);
  const byPart = new Map(
    row.map((value, variable) => [
      `${input.column[variable]} ${input.factor[variable]}`,
      BigInt(value),
    ]),
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
        : afterRelu(coefficients, layer === first ? input : null, last);
  return { block, variables, coefficients, relu };
}

/** An input of the whole source in its own parts. */
function inputRow({ rows, variables }: BlockInput, neuron: number): number[] {
  const row = new Array<number>(variables).fill(0);
  for (let at = rows.offsets[neuron]; at < rows.offsets[neuron + 1]; at++) {
    row[rows.variables[at]] = rows.coefficients[at];
  }
  return row;
}

/** `rowBehind`, with what stands against it told as a fault of the ticket. */
function decidedRow(...args: Parameters<typeof rowBehind>): readonly (number | bigint)[] {
  try {
    return rowBehind(...args);
  } catch (error) {
    if (error instanceof Rejection) {
      const { layer, neuron, reason } = error.failure;
      refuse(layer, neuron, reason);
    }
    throw error;
  }
}
