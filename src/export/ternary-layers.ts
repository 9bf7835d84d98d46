/**
 * The pruned source `M_t * B_t` as dense matrices of -1, 0 and +1, the form that other programs take.
 * Either the live part (the neurons on a kept path to an output) or the whole source. Matrices are
 * described first and filled in on demand, one at a time: a source may be larger than memory.
 */

import { joinedNumbers } from '../core/concatenate.js';
import { InputError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import type { FloatFormat } from '../inference/float-format.js';
import { anchorOf } from '../integer/block-maps.js';
import { requireConnectedLayers } from '../source/check-shape.js';
import { layerLists } from '../source/layer-lists.js';
import { toSparse } from '../source/mask.js';
import { type PrunedLayer, readsOf } from '../source/pruned-network.js';
import { blockEndsOf, depthOf, layerOf, maskSizes, tapsOf, widthOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import type { InputBox } from './input-box.js';
import { layerFactors } from './layer-factors.js';
import type { LiveProgram } from './live-program.js';
import { type MapLayout, type MapReading, tapsOfReading } from './map-layout.js';
import type { MatrixOrder } from './matrix-order.js';

/** One layer of `outputs` by `inputs` entries, all of them -1, 0 and +1. */
export interface TernaryLayer {
  /**
   * Columns: the neurons of the layers that it reads, one layer after the other, without the constant; those
   * of the first layer with all taps of a kernel.
   */
  readonly inputs: number;
  /** How many of them, the last ones, are of other layers than the first. */
  readonly rest: number;
  readonly outputs: number;
  /** Numbers of the layers that it reads, ascending; 0 is the inputs, without the constant. */
  readonly reads: readonly number[];
  /** The weights, without the column of the constant input. */
  readonly weights: (order: MatrixOrder) => Int8Array;
  /** Where the inputs are read and a constant input 1 is carried: the constant's column. */
  readonly bias: (() => Int8Array) | null;
}

/** Writes the entries that are not 0. */
type Fill = (write: (row: number, column: number, sign: number) => void) => void;

/** The columns of a constant, one for each tap of a kernel; it counts at one of them. */
interface ConstantColumns {
  readonly first: number;
  readonly taps: number;
  readonly anchor: number;
}

/** A layer's matrix, split into weights and the columns of a constant, where there is one. */
function splitLayer(
  { inputs, outputs, reads, rest }: Pick<TernaryLayer, 'inputs' | 'outputs' | 'reads' | 'rest'>,
  constant: ConstantColumns | null,
  fill: Fill,
): TernaryLayer {
  const { first, taps, anchor } = constant ?? { first: inputs, taps: 0, anchor: 0 };
  const columns = inputs - taps;
  return {
    inputs: columns,
    outputs,
    reads,
    rest,
    weights(order) {
      const matrix = new Int8Array(outputs * columns);
      const [rowStep, columnStep] = order === 'outputs-first' ? [columns, 1] : [1, outputs];
      fill((row, column, sign) => {
        if (column >= first && column < first + taps) return;
        const at = column < first ? column : column - taps;
        matrix[row * rowStep + at * columnStep] = sign;
      });
      return matrix;
    },
    bias:
      constant === null
        ? null
        : () => {
            const vector = new Int8Array(outputs);
            fill((row, column, sign) => {
              if (column === first + anchor) vector[row] = sign;
            });
            return vector;
          },
  };
}

/** The columns of the constant, which is the last of the inputs, in a layer that reads these. */
function constantColumns(
  reads: readonly number[],
  inputs: number,
  constant: boolean,
  reading?: MapReading,
): ConstantColumns | null {
  if (!constant || reads[0] !== 0) return null;
  const taps = reading === undefined ? 1 : tapsOfReading(reading);
  const window = reading?.window ?? null;
  return { first: (inputs - 1) * taps, taps, anchor: window === null ? 0 : anchorOf(window) };
}

/**
 * Refuses a source of feature maps that reads the constant where it is not the constant at the rim: it is
 * no bias there. Horner keeps no such edge. Throws an `InputError`.
 */
function requireAnchor(constant: ConstantColumns | null, columns: Iterable<number>): void {
  if (constant === null) return;
  for (const column of columns) {
    const tap = column - constant.first;
    if (tap < 0 || tap >= constant.taps || tap === constant.anchor) continue;
    throw new InputError({
      place: `layer 1, tap ${tap}`,
      problem: 'the constant is read where a window reaches beyond the maps',
      remedy: 'export the integer network with option "folded", or find the network with horner',
    });
  }
}

/**
 * The live pruned source. Neurons keep the order of their numbers; a layer without live neurons has
 * one that is always 0, and the last layer has all outputs, those without edges too. Of feature maps
 * `layout` has a reading for each layer.
 */
export function liveTernaryLayers(program: LiveProgram, layout?: MapLayout): TernaryLayer[] {
  const { layers, inputs, outputs, constant } = program;
  const live = [inputs, ...layers.map(({ neurons }) => neurons.length)];
  const widths = live.map((count, t) => (t === layers.length ? outputs : Math.max(1, count)));
  return layers.map((layer, index) => {
    const t = index + 1;
    const reads = readsOf(layer, t);
    const { taps = 1 } = layer;
    const rest = reads.slice(1).reduce((sum, read) => sum + (widths[read] as number), 0);
    const columns = (widths[reads[0] as number] as number) * taps + rest;
    const size = { inputs: columns, outputs: widths[t] as number, reads, rest };
    const own = constantColumns(reads, inputs, constant, layout?.layers[index]);
    if (taps > 1)
      requireAnchor(
        own,
        layer.edges.map((edge) => edge >>> 1),
      );
    return splitLayer(size, own, (write) => {
      writeEdges(layer, t === layers.length, columnsOfLists(reads, live, widths, taps), write);
    });
  });
}

/** From numbers in the lists of the layers read to columns: a layer without live neurons has one neuron. */
function columnsOfLists(
  reads: readonly number[],
  live: readonly number[],
  widths: readonly number[],
  taps: number,
): (from: number) => number {
  if (reads.every((read) => live[read] === widths[read])) return (from) => from;
  const columns: number[] = [];
  let first = 0;
  for (const [index, read] of reads.entries()) {
    const own = index === 0 ? taps : 1;
    for (let column = 0; column < (live[read] as number) * own; column++) {
      columns.push(first + column);
    }
    first += (widths[read] as number) * own;
  }
  return (from) => columns[from] as number;
}

function writeEdges(
  { neurons, offsets, edges }: PrunedLayer,
  isLast: boolean,
  columnOf: (from: number) => number,
  write: (row: number, column: number, sign: number) => void,
): void {
  for (let index = 0; index < neurons.length; index++) {
    const row = isLast ? neurons[index] : index;
    for (let position = offsets[index]; position < offsets[index + 1]; position++) {
      const edge = edges[position];
      write(row, columnOf(edge >>> 1), (edge & 1) === 0 ? 1 : -1);
    }
  }
}

/** Most entries of all matrices together for which the whole source is written out. */
export const MOST_FULL_ENTRIES = 2 ** 29;

/**
 * The whole pruned source, dead neurons included, in the source's own numbering. Throws an
 * `InputError` above `MOST_FULL_ENTRIES` entries: a source may have 10^16.
 */
export function fullTernaryLayers(ticket: ConstructedTicket, layout?: MapLayout): TernaryLayer[] {
  const { shape, seed, target } = ticket;
  if (layout === undefined) requireConnectedLayers(shape, 'an export of the whole source');
  const source = createSource(seed, shape);
  // Rounded only where it is far above the limit.
  const sizes = maskSizes(shape);
  const entries = sizes.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0);
  if (entries > MOST_FULL_ENTRIES) {
    throw new InputError({
      place: 'source',
      problem: `all its neurons make matrices of ${entries.toPrecision(3)} entries, more than ${MOST_FULL_ENTRIES}`,
      remedy: 'leave out option "form: full": the live neurons alone compute the same',
    });
  }
  return sizes.map(({ inputs, outputs }, index) => {
    const reads = readsOf(layerOf(shape, index + 1), index + 1);
    const constant = constantColumns(reads, shape.inputs, target.constant, layout?.layers[index]);
    if (tapsOf(shape, index + 1) > 1) {
      requireAnchor(constant, toSparse(ticket.mask(index + 1)).columns);
    }
    const rest = reads.slice(1).reduce((sum, read) => sum + widthOf(shape, read), 0);
    return splitLayer({ inputs, outputs, reads, rest }, constant, (write) => {
      const { columns, offsets, rows } = toSparse(ticket.mask(index + 1));
      const signs = source.layer(index + 1);
      columns.forEach((column, at) => {
        for (let position = offsets[at]; position < offsets[at + 1]; position++) {
          const row = rows[position];
          write(row, column, signs.sign(column, row));
        }
      });
    });
  });
}

/**
 * Refuses a whole source in which a dead neuron may overflow: nothing reads it, but 0 times infinity is
 * NaN where matrices are dense. Throws an `InputError`. In steps, a layer each.
 */
export function* checkFullReach(
  ticket: ConstructedTicket,
  { lower, upper }: InputBox,
  { mostExponent }: FloatFormat,
): Steps<void> {
  const { target } = ticket;
  const blockEnds = blockEndsOf(ticket.shape);
  const factors = layerFactors({ ...target, blockEnds });
  // Upper bounds of magnitudes, whatever the signs; their own rounding is far below a factor of 2.
  const inputs = Float64Array.from({ length: widthOf(ticket.shape, 0) }, (_, input) =>
    input < lower.length ? Math.max(Math.abs(lower[input]), Math.abs(upper[input])) : 1,
  );
  const lists = layerLists<Float64Array>(ticket.shape.layers, {
    before: { number: 0, list: inputs },
    join: joinedNumbers,
  });
  for (let t = 1; t <= depthOf(ticket.shape); t++) {
    const { columns, offsets, rows } = toSparse(ticket.mask(t));
    const values = lists.readBy(t);
    const taps = tapsOf(ticket.shape, t);
    const [from = t - 1] = readsOf(layerOf(ticket.shape, t), t);
    const tapped = widthOf(ticket.shape, from) * taps;
    const more = tapped - tapped / taps;
    const next = new Float64Array(widthOf(ticket.shape, t));
    columns.forEach((column, at) => {
      for (let position = offsets[at]; position < offsets[at + 1]; position++) {
        next[rows[position]] += values[column < tapped ? Math.floor(column / taps) : column - more];
      }
    });
    const overflowing = next.findIndex((value) => !(value < 2 ** (mostExponent - 1)));
    if (overflowing >= 0) {
      throw new InputError({
        place: `layer ${t}, neuron ${overflowing}`,
        problem: `its value may exceed 2^${mostExponent - 1}`,
        remedy: 'leave out option "form: full", or export with option "compute: double"',
      });
    }
    lists.add(
      t,
      next.map((value) => value * factors[t - 1]),
    );
    yield;
  }
}
