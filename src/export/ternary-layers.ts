/**
 * The pruned source `M_t * B_t` as dense matrices of -1, 0 and +1, the form that other programs take.
 * Either the live part (the neurons on a kept path to an output) or the whole source. Matrices are
 * described first and filled in on demand, one at a time: a source may be larger than memory.
 */
import { InputError } from '../core/errors.js';
import type { FloatFormat } from '../inference/float-format.js';
import type { PrunedProgram } from '../inference/pruned-program.js';
import { requirePlainLayers } from '../source/check-shape.js';
import { toSparse } from '../source/mask.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import { blockEndsOf, depthOf, maskSizes, widthOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { layerFactors } from './layer-factors.js';
import type { InputBox } from './value-range.js';

/** Which index of a flat matrix runs slowest: ONNX takes inputs first, PyTorch outputs first. */
export type MatrixOrder = 'inputs-first' | 'outputs-first';

/** One layer of `outputs` by `inputs` entries, all of them -1, 0 or +1. */
export interface TernaryLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** The weights, without the column of the constant input. */
  readonly weights: (order: MatrixOrder) => Int8Array;
  /** First layer only, where a constant input 1 is carried: the constant's column. */
  readonly bias: (() => Int8Array) | null;
}

/** Columns of a layer's matrix, split into weights and the constant's column, which comes last. */
function splitLayer(
  inputs: number,
  outputs: number,
  constant: boolean,
  fill: (write: (row: number, column: number, sign: number) => void) => void,
): TernaryLayer {
  const columns = inputs - (constant ? 1 : 0);
  return {
    inputs: columns,
    outputs,
    weights(order) {
      const matrix = new Int8Array(outputs * columns);
      const [rowStep, columnStep] = order === 'outputs-first' ? [columns, 1] : [1, outputs];
      fill((row, column, sign) => {
        if (column < columns) matrix[row * rowStep + column * columnStep] = sign;
      });
      return matrix;
    },
    bias: constant
      ? () => {
          const vector = new Int8Array(outputs);
          fill((row, column, sign) => {
            if (column === columns) vector[row] = sign;
          });
          return vector;
        }
      : null,
  };
}

/**
 * The live pruned source. Neurons keep the order of their numbers; a layer without live neurons has
 * one that is always 0, and the last layer has all outputs, those without edges too.
 */
export function liveTernaryLayers(program: PrunedProgram): TernaryLayer[] {
  const { layers, inputs, outputs, constant } = program;
  let previous = inputs;
  return layers.map((layer, index) => {
    const isLast = index === layers.length - 1;
    const rows = isLast ? outputs : Math.max(1, layer.neurons.length);
    const columns = previous;
    previous = rows;
    return splitLayer(columns, rows, constant && index === 0, (write) => {
      writeEdges(layer, isLast, write);
    });
  });
}

function writeEdges(
  { neurons, offsets, edges }: PrunedLayer,
  isLast: boolean,
  write: (row: number, column: number, sign: number) => void,
): void {
  for (let index = 0; index < neurons.length; index++) {
    const row = isLast ? neurons[index] : index;
    for (let position = offsets[index]; position < offsets[index + 1]; position++) {
      const edge = edges[position];
      write(row, edge >>> 1, (edge & 1) === 0 ? 1 : -1);
    }
  }
}

/** Most entries of all matrices together for which the whole source is written out. */
export const MOST_FULL_ENTRIES = 2 ** 29;

/**
 * The whole pruned source, dead neurons included, in the source's own numbering. Throws an
 * `InputError` above `MOST_FULL_ENTRIES` entries: a source may have 10^16.
 */
export function fullTernaryLayers(ticket: ConstructedTicket): TernaryLayer[] {
  const { shape, seed, target } = ticket;
  requirePlainLayers(shape, 'an export of the whole source');
  const source = createSource(seed, shape);
  // Rounded only where it is far above the limit.
  const sizes = maskSizes(shape);
  const entries = sizes.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0);
  if (entries > MOST_FULL_ENTRIES) {
    throw new InputError({
      place: 'source',
      problem: `all its neurons make matrices of ${entries.toPrecision(3)} entries, more than ${MOST_FULL_ENTRIES}`,
      remedy: 'leave out option "full": the live neurons alone compute the same',
    });
  }
  return sizes.map(({ inputs, outputs }, index) =>
    splitLayer(inputs, outputs, target.constant && index === 0, (write) => {
      const { columns, offsets, rows } = toSparse(ticket.mask(index + 1));
      const signs = source.layer(index + 1);
      columns.forEach((column, at) => {
        for (let position = offsets[at]; position < offsets[at + 1]; position++) {
          const row = rows[position];
          write(row, column, signs.sign(column, row));
        }
      });
    }),
  );
}

/**
 * Refuses a whole source in which a dead neuron may overflow: nothing reads it, but 0 times infinity is
 * NaN where matrices are dense. Throws an `InputError`.
 */
export function checkFullReach(
  ticket: ConstructedTicket,
  { lower, upper }: InputBox,
  { mostExponent }: FloatFormat,
): void {
  const { target } = ticket;
  const blockEnds = blockEndsOf(ticket.shape);
  const factors = layerFactors({ ...target, blockEnds });
  // Upper bounds of magnitudes, whatever the signs; their own rounding is far below a factor of 2.
  let values = Float64Array.from({ length: widthOf(ticket.shape, 0) }, (_, input) =>
    input < lower.length ? Math.max(Math.abs(lower[input]), Math.abs(upper[input])) : 1,
  );
  for (let t = 1; t <= depthOf(ticket.shape); t++) {
    const { columns, offsets, rows } = toSparse(ticket.mask(t));
    const next = new Float64Array(widthOf(ticket.shape, t));
    columns.forEach((column, at) => {
      for (let position = offsets[at]; position < offsets[at + 1]; position++) {
        next[rows[position]] += values[column];
      }
    });
    const overflowing = next.findIndex((value) => !(value < 2 ** (mostExponent - 1)));
    if (overflowing >= 0) {
      throw new InputError({
        place: `layer ${t}, neuron ${overflowing}`,
        problem: `its value may exceed 2^${mostExponent - 1}`,
        remedy: 'leave out option "full", or export with option "compute: double"',
      });
    }
    values = next.map((value) => value * factors[t - 1]);
  }
}
