/**
 * The pruned source as a straight-line program. A segment is a run of layers in which no ReLU can clip
 * (proved from coefficients, for inputs of the assumed signs), so that its neurons are linear in the
 * segment's columns: inputs, or neurons that ended the segment before. Within it neurons that pass a
 * value on are that value, equal neurons are one, and the sum of neurons that several others need (all
 * accumulators of a Horner chain) is formed once. Kept edges are only regrouped: every multiplicity
 * below is a number of parallel kept paths and is executed as that many additions.
 */
import { complete, everyFew, type Steps } from '../../core/steps.js';
import type { PrunedLayer } from '../../source/pruned-network.js';
import type { InputSign } from '../../target/network.js';
import type { PrunedProgram } from '../pruned-program.js';
import { type Coefficients, coefficientOf, coefficientSum, columnForm } from './coefficients.js';
import {
  type Neuron,
  type Pairs,
  pairScratch,
  pairStore,
  readLayerSteps,
  registry,
} from './layer-reading.js';

/** A value of a segment: a column if less than the number of columns, else that number plus a row. */
export type Value = number;

/** One computed value: digits of columns, plus other rows of the segment. */
export interface Row {
  /** Pairs (column, multiplicity). */
  readonly digits: Pairs;
  /** Pairs (earlier row, multiplicity). */
  readonly terms: readonly number[];
  /** One more than the largest level among the terms; 0 without terms. */
  readonly level: number;
}

export interface Segment {
  readonly columns: number;
  readonly rows: readonly Row[];
  /** The values at its end: the next segment's columns, or the outputs in the last layer's order. */
  readonly outputs: readonly Value[];
  /** What each output is before its ReLU, as a linear form in the columns. */
  readonly forms: readonly Coefficients[];
  /** Rows among the outputs that a ReLU may clip. */
  readonly rectified: readonly number[];
  /** The block (from 0) that ends here, or -1. */
  readonly endsBlock: number;
  /** What bounds absolute values, as multiples of the largest absolute input (the constant included). */
  readonly bounds: {
    /** Of each column. */
    readonly columns: Float64Array;
    /** Whether a column may be negative. */
    readonly signed: boolean;
    /** Of the outputs before their ReLU. */
    readonly outputs: number;
    /** Of every intermediate value, whatever the order of the additions. */
    readonly all: number;
  };
}

/** Sign that all values of a column have: +1, -1, or 0 if unknown. */
type Sign = -1 | 0 | 1;

/** A neuron that is no column and equals no other neuron of its layer. */
interface Node extends Neuron {
  readonly clips: boolean;
  /** Sums of the next layer that it is part of. */
  memberships: number;
  /** Its row, -1 as long as it has none. */
  value: Value;
}

interface Sum {
  /** Pairs (node of the layer before, multiplicity). */
  readonly members: Pairs;
  readonly coefficients: Coefficients;
  /** Whether it is certainly not negative. */
  readonly nonnegative: boolean;
  value: Value;
}

/** Going through so many columns takes a few milliseconds. */
const COLUMNS_A_STEP = 1 << 20;

/** Relative slack on bounds, far above the rounding of the sums that they are. */
const SLACK = 1 + 1e-9;

const SIGN_OF: Readonly<Record<InputSign, Sign>> = { nonnegative: 1, nonpositive: -1, signed: 0 };

/**
 * Splits a program into segments. `inputSigns` says for which inputs the result is meant, one sign for
 * each input (the constant 1 not among them).
 */
export function segmentsOf(program: PrunedProgram, inputSigns: readonly InputSign[]): Segment[] {
  return complete(segmentsOfSteps(program, inputSigns));
}

/** The same in steps of stage `compile`, counted in layers. */
export function* segmentsOfSteps(
  program: PrunedProgram,
  inputSigns: readonly InputSign[],
): Steps<Segment[]> {
  const { layers, blockEnds, fractionalPlaces, activation } = program;
  const segments: Segment[] = [];
  let signs = inputSigns.map((sign) => SIGN_OF[sign]);
  if (program.constant) signs.push(1);
  let bounds = new Float64Array(program.inputs).fill(1);
  let values = signs.map((_, column): Value => column);
  let layer = 0;
  yield { stage: 'compile', done: 0, total: layers.length };
  while (layer < layers.length) {
    const builder = segmentBuilder(signs, bounds, values);
    let endsBlock = -1;
    for (let step = 'go on'; step === 'go on' && layer < layers.length && endsBlock < 0; ) {
      const isLast = layer === layers.length - 1;
      step = yield* builder.addLayer(layers[layer], isLast && activation === 'identity');
      if (step === 'end before') break;
      layer++;
      endsBlock = blockEnds.indexOf(layer);
    }
    const scaled = endsBlock >= 0 && fractionalPlaces[endsBlock] !== 0;
    const finished = yield* builder.finish(endsBlock, scaled, layer === layers.length);
    segments.push(finished.segment);
    ({ signs, bounds, values } = finished);
    yield { stage: 'compile', done: layer, total: layers.length };
  }
  return segments;
}

