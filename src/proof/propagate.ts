/**
 * Proof by propagation (theory, section 6): the pruned source equals the integer network for all
 * inputs of the stated signs. Works for any mask and knows no construction; sound, not complete.
 *
 * Per block every neuron is an integer combination of non-negative variables: the previous block's
 * outputs and the constant, or, in the first block, the parts `x+ = s(x)`, `x- = s(-x)` of the inputs
 * (`x = x+ - x-`; for a coordinate of known sign one of the two is 0 and left out). A hidden neuron
 * whose coefficients are all non-negative is linear, all non-positive: it is 0. Mixed signs cannot be
 * decided without knowing more of the variables, and are rejected if the neuron matters, with one
 * exception: in layer 1 a neuron with a single edge, from a signed input, is `s(x)` or `s(-x)`.
 */
import {
  bigEntry,
  type IntegerMatrix,
  type IntegerNetwork,
  isBig,
} from '../precision/integer-network.js';
import type { LayerMask } from '../source/mask.js';
import { toSparse } from '../source/mask.js';
import { keepLive, type PrunedLayer, pruneLayer } from '../source/pruned-network.js';
import type { Source } from '../source/source.js';
import type { InputSign } from '../target/network.js';
import { type CoefficientRows, type RowAccumulator, rowAccumulator, rowsBuilder } from './rows.js';

/** Where and why the answer is no. Blocks, layers from 1; neurons, outputs from 0. */
export interface ProofFailure {
  readonly block: number;
  /** Source layer, from 1 through the whole source. */
  readonly layer: number;
  readonly neuron: number;
  readonly reason: string;
}

/** What was seen of one block that was proved. */
export interface BlockProof {
  readonly block: number;
  readonly layers: number;
  /** Neurons from which a kept path leads to an output of the block. */
  readonly liveNeurons: number;
  readonly liveEdges: number;
}

export type PropagationResult =
  | { readonly equal: true; readonly blocks: readonly BlockProof[] }
  | { readonly equal: false; readonly failure: ProofFailure };

export interface PropagationInput {
  readonly source: Source;
  /** The mask of layer t, from 1. */
  readonly mask: (t: number) => LayerMask;
  readonly target: IntegerNetwork;
  readonly inputSigns: readonly InputSign[];
  /** Per block but the last, the neuron that holds each output (the constant last). */
  readonly assignments: readonly Uint32Array[];
  readonly progress?: (layersDone: number, layers: number) => void;
}

/**
 * Most coefficients that one layer's rows may hold, 12 bytes each: a small hostile file can describe a
 * mask whose rows are as dense as its layers are wide.
 */
const MAXIMUM_COEFFICIENTS = 2 ** 27;

/** A rejection on its way out of the nested loops. */
class Rejection extends Error {
  readonly failure: ProofFailure;
  constructor(failure: ProofFailure) {
    super(failure.reason);
    this.failure = failure;
  }
}

/** The variables of a block, and the rows of its input neurons over them. */
interface BlockInput {
  /** Ids of the input neurons that may be non-zero, ascending. */
  readonly neurons: Uint32Array;
  readonly rows: CoefficientRows;
  readonly variables: number;
  /**
   * Expected coefficients are read from the integer row: variable k stands for column `column[k]`
   * with the factor `factor[k]` (-1 for a negative part).
   */
  readonly column: Uint32Array;
  readonly factor: Int8Array;
  /** First block only: whether a neuron's input is of unknown sign. */
  readonly signed: readonly boolean[];
}

/** Proves the pruned source equal to the integer network, or says which neuron stands against it. */
export function propagate(input: PropagationInput): PropagationResult {
  const { source, target } = input;
  const blocks: BlockProof[] = [];
  try {
    checkStructure(input);
    let blockInput = rawInput(input.inputSigns, target.constant);
    let first = 1;
    source.shape.blockEnds.forEach((last, block) => {
      const end = proveBlock(input, block, first, last, blockInput);
      blocks.push(end.proof);
      if (end.next !== null) blockInput = end.next;
      first = last + 1;
    });
  } catch (error) {
    if (error instanceof Rejection) return { equal: false, failure: error.failure };
    throw error;
  }
  return { equal: true, blocks };
}

