/**
 * Rows of a block's neurons one layer after the other, added up as in the proof: for whoever asks what
 * neurons compute, not whether it is right.
 */
import { complete } from '../core/steps.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import type { BlockInput } from './block-input.js';
import {
  accumulate,
  hiddenRows,
  isPart,
  readsInput,
  type Step,
  type WorkBudget,
} from './block-rows.js';
import { heldRows, rowStorages } from './held-rows.js';
import { Rejection } from './rejection.js';
import type { Relu } from './relu.js';
import { rowAccumulator } from './rows.js';

/** Consecutive layers of a block from its first one on. */
export interface BlockLayers {
  /** From 1. */
  readonly block: number;
  /** Source layer of the first of them, from 1. */
  readonly first: number;
  readonly layers: readonly PrunedLayer[];
  readonly input: BlockInput;
}

/** Limits of a small question; a proof has larger ones. */
const MOST_ADDITIONS = 2 ** 30;
const MOST_COEFFICIENTS = 2 ** 24;

/**
 * Calls `visit` for each layer, by its index, with a function that gives the row before ReLU of a neuron of
 * its list, over the block's variables. All layers but the last are hidden ones. Throws a `Rejection` where
 * ReLU leaves a hidden neuron undecided, once its layer was visited.
 */
export function visitRows(
  { block, first, layers, input }: BlockLayers,
  visit: (index: number, rowOf: (neuron: number) => bigint[]) => void,
): void {
  const accumulator = rowAccumulator(input.variables);
  const budget: WorkBudget = { left: MOST_ADDITIONS, spent: 0 };
  const held = heldRows(layers, first, input.rows, rowStorages());
  for (const [index, layer] of layers.entries()) {
    const t = first + index;
    const place = { block, layer: t };
    const step: Step = { layer, rows: held.readBy(t), accumulator, place, budget };
    visit(index, (neuron) => {
      accumulate(step, neuron);
      return Array.from({ length: input.variables }, (_, variable) =>
        BigInt(accumulator.value(variable)),
      );
    });
    if (index === layers.length - 1) return;
    const seen = new Uint8Array(layer.neurons.length);
    const raw = readsInput(layer, t, first) ? input : null;
    const most = MOST_COEFFICIENTS - held.size;
    const rows = complete(hiddenRows(step, seen, raw, held.storage, most));
    if (rows === undefined) {
      const reason = 'the rows of its layer hold too many coefficients';
      throw new Rejection({ ...place, neuron: layer.neurons[0], reason });
    }
    held.add(t, rows);
  }
}

/**
 * What ReLU makes of the row of neuron number `neuron` of a hidden layer; `raw` is the block's input if the
 * layer reads it.
 */
export function reluOf(
  row: readonly bigint[],
  layer: PrunedLayer,
  neuron: number,
  raw: BlockInput | null,
): Relu {
  if (row.every((coefficient) => coefficient >= 0n)) return 'unchanged';
  if (row.every((coefficient) => coefficient <= 0n)) return 'zero';
  return raw !== null && isPart(layer, neuron, raw) ? 'part' : 'undecided';
}