/** What becomes of a segment at a layer. */
type Step = 'go on' | 'end before' | 'end after';

interface Finished {
  readonly segment: Segment;
  readonly signs: Sign[];
  readonly bounds: Float64Array<ArrayBuffer>;
  /** The neurons of the segment's last layer as columns of the next segment. */
  readonly values: Value[];
}

interface SegmentBuilder {
  addLayer(layer: PrunedLayer, linear: boolean): Steps<Step>;
  finish(endsBlock: number, scaled: boolean, isLast: boolean): Steps<Finished>;
}

function segmentBuilder(
  signs: readonly Sign[],
  bounds: Float64Array,
  start: readonly Value[],
): SegmentBuilder {
  const columns = signs.length;
  const rows: Row[] = [];
  /** Bounds of the rows: what they add up to without regard to signs. */
  const rowBounds: number[] = [];
  const adder = coefficientSum(columns);
  const store = pairStore();
  const scratch = pairScratch(columns, store);
  const isTurn = everyFew(COLUMNS_A_STEP);
  let values = start;
  let nodes: Node[] = [];
  /** Sums that the nodes start from. */
  let sums: Sum[] = [];

  function addRow(digits: Pairs, terms: readonly number[]): Value {
    if (digits.length === 0 && terms.length === 2 && terms[1] === 1) return columns + terms[0];
    let level = 0;
    let bound = 0;
    for (let at = 0; at < digits.length; at += 2) {
      bound += Math.abs(digits[at + 1]) * bounds[digits[at]];
    }
    for (let at = 0; at < terms.length; at += 2) {
      level = Math.max(level, rows[terms[at]].level + 1);
      bound += Math.abs(terms[at + 1]) * rowBounds[terms[at]];
    }
    rows.push({ digits, terms, level });
    rowBounds.push(bound * SLACK);
    return columns + rows.length - 1;
  }

  /** Gives a node a row of its own (or its sum's, if it is nothing else). */
  function materialize(node: Node): Value {
    if (node.value < 0) {
      node.value = addRow(node.digits, node.sum < 0 ? [] : [sums[node.sum].value - columns, 1]);
    }
    return node.value;
  }

  function addCoefficients({ sum, digits }: Neuron, factor: number): void {
    if (sum >= 0) adder.add(sums[sum].coefficients, factor);
    adder.addColumns(digits, factor);
  }

  /** The linear form of a sum of nodes. */
  function sumOf(members: Pairs): Sum {
    let subtracts = false;
    for (let at = 0; at < members.length; at += 2) {
      if (members[at + 1] < 0) subtracts = true;
      addCoefficients(nodes[members[at]], members[at + 1]);
    }
    const coefficients = adder.finish();
    // The sign of a difference of rounded numbers proves nothing.
    const nonnegative =
      coefficients.nonnegative && (coefficients.exact || !subtracts) && signsAllow(coefficients);
    return { members, coefficients, nonnegative, value: -1 };
  }

  /** Gives the sum a row; neurons that nothing else needs are added digit by digit. */
  function formSum({ members }: Sum): Value {
    const terms: number[] = [];
    const addTerm = (value: Value, factor: number): void => {
      for (let at = 0; at < terms.length; at += 2) {
        if (terms[at] === value - columns) {
          terms[at + 1] += factor;
          return;
        }
      }
      terms.push(value - columns, factor);
    };
    for (let at = 0; at < members.length; at += 2) {
      const node = nodes[members[at]];
      const factor = members[at + 1];
      if (node.memberships === 1 && Math.abs(factor) === 1) {
        scratch.addAll(node.digits, factor);
        if (node.sum >= 0) addTerm(sums[node.sum].value, factor);
      } else addTerm(materialize(node), factor);
    }
    return addRow(scratch.finish(), withoutZeros(terms));
  }

  /** Whether every coefficient has the sign of its column, so that a ReLU changes nothing. */
  function neverNegative({ sum, digits }: Neuron): boolean {
    if (sum < 0) {
      for (let at = 0; at < digits.length; at += 2) {
        if (signs[digits[at]] * digits[at + 1] <= 0) return false;
      }
      return true;
    }
    const { coefficients: base, nonnegative } = sums[sum];
    if (!nonnegative) return false;
    for (let at = 0; at < digits.length; at += 2) {
      if (signs[digits[at]] !== 1) return false;
      if (digits[at + 1] < 0 && coefficientOf(base, digits[at]) + digits[at + 1] < 0) return false;
    }
    return true;
  }

  /** Whether all columns of a form with non-negative coefficients are known to be non-negative. */
  function signsAllow({ indices, values: entries }: Coefficients): boolean {
    for (let at = 0; at < entries.length; at++) {
      if (entries[at] !== 0 && signs[indices === null ? at : indices[at]] !== 1) return false;
    }
    return true;
  }

  function* addLayer(layer: PrunedLayer, linear: boolean): Steps<Step> {
    const passes = (column: number): boolean => linear || signs[column] === 1;
    const reading = { columns, passes, store, columnScratch: scratch };
    const read = yield* readLayerSteps(layer, values, nodes.length, reading);
    // Many sums of the same neurons: better columns, whose partial sums go into tables.
    const memberships = read.sums.reduce((count, members) => count + members.length / 2, 0);
    if (nodes.length > 0 && memberships >= 4 * nodes.length) return 'end before';
    for (const members of read.sums) {
      for (let at = 0; at < members.length; at += 2) nodes[members[at]].memberships++;
    }
    const formed: Sum[] = [];
    for (const members of read.sums) {
      formed.push(sumOf(members));
      if (isTurn(members.length * columns)) yield;
    }
    for (const sum of formed) {
      sum.value = formSum(sum);
      if (isTurn(sum.members.length * columns)) yield;
    }
    sums = formed;
    const numbered = registry();
    const formedNodes: Node[] = [];
    const next: Value[] = [];
    for (const neuron of read.neurons) {
      if (typeof neuron === 'number') {
        next.push(neuron);
        continue;
      }
      if (isTurn(columns)) yield;
      const { sum, digits } = neuron;
      const number = numbered.find(sum, digits);
      if (number === formedNodes.length) {
        const clips = !linear && !neverNegative(neuron);
        formedNodes.push({ sum, digits, clips, memberships: 0, value: -1 });
      }
      next.push(columns + number);
    }
    values = next;
    nodes = formedNodes;
    return nodes.some(({ clips }) => clips) ? 'end after' : 'go on';
  }

  function formOf(node: Node): Coefficients {
    addCoefficients(node, 1);
    return adder.finish();
  }

  /** What bounds a node, from above (`positive`) and from below, before its ReLU. */
  function nodeBounds(
    node: Node,
    coefficients: Coefficients,
  ): { positive: number; negative: number } {
    if (coefficients.exact) return extent(coefficients, signs, bounds);
    const bound = rowBounds[materialize(node) - columns];
    return { positive: bound, negative: bound };
  }

  function* finish(endsBlock: number, scaled: boolean, isLast: boolean): Steps<Finished> {
    const rectified = new Set<number>();
    const outputs: Value[] = [];
    const forms: Coefficients[] = [];
    const nextSigns: Sign[] = [];
    const nextBounds: number[] = [];
    const known = new Map<Value, number>();
    let largest = 0;
    const nextValues: Value[] = [];
    for (const value of values) {
      const before = known.get(value);
      if (before !== undefined && !isLast) {
        nextValues.push(before);
        continue;
      }
      if (isTurn(columns)) yield;
      known.set(value, outputs.length);
      if (value < columns) {
        outputs.push(scaled ? addRow(Int32Array.of(value, 1), []) : value);
        forms.push(columnForm(value));
        nextSigns.push(signs[value]);
        nextBounds.push(bounds[value]);
      } else {
        const node = nodes[value - columns];
        const output = materialize(node);
        const form = formOf(node);
        const { positive, negative } = nodeBounds(node, form);
        outputs.push(output);
        forms.push(form);
        if (node.clips) rectified.add(output - columns);
        nextSigns.push(1);
        nextBounds.push(positive * SLACK);
        largest = Math.max(largest, positive, negative);
      }
      nextValues.push(outputs.length - 1);
    }
    const segment: Segment = {
      columns,
      rows,
      outputs,
      forms,
      rectified: [...rectified],
      endsBlock,
      bounds: {
        columns: Float64Array.from(bounds),
        signed: signs.some((sign) => sign !== 1),
        outputs: largest * SLACK,
        all: [...bounds, ...rowBounds].reduce((most, bound) => Math.max(most, bound), 0),
      },
    };
    return { segment, signs: nextSigns, bounds: Float64Array.from(nextBounds), values: nextValues };
  }

  return { addLayer, finish };
}

/** Pairs without those of factor 0. */
function withoutZeros(pairs: readonly number[]): readonly number[] {
  const kept: number[] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    if (pairs[at + 1] !== 0) kept.push(pairs[at], pairs[at + 1]);
  }
  return kept;
}

/** How far a linear form goes above and below 0 on its columns' ranges. */
function extent(
  { indices, values }: Coefficients,
  signs: readonly Sign[],
  bounds: Float64Array,
): { positive: number; negative: number } {
  let positive = 0;
  let negative = 0;
  for (let at = 0; at < values.length; at++) {
    const column = indices === null ? at : indices[at];
    const size = Math.abs(values[at]) * bounds[column];
    const sign = Math.sign(values[at]) * signs[column];
    if (sign >= 0) positive += size;
    if (sign <= 0) negative += size;
  }
  return { positive, negative };
}
