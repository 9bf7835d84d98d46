/** A block with kernels one behind another: what is known of it, its classes, and its variables. */
import type { Steps } from '../core/steps.js';
import type { BlockWindow } from '../integer/block-maps.js';
import type { Reading } from '../source/windows.js';
import { type AxisLayer, axisClasses, MOST_DISTANCES } from './axis-classes.js';
import type { BlockColumns } from './block-input.js';
import type { Block, WorkBudget } from './block-rows.js';
import { Rejection } from './rejection.js';
import type { CoefficientRows } from './rows.js';

/** What is known of a block's kernels. */
export interface ComposedKernels {
  /** Planes of the input and of each layer, and how each layer reads the first of the layers it reads. */
  readonly planes: readonly BlockWindow['input'][];
  readonly readings: readonly Reading[];
  /** The channel of the input that is the constant, -1 without one. */
  readonly constant: number;
  readonly window: BlockWindow | undefined;
  /** Of the matrix. */
  readonly columns: BlockColumns;
}

/** A block as it is checked; its input is of channels, as read without a kernel: its columns are channels. */
export interface ComposedBlock extends ComposedKernels, Block {}

/**
 * What the classes themselves take, in coefficients, of which two layers and the room to grow are 42 bytes: up to
 * 28 bytes for a position along an axis, and one for the signs that a row had.
 */
const CELL_MEMORY = 5 / 8;
const ROW_SIGNS_MEMORY = 1 / 16;

/** The classes of both axes, and how distances are numbered. */
export interface Classes {
  readonly y: readonly AxisLayer[];
  readonly x: readonly AxisLayer[];
  readonly low: { readonly y: number; readonly x: number };
  readonly size: { readonly y: number; readonly x: number };
  /** Of each list, where the rows of a neuron begin: one for each pair of its classes, those of y outermost. */
  readonly rowStarts: readonly Float64Array[];
  /** What they take of the memory that a proof has, in coefficients. */
  readonly memory: number;
}

export function reject(
  { number }: ComposedBlock,
  layer: number,
  neuron: number,
  reason: string,
): never {
  throw new Rejection({ block: number, layer, neuron, reason });
}

export function* classesOf(block: ComposedBlock, most: number, budget: WorkBudget): Steps<Classes> {
  const { first, layers, planes, readings, input, assignment, others } = block;
  const counts = [input.neurons.length, ...layers.map(({ neurons }) => neurons.length)];
  const cells = counts.reduce(
    (sum, count, list) => sum + count * (planes[list].height + planes[list].width),
    0,
  );
  if (!(cells <= most)) {
    reject(
      block,
      first,
      0,
      `its neurons have ${cells} positions along the axes, beyond what the checker takes on`,
    );
  }
  const shared = {
    ...{ first, layers, inputs: input.neurons.length },
    roots: Uint32Array.from([...assignment, ...others]),
  };
  const refuse = (layer: number, reason: string): never => reject(block, first + layer, 0, reason);
  const y = yield* axisClasses(
    {
      ...shared,
      lengths: planes.map(({ height }) => height),
      readings: readings.map(({ kernel, stride, pads, dilation }) => ({
        ...{ kernel: kernel.height, stride: stride.height, before: pads.top },
        dilation: dilation.height,
      })),
      along: (layer, tap) => Math.floor(tap / readings[layer].kernel.width),
    },
    budget,
    refuse,
  );
  const x = yield* axisClasses(
    {
      ...shared,
      lengths: planes.map(({ width }) => width),
      readings: readings.map(({ kernel, stride, pads, dilation }) => ({
        ...{ kernel: kernel.width, stride: stride.width, before: pads.left },
        dilation: dilation.width,
      })),
      along: (layer, tap) => tap % readings[layer].kernel.width,
    },
    budget,
    refuse,
  );
  let rows = 0;
  const rowStarts = counts.map((count, list) => {
    const starts = new Float64Array(count + 1);
    for (let index = 0; index < count; index++) {
      starts[index + 1] = starts[index] + y[list].counts[index] * x[list].counts[index];
    }
    rows += starts[count];
    if (!(rows <= most)) {
      const reason = `its neurons differ at more than ${most} positions, beyond what the checker takes on`;
      reject(block, first + list - 1, 0, reason);
    }
    return starts;
  });
  const along = (axis: readonly AxisLayer[]) => {
    const low = axis.reduce((least, list) => Math.min(least, list.low), 0);
    const high = axis.reduce((largest, list) => Math.max(largest, list.high), 0);
    return { low, size: high - low + 1 };
  };
  const [tall, wide] = [along(y), along(x)];
  // What is no number fails, too: no row may be made over it.
  if (!(tall.size * wide.size <= MOST_DISTANCES)) {
    const reason = `it looks over ${tall.size * wide.size} distances, more than the checker takes on`;
    reject(block, first, 0, reason);
  }
  const memory = Math.ceil(CELL_MEMORY * cells + ROW_SIGNS_MEMORY * rows);
  return {
    ...{ y, x, rowStarts, memory },
    low: { y: tall.low, x: wide.low },
    size: { y: tall.size, x: wide.size },
  };
}

/** The parts of a range of the block's input neurons, as variables: each at all distances, the constant last. */
export interface Variables {
  /** Of each part in the range, but the constant: the channel, and the factor its column has. */
  readonly parts: readonly { readonly channel: number; readonly factor: number }[];
  /** Whether the constant is among them. */
  readonly constant: boolean;
  /** Variables before the constant's. */
  readonly moving: number;
  readonly rows: CoefficientRows;
}

export function variablesOf(
  { input, constant }: ComposedBlock,
  { low, size }: Classes,
  from: number,
  to: number,
): Variables {
  const { rows, column, factor, neurons } = input;
  const distances = size.y * size.x;
  const parts: { channel: number; factor: number }[] = [];
  const [first, end] = [rows.offsets[from], rows.offsets[to]];
  for (let part = first; part < end; part++) {
    if (column[part] !== constant) parts.push({ channel: column[part], factor: factor[part] });
  }
  const moving = parts.length * distances;
  const here = -low.y * size.x - low.x;
  const offsets = new Float64Array(neurons.length + 1);
  const variables = new Uint32Array(end - first);
  let own = 0;
  for (let part = first; part < end; part++) {
    variables[part - first] = column[part] === constant ? moving : own++ * distances + here;
  }
  for (let index = 0; index <= neurons.length; index++) {
    offsets[index] = Math.min(Math.max(rows.offsets[index], first), end) - first;
  }
  return {
    ...{ parts, moving, constant: parts.length < end - first },
    rows: {
      ...{ offsets, variables, coefficients: rows.coefficients.slice(first, end) },
      largest: new Float64Array(neurons.length).fill(1),
      ...{ highest: 1, big: new Map(), bigBits: 0, size: end - first },
    },
  };
}