/** Rejects a ticket whose parts do not describe one pruned source and one integer network. */
function checkStructure({ source, target, inputSigns, assignments }: PropagationInput): void {
  const { widths, blockEnds } = source.shape;
  const { matrices, constant } = target;
  const carried = constant ? 1 : 0;
  const reject = (block: number, reason: string): never => {
    throw new Rejection({ block, layer: blockEnds[block - 1] ?? 0, neuron: 0, reason });
  };
  if (blockEnds.length !== matrices.length || blockEnds.at(-1) !== widths.length - 1) {
    reject(matrices.length, 'the blocks do not end where the source does, one per target layer');
  }
  matrices.forEach((matrix, index) => {
    const start = index === 0 ? 0 : blockEnds[index - 1];
    if (!(blockEnds[index] > start)) reject(index + 1, 'the block has no layers');
    const inputs = index === 0 ? inputSigns.length + carried : matrices[index - 1].rows;
    if (matrix.columns !== inputs) reject(index + 1, 'its matrix does not fit the one before');
    if (index === matrices.length - 1) return;
    const assignment = assignments[index];
    const width = widths[blockEnds[index]];
    if (
      assignment?.length !== matrix.rows ||
      new Set(assignment).size !== matrix.rows ||
      assignment.some((neuron) => neuron >= width)
    ) {
      reject(index + 1, 'its outputs are not assigned to different neurons of its last layer');
    }
  });
  const { fractionalPlaces, scale } = target;
  const places = fractionalPlaces.reduce((sum, count) => sum + count, 0);
  if (fractionalPlaces.length !== matrices.length || scale.exponent !== places) {
    reject(matrices.length, 'the output scale is not the product of the scales of the blocks');
  }
  if (widths[0] !== matrices[0].columns) reject(1, 'the source has another number of inputs');
  if (widths.at(-1) !== matrices.at(-1)?.rows) {
    reject(matrices.length, 'the last layer of the source does not consist of the outputs');
  }
}

/** The first block's input: neuron i is `x_i` (the constant last), written in its parts. */
function rawInput(signs: readonly InputSign[], constant: boolean): BlockInput {
  const inputs = signs.length + (constant ? 1 : 0);
  const column: number[] = [];
  const factor: number[] = [];
  const accumulator = rowAccumulator(2 * inputs);
  const builder = rowsBuilder(inputs);
  const unit = rowsBuilder(2 * inputs);
  for (let variable = 0; variable < 2 * inputs; variable++) unit.appendUnit(variable);
  const units = unit.finish();
  for (let neuron = 0; neuron < inputs; neuron++) {
    const sign = neuron < signs.length ? signs[neuron] : 'nonnegative';
    if (sign !== 'nonpositive') {
      accumulator.add(units, column.length, false);
      column.push(neuron);
      factor.push(1);
    }
    if (sign !== 'nonnegative') {
      accumulator.add(units, column.length, true);
      column.push(neuron);
      factor.push(-1);
    }
    builder.append(accumulator);
    accumulator.clear();
  }
  return {
    neurons: Uint32Array.from({ length: inputs }, (_, neuron) => neuron),
    rows: builder.finish(),
    variables: column.length,
    column: Uint32Array.from(column),
    factor: Int8Array.from(factor),
    signed: signs.map((sign) => sign === 'signed'),
  };
}

/** The input of a later block: one variable per assigned neuron, in order of neuron. */
function assignedInput(assignment: Uint32Array): BlockInput {
  const order = Uint32Array.from(assignment.keys()).sort((a, b) => assignment[a] - assignment[b]);
  const builder = rowsBuilder(order.length);
  order.forEach((_, variable) => {
    builder.appendUnit(variable);
  });
  return {
    neurons: order.map((output) => assignment[output]),
    rows: builder.finish(),
    variables: order.length,
    column: order,
    factor: new Int8Array(order.length).fill(1),
    signed: [],
  };
}

