/**
 * The kept edges of one block as a graph: what each live neuron reads and who reads it. All that roles are
 * read from: which construction made the masks is for others to say.
 */

import { outputRoles, type Role } from '../constructions/roles.js';
import type { Steps } from '../core/steps.js';
import { columnsByTap, tapCount } from '../integer/block-maps.js';
import { type InputPart, inputParts } from '../integer/input-parts.js';
import { bigEntry, type IntegerMatrix, type IntegerNetwork } from '../integer/integer-network.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import type { InputSign } from '../target/network.js';

/** A live layer with its edges in both directions. */
export interface GraphLayer {
  /** Source layer, from 1. */
  readonly layer: number;
  /** Neurons that the layer has in the source, pruned ones included. */
  readonly width: number;
  /**
   * Live neurons and what they read: `edges` are `2 * position + sign`, positions in the layer before,
   * which for the first one is the block's input, of feature maps each of its neurons once for each tap.
   */
  readonly pruned: PrunedLayer;
  /** The live readers in the next layer of the block: `2 * position + sign`, none in its last layer. */
  readonly readers: Readers;
}

/** `targets[offsets[i] .. offsets[i + 1])` read neuron number i. */
export interface Readers {
  readonly offsets: Uint32Array;
  readonly targets: Uint32Array;
}

export interface BlockGraph {
  /** From 1. */
  readonly block: number;
  /** Non-negative parts of the block's inputs, the constant last. */
  readonly parts: readonly InputPart[];
  /** Per neuron of the block's input (and tap), the column that it stands for; -1 if none. */
  readonly columns: Int32Array;
  /** Of the first block's input columns: what is known of their signs; others are non-negative. */
  readonly signs: readonly InputSign[];
  /** Its layers; the last one holds the outputs. */
  readonly layers: readonly GraphLayer[];
  /** Per neuron of the last layer, the output that it holds; -1 if none. */
  readonly outputs: Int32Array;
  /** Roles of the outputs, the constant's last. */
  readonly outputRoles: readonly Role[];
  /** Whether the last output is the constant, going on to the next block. */
  readonly constantOutput: boolean;
  /** Of feature maps: the outputs that hand a map on, each with the column that it is. */
  readonly handed: ReadonlyMap<number, number>;
}

const NO_LAYER: PrunedLayer = {
  neurons: new Uint32Array(0),
  offsets: new Uint32Array(1),
  edges: new Uint32Array(0),
};

/** Turns a layer's edges round, for `count` neurons before it. */
function readersOf({ neurons, offsets, edges }: PrunedLayer, count: number): Readers {
  const starts = new Uint32Array(count + 1);
  for (const edge of edges) starts[(edge >>> 1) + 1]++;
  for (let index = 0; index < count; index++) starts[index + 1] += starts[index];
  const next = starts.slice();
  const targets = new Uint32Array(edges.length);
  for (let neuron = 0; neuron < neurons.length; neuron++) {
    for (let at = offsets[neuron]; at < offsets[neuron + 1]; at++) {
      const edge = edges[at];
      targets[next[edge >>> 1]++] = 2 * neuron + (edge & 1);
    }
  }
  return { offsets: starts, targets };
}

/** What a ticket says of its blocks. */
export interface BlockFacts {
  readonly widths: readonly number[];
  readonly blockEnds: readonly number[];
  readonly inputSigns: readonly InputSign[];
  readonly target: IntegerNetwork;
  /** Per block but the last, the neuron that holds each output. */
  readonly assignments: readonly Uint32Array[];
}

/** Per neuron of a list, which entry of the assignment it is; -1 if it is none. */
function heldBy(neurons: Uint32Array, assignment: Uint32Array): Int32Array {
  const output = new Map<number, number>();
  assignment.forEach((neuron, index) => {
    output.set(neuron, index);
  });
  return Int32Array.from(neurons, (neuron) => output.get(neuron) ?? -1);
}

/** The one column of a row that holds a single 1; undefined for another row. */
function columnOfOne(matrix: IntegerMatrix, row: number): number | undefined {
  const first = row * matrix.columns;
  let found: number | undefined;
  for (let column = 0; column < matrix.columns; column++) {
    if (!matrix.values[first + column]) continue;
    if (found !== undefined || bigEntry(matrix, first + column) !== 1n) return undefined;
    found = column;
  }
  return found;
}

/** Outputs of a block that hand maps on: the last ones before the constant, of a free block. */
function handedOn({ target }: BlockFacts, block: number, constantOutput: boolean) {
  const handed = new Map<number, number>();
  const form = target.maps?.blocks[block - 1].form;
  if (form?.kind !== 'free') return handed;
  const matrix = target.matrices[block - 1];
  const end = matrix.rows - (constantOutput ? 1 : 0);
  for (let row = end - form.passed; row < end; row++) {
    const column = columnOfOne(matrix, row);
    if (column !== undefined) handed.set(row, column);
  }
  return handed;
}

