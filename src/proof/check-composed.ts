/** The check of a block with kernels one behind another, over all of its input or in parts. */
import type { Steps } from '../core/steps.js';
import { decodedEdges, listsOf } from './axis-classes.js';
import type { WorkBudget } from './block-rows.js';
import {
  type ComposedBlock,
  classesOf,
  MOST_DISTANCES,
  reject,
  type Variables,
  variablesOf,
} from './composed-block.js';
import { checkOutputs, checkUnassigned } from './composed-outputs.js';
import { composedProof } from './composed-proof.js';
import { type Check, hiddenRows, type Walk } from './composed-rows.js';
import { type HeldRows, heldRows, rowStorages } from './held-rows.js';
import { rowAccumulator } from './rows.js';

/** Throws a `Rejection` unless the block is equal to its matrix at every position. `most` rows are held at a time. */
export function* checkComposed(
  block: ComposedBlock,
  most: number,
  budget: WorkBudget,
): Steps<void> {
  const classes = yield* classesOf(block, most, budget);
  const distances = classes.size.y * classes.size.x;
  if (distances > MOST_DISTANCES) {
    reject(
      block,
      block.first,
      0,
      `it looks over ${distances} distances, more than the checker takes on`,
    );
  }
  const seen = block.layers.map(
    (_, index) => new Uint8Array(classes.rowStarts[index + 1].at(-1) as number),
  );
  yield* checkInputs({ block, classes, seen, most, budget }, 0, block.input.neurons.length);
}

/** Checks the rows over a range of the block's input neurons; one that takes too much memory in halves. */
function* checkInputs(check: Check, from: number, to: number): Steps<void> {
  const { block, classes } = check;
  const variables = variablesOf(block, classes, from, to);
  if (variables.moving <= MOST_DISTANCES || to - from <= 1) {
    if (yield* checkRange(check, variables)) return;
  }
  if (to - from <= 1) {
    reject(
      block,
      block.first,
      0,
      `the rows of one input hold more than ${check.most} coefficients, beyond what the checker takes on`,
    );
  }
  const middle = (from + to) >>> 1;
  yield* checkInputs(check, from, middle);
  yield* checkInputs(check, middle, to);
}

/** Additions of coefficients between two steps. */
const ADDITIONS_AT_ONCE = 2 ** 19;

/** Whether the rows fitted. */
function* checkRange(check: Check, variables: Variables): Steps<boolean> {
  const { block, budget, most } = check;
  const { first, layers } = block;
  const total = variables.moving + (variables.constant ? 1 : 0);
  const accumulator = rowAccumulator(total);
  const storages = rowStorages();
  for (const storage of storages) storage.most = most + total;
  const held: HeldRows = heldRows(layers, first, variables.rows, storages);
  const edges = decodedEdges(layers);
  let before = budget.spent;
  const isTime = (): boolean => {
    if (budget.spent - before < ADDITIONS_AT_ONCE) return false;
    before = budget.spent;
    return true;
  };
  for (const [index, layer] of layers.entries()) {
    const t = first + index;
    const lists = listsOf(layer, t, first);
    const sizes = lists.map((list) =>
      list === 0 ? block.input.neurons.length : layers[list - 1].neurons.length,
    );
    const walk: Walk = {
      ...{ check, variables, layer: index, lists, sizes, accumulator, edges, isTime },
      rows: held.readBy(t),
    };
    if (index < layers.length - 1) {
      const rows = yield* hiddenRows(walk, held, most - held.size);
      if (rows === undefined) return false;
      held.add(t, rows);
    } else {
      yield* checkOutputs(walk);
      yield* checkUnassigned(walk);
    }
    yield;
  }
  return true;
}

/** Gives this to proofs of tickets with such blocks. */
export function provideComposition(): void {
  composedProof.provide(checkComposed);
}