/** Reads the block's masks; `roots` are the neurons of its last layer whose rows are needed. */
function liveLayers(
  { source, mask }: PropagationInput,
  first: number,
  last: number,
  inputNeurons: Uint32Array,
  roots: Uint32Array,
): PrunedLayer[] {
  const layers: PrunedLayer[] = [];
  let previous = inputNeurons;
  for (let t = first; t <= last; t++) {
    const layerMask = mask(t);
    const { widths } = source.shape;
    if (layerMask.inputs !== widths[t - 1] || layerMask.outputs !== widths[t]) {
      throw new RangeError(`the mask of layer ${t} does not have the source's widths`);
    }
    const layer = pruneLayer(layerMask, source.layer(t), previous);
    layers.push(layer);
    previous = layer.neurons;
  }
  return keepLive(layers, roots);
}

function proveBlock(
  input: PropagationInput,
  block: number,
  first: number,
  last: number,
  blockInput: BlockInput,
): { proof: BlockProof; next: BlockInput | null } {
  const { source, mask, target, assignments, progress } = input;
  const isLast = block === source.shape.blockEnds.length - 1;
  const matrix = target.matrices[block];
  const assignment = isLast
    ? Uint32Array.from({ length: matrix.rows }, (_, output) => output)
    : assignments[block];
  // Neurons of the boundary that the next block reads though they hold no output: they must be 0.
  const reading = isLast ? new Uint32Array(0) : toSparse(mask(last + 1)).columns;
  const assigned = new Set(assignment);
  const others = reading.filter((neuron) => !assigned.has(neuron));
  const roots = Uint32Array.from([...assignment, ...others]).sort();

  const layers = liveLayers(input, first, last, blockInput.neurons, roots);
  const accumulator = rowAccumulator(blockInput.variables);
  let { rows } = blockInput;
  let liveNeurons = 0;
  let liveEdges = 0;
  layers.forEach((layer, index) => {
    liveNeurons += layer.neurons.length;
    liveEdges += layer.edges.length;
    const place = { block: block + 1, layer: first + index };
    if (index < layers.length - 1) {
      rows = hiddenRows(layer, rows, accumulator, place, index === 0 ? blockInput : null);
    } else {
      checkOutputs(layer, rows, accumulator, place, blockInput, matrix, target, assignment, isLast);
      checkUnassigned(layer, rows, accumulator, place, others);
    }
    progress?.(first + index, source.shape.widths.length - 1);
  });
  const proof = { block: block + 1, layers: layers.length, liveNeurons, liveEdges };
  return { proof, next: isLast ? null : assignedInput(assignment) };
}

interface Place {
  readonly block: number;
  readonly layer: number;
}

/** Adds up neuron `index` of a layer; its pre-activation row is then in the accumulator. */
function accumulate(
  layer: PrunedLayer,
  index: number,
  rows: CoefficientRows,
  accumulator: RowAccumulator,
): void {
  accumulator.clear();
  const end = layer.offsets[index + 1];
  for (let position = layer.offsets[index]; position < end; position++) {
    const edge = layer.edges[position];
    accumulator.add(rows, edge >>> 1, (edge & 1) === 1);
  }
}

type Signs = 'zero' | 'nonnegative' | 'nonpositive' | 'mixed';

function signsOf(accumulator: RowAccumulator): Signs {
  let positive = false;
  let negative = false;
  for (const variable of accumulator.touched) {
    const value = accumulator.value(variable);
    if (value > 0) positive = true;
    else if (value < 0) negative = true;
  }
  if (positive && negative) return 'mixed';
  return positive ? 'nonnegative' : negative ? 'nonpositive' : 'zero';
}