/** What a block reads of the layer before it: which of its neurons, and taps, are which column. */
function inputOf(
  { widths, blockEnds, inputSigns, target, assignments }: BlockFacts,
  live: readonly PrunedLayer[],
  block: number,
): Pick<BlockGraph, 'parts' | 'columns' | 'signs'> {
  const { constant, matrices, maps } = target;
  const start = blockEnds[block - 2] ?? 0;
  const window = maps?.blocks[block - 1].window;
  const channels =
    block === 1
      ? Int32Array.from({ length: widths[0] }, (_, index) => index)
      : heldBy(live[start - 1].neurons, assignments[block - 2]);
  const parts = inputParts({
    ...{ block, constant, inputSigns, window },
    inputs: matrices[block - 1].columns - (constant ? 1 : 0),
  });
  const signs = block === 1 ? inputSigns : [];
  if (window === undefined) return { parts, columns: channels, signs };
  const taps = tapCount(window);
  const count = block === 1 ? widths[0] : matrices[block - 2].rows;
  const byTap = columnsByTap(window, count, constant);
  const columns = new Int32Array(channels.length * taps);
  for (let at = 0; at < columns.length; at++) {
    const channel = channels[Math.floor(at / taps)];
    columns[at] = channel < 0 ? -1 : byTap[channel * taps + (at % taps)];
  }
  const signOf = new Array<InputSign>(parts.length).fill('nonnegative');
  if (block === 1) {
    for (const { column, input } of parts) {
      if (typeof input === 'number') signOf[column] = inputSigns[input];
    }
  }
  return { parts, columns, signs: signOf };
}

/** The graph of one block (from 1), given all live layers `1 .. L` of the source. A step for each layer. */
export function* blockGraphSteps(
  facts: BlockFacts,
  live: readonly PrunedLayer[],
  block: number,
): Steps<BlockGraph> {
  const { widths, blockEnds, target, assignments } = facts;
  const start = blockEnds[block - 2] ?? 0;
  const end = blockEnds[block - 1];
  const inner = block < blockEnds.length;
  const own = live.slice(start, end);
  const constantOutput = inner && target.constant;
  const last = own[own.length - 1].neurons;
  const layers: GraphLayer[] = [];
  for (const [index, pruned] of own.entries()) {
    // Of a layer that reads several the edges count otherwise: its sources are no matter here.
    const next = own[index + 1];
    const readers = readersOf(
      next === undefined || next.reads !== undefined ? NO_LAYER : next,
      pruned.neurons.length,
    );
    layers.push({ layer: start + index + 1, width: widths[start + index + 1], pruned, readers });
    yield;
  }
  return {
    block,
    ...inputOf(facts, live, block),
    layers,
    outputs: inner ? heldBy(last, assignments[block - 1]) : Int32Array.from(last),
    outputRoles: outputRoles(target.matrices[block - 1].rows, constantOutput),
    constantOutput,
    handed: handedOn(facts, block, constantOutput),
  };
}

/**
 * Per hidden layer, or per one of the first `count` of them, which part of an input each neuron holds
 * unchanged, as an index into `parts`: those at the end of a path of single kept edges from an input, +1
 * but for the first one, whose sign makes the part. -1 for all others. A step for each layer.
 */
export function* unchangedPartSteps(
  { parts, columns, signs, layers }: BlockGraph,
  count = layers.length - 1,
): Steps<Int32Array[]> {
  const byColumn = new Map<string, number>();
  parts.forEach(({ column, part }, index) => {
    byColumn.set(`${column} ${part === 'negative' ? 1 : 0}`, index);
  });
  const held: Int32Array[] = [];
  for (const [index, { pruned }] of layers.slice(0, -1).slice(0, count).entries()) {
    const { neurons, offsets, edges } = pruned;
    const before = held[index - 1];
    held.push(
      Int32Array.from(neurons, (_, neuron) => {
        if (offsets[neuron + 1] !== offsets[neuron] + 1) return -1;
        const edge = edges[offsets[neuron]];
        if (before !== undefined) return edge & 1 ? -1 : before[edge >>> 1];
        const column = columns[edge >>> 1];
        const known = signs[column] ?? 'nonnegative';
        // ReLU leaves nothing of an input that never has the sign of its edge.
        if ((known === 'nonnegative' && edge & 1) || (known === 'nonpositive' && !(edge & 1))) {
          return -1;
        }
        return byColumn.get(`${column} ${edge & 1}`) ?? -1;
      }),
    );
    yield;
  }
  return held;
}
