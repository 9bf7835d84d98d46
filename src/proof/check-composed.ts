/** The check of a block with kernels one behind another, over all of its input or in parts. */
import type { Steps } from '../core/steps.js';
import { decodedEdges, listsOf, MOST_DISTANCES } from './axis-classes.js';
import type { WorkBudget } from './block-rows.js';
import {
  type ComposedBlock,
  classesOf,
  reject,
  type Variables,
  variablesOf,
} from './composed-block.js';
import { checkOutputs, checkUnassigned } from './composed-outputs.js';
import { composedProof } from './composed-proof.js';
import { type Check, hiddenRows, spend, type Walk } from './composed-rows.js';
import { type HeldRows, heldRows, type RowStorages, rowStorages } from './held-rows.js';
import { type RowAccumulator, rowAccumulator } from './rows.js';

/** What it takes to make room for a variable, in additions of coefficients. */
const VARIABLE_COST = 2;

/** What it takes to begin a range: for each of the block's input neurons, and for each of its layers. */
const INPUT_COST = 4;
const LAYER_COST = 256;

/** What all ranges use, one after the other: none of it is made or cleared anew for one. */
interface Rooms {
  readonly accumulator: RowAccumulator;
  readonly storages: RowStorages;
  readonly edges: Walk['edges'];
  /** Variables that a range may have, where it can be halved. */
  readonly most: number;
}

/** Throws a `Rejection` unless the block is equal to its matrix at every position. `most` rows are held at a time. */
export function* checkComposed(
  block: ComposedBlock,
  most: number,
  budget: WorkBudget,
): Steps<void> {
  const classes = yield* classesOf(block, most, budget);
  const left = most - classes.memory;
  const distances = classes.size.y * classes.size.x;
  const { offsets } = block.input.rows;
  const parts = offsets[block.input.neurons.length] - offsets[0];
  const mostVariables = Math.min(MOST_DISTANCES, Math.floor(left / 2));
  const widest = block.input.neurons.reduce(
    (most, _, index) => Math.max(most, offsets[index + 1] - offsets[index]),
    0,
  );
  const variables = Math.min(parts * distances, Math.max(mostVariables, widest * distances)) + 1;
  if (!(variables <= left)) rejectRows(block, most);
  const last = block.layers.length - 1;
  const seen = block.layers.map(
    (_, index) =>
      new Uint8Array(index < last ? (classes.rowStarts[index + 1].at(-1) as number) : 0),
  );
  const check: Check = { block, classes, seen, most: left - variables, budget };
  spend(check, 0, VARIABLE_COST * variables);
  const rooms: Rooms = {
    accumulator: rowAccumulator(variables),
    storages: rowStorages(),
    edges: decodedEdges(block.layers),
    most: mostVariables,
  };
  yield* checkInputs(check, rooms, 0, block.input.neurons.length);
}

function rejectRows(block: ComposedBlock, most: number): never {
  const reason = `the rows of one input hold more than ${most} coefficients, beyond what the checker takes on`;
  return reject(block, block.first, 0, reason);
}

/** Checks the rows over a range of the block's input neurons; one that takes too much memory in halves. */
function* checkInputs(check: Check, rooms: Rooms, from: number, to: number): Steps<void> {
  const { block, classes } = check;
  const { offsets } = block.input.rows;
  const moving = (offsets[to] - offsets[from]) * classes.size.y * classes.size.x;
  if (moving <= rooms.most || to - from <= 1) {
    spend(check, 0, INPUT_COST * block.input.neurons.length + LAYER_COST * block.layers.length);
    if (yield* checkRange(check, rooms, variablesOf(block, classes, from, to))) return;
  }
  if (to - from <= 1) rejectRows(block, check.most);
  const middle = (from + to) >>> 1;
  yield* checkInputs(check, rooms, from, middle);
  yield* checkInputs(check, rooms, middle, to);
}

/** Additions of coefficients between two steps. */
const ADDITIONS_AT_ONCE = 2 ** 19;

/** Whether the rows fitted. */
function* checkRange(
  check: Check,
  { accumulator, storages, edges }: Rooms,
  variables: Variables,
): Steps<boolean> {
  const { block, budget, most } = check;
  const { first, layers } = block;
  for (const storage of storages) storage.most = most + accumulator.variables;
  const held: HeldRows = heldRows(layers, first, variables.rows, storages);
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