/** Rows after ReLU of a hidden layer. `raw` is the block's input if the layer reads raw inputs. */
function hiddenRows(
  layer: PrunedLayer,
  rows: CoefficientRows,
  accumulator: RowAccumulator,
  place: Place,
  raw: BlockInput | null,
): CoefficientRows {
  const builder = rowsBuilder(layer.neurons.length);
  layer.neurons.forEach((neuron, index) => {
    accumulate(layer, index, rows, accumulator);
    switch (signsOf(accumulator)) {
      case 'nonnegative':
        builder.append(accumulator);
        break;
      case 'mixed': {
        const part = raw === null ? null : signedPart(layer, index, raw, accumulator);
        if (part === null) {
          throw new Rejection({
            ...place,
            neuron,
            reason: 'its coefficients have both signs, so ReLU is not decided here',
          });
        }
        builder.appendUnit(part);
        break;
      }
      default:
        builder.appendZero();
    }
    if (builder.size > MAXIMUM_COEFFICIENTS) {
      throw new Rejection({
        ...place,
        neuron,
        reason: `the layer's rows hold more than ${MAXIMUM_COEFFICIENTS} coefficients, beyond what the checker takes on`,
      });
    }
  });
  return builder.finish();
}

/** The variable `x+` or `x-` if the neuron is `s(x)` or `s(-x)` of one signed raw input. */
function signedPart(
  layer: PrunedLayer,
  index: number,
  raw: BlockInput,
  accumulator: RowAccumulator,
): number | null {
  const start = layer.offsets[index];
  if (layer.offsets[index + 1] !== start + 1) return null;
  const source = layer.edges[start] >>> 1;
  if (raw.signed[raw.neurons[source]] !== true) return null;
  // The row is x+ - x- or its negative: ReLU leaves the part whose coefficient is positive.
  return accumulator.touched.find((variable) => accumulator.value(variable) > 0) ?? null;
}

/** Compares the pre-activation rows of the block's outputs with the rows of its matrix. */
function checkOutputs(
  layer: PrunedLayer,
  rows: CoefficientRows,
  accumulator: RowAccumulator,
  place: Place,
  { variables, column, factor }: BlockInput,
  matrix: IntegerMatrix,
  { constant, fractionalPlaces, scale }: IntegerNetwork,
  assignment: Uint32Array,
  isLast: boolean,
): void {
  const position = new Map<number, number>();
  layer.neurons.forEach((neuron, index) => {
    position.set(neuron, index);
  });
  const small = isBig(matrix.values) ? null : matrix.values;
  assignment.forEach((neuron, output) => {
    const index = position.get(neuron);
    accumulator.clear();
    if (index !== undefined) accumulate(layer, index, rows, accumulator);
    const carriesConstant = constant && !isLast && output === matrix.rows - 1;
    const unit = BigInt(scale.base) ** BigInt(fractionalPlaces[place.block - 1]);
    for (let variable = 0; variable < variables; variable++) {
      const entry = output * matrix.columns + column[variable];
      const value = accumulator.value(variable);
      // The integer that the matrix states, or for the constant's row the one that the scale demands.
      let equal: boolean;
      let expected: number | bigint;
      if (carriesConstant) {
        expected = column[variable] === matrix.columns - 1 ? unit : 0n;
        equal = BigInt(value) === expected && bigEntry(matrix, entry) === expected;
      } else if (small !== null && typeof value === 'number') {
        expected = small[entry] * factor[variable];
        equal = value === expected;
      } else {
        expected = bigEntry(matrix, entry) * BigInt(factor[variable]);
        equal = BigInt(value) === expected;
      }
      if (!equal) {
        throw new Rejection({
          ...place,
          neuron,
          reason: `output ${output} has coefficient ${value} at input ${column[variable]}, the integer network ${expected}`,
        });
      }
    }
  });
}

/** A neuron that holds no output but is read by the next block must be 0. */
function checkUnassigned(
  layer: PrunedLayer,
  rows: CoefficientRows,
  accumulator: RowAccumulator,
  place: Place,
  others: Uint32Array,
): void {
  if (others.length === 0) return;
  const unassigned = new Set(others);
  layer.neurons.forEach((neuron, index) => {
    if (!unassigned.has(neuron)) return;
    accumulate(layer, index, rows, accumulator);
    const signs = signsOf(accumulator);
    if (signs === 'nonnegative' || signs === 'mixed') {
      throw new Rejection({
        ...place,
        neuron,
        reason: 'the next block reads it, but it holds no output and is not 0',
      });
    }
  });
}
