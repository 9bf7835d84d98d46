/**
 * The pruned source as a straight-line program. A segment is a run of layers in which no ReLU can clip
 * (proved from coefficients, for inputs of the assumed signs), so that its neurons are linear in the
 * segment's columns: inputs, or neurons that later layers read when the segment before ended. Within it neurons that pass a
 * value on are that value, equal neurons are one, and the sum of neurons that several others need (all
 * accumulators of a Horner chain) is formed once. Kept edges are only regrouped: every multiplicity
 * below is a number of parallel kept paths and is executed as that many additions.
 */
import { complete, everyFew, type Steps } from '../../core/steps.js';
import { lastReaders } from '../../source/layer-lists.js';
import { type PrunedLayer, readsOf } from '../../source/pruned-network.js';
import type { InputSign } from '../../target/network.js';
import type { PrunedProgram } from '../pruned-program.js';
import {
  type Coefficients,
  coefficientOf,
  coefficientSum,
  columnForm,
  extent,
} from './coefficients.js';
import { pairScratch, pairStore, readLayerSteps, registry } from './layer-reading.js';
import { type SplitSum, splitMultiples } from './multiples.js';
import { type NeuronUses, neuronUses } from './neuron-uses.js';
import { rowBuilder, SLACK } from './row-builder.js';
import { type Content, liveRows, type Range, type Row } from './segment-rows.js';
import { atTaps, firstStart, type Sign, type Start } from './segment-start.js';
import { byParts, haveParts, nextParts } from './signed-columns.js';
import {
  forgetMembers,
  type Members,
  membersOf,
  type Node,
  type Sum,
  type Value,
  withoutOppositePaths,
} from './sums.js';

export type { Row, Value };

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
  /** Where it begins with a kernel: the values before are its columns once for each of so many taps. */
  readonly taps?: number;
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

/** Going through so many columns takes a few milliseconds. */
const COLUMNS_A_STEP = 1 << 20;

const NOTHING: Content = { digits: new Int32Array(0), terms: [] };

/** The neurons of a layer that later ones read: values of the segment, which beyond its columns are nodes. */
interface HeldLayer {
  readonly values: readonly Value[];
  readonly nodes: readonly Node[];
}

/** Who reads the layers of a program, and uses their neurons. */
interface Readers {
  /** By number of a layer, the last one that reads it. */
  readonly last: readonly number[];
  readonly uses: ReadonlyMap<number, NeuronUses>;
}

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
  const readers: Readers = {
    last: lastReaders(layers, 1),
    uses: neuronUses(layers, program.inputs),
  };
  let start = firstStart(program, inputSigns);
  let layer = 0;
  yield { stage: 'compile', done: 0, total: layers.length };
  while (layer < layers.length) {
    // A block begins a segment. Its later layers read with the kernel too: columns that are there by then.
    const beginsBlock = layer === 0 || blockEnds.includes(layer);
    const taps = beginsBlock ? layers[layer].taps : undefined;
    const builder = segmentBuilder(taps === undefined ? start : atTaps(start, taps), readers);
    let endsBlock = -1;
    for (let step = 'go on'; step === 'go on' && layer < layers.length && endsBlock < 0; ) {
      const isLast = layer === layers.length - 1;
      step = yield* builder.addLayer(layers[layer], layer + 1, isLast && activation === 'identity');
      if (step === 'end before') break;
      layer++;
      endsBlock = blockEnds.indexOf(layer);
    }
    const scaled = endsBlock >= 0 && fractionalPlaces[endsBlock] !== 0;
    const finished = yield* builder.finish(layer, endsBlock, scaled, layer === layers.length);
    segments.push({ ...finished.segment, ...(taps && { taps }) });
    start = finished.next;
    yield { stage: 'compile', done: layer, total: layers.length };
  }
  return segments;
}

/** What becomes of a segment at a layer. */
type Step = 'go on' | 'end before' | 'end after';

interface Finished {
  readonly segment: Segment;
  /** With what is read after it as columns of the next segment. */
  readonly next: Start;
}

interface SegmentBuilder {
  /** Layer t. */
  addLayer(layer: PrunedLayer, t: number, linear: boolean): Steps<Step>;
  /** After layer t, which ends a block (from 0) or none (-1). */
  finish(t: number, endsBlock: number, scaled: boolean, isLast: boolean): Steps<Finished>;
}

function segmentBuilder({ signs, bounds, lists, parts }: Start, readers: Readers): SegmentBuilder {
  const columns = signs.length;
  const adder = coefficientSum(columns);
  const store = pairStore();
  const scratch = pairScratch(columns, store);
  const builder = rowBuilder(bounds, scratch);
  const isTurn = everyFew(COLUMNS_A_STEP);
  const held = new Map(
    Array.from(lists, ([t, values]): [number, HeldLayer] => [t, { values, nodes: [] }]),
  );

  function addCoefficients({ base, digits }: Pick<Node, 'base' | 'digits'>, factor: number): void {
    if (base !== null) adder.add(base.coefficients, factor);
    if (parts.size === 0) adder.addColumns(digits, factor);
    else for (const pairs of byParts(digits, parts)) adder.addColumns(pairs, factor);
  }

  /** What a layer reads, one list after the other, the nodes numbered through. */
  function readBy(layer: PrunedLayer, t: number): HeldLayer {
    const all = readsOf(layer, t).map((read) => held.get(read) as HeldLayer);
    if (all.length === 1) return all[0];
    const values: Value[] = [];
    const nodes: Node[] = [];
    for (const own of all) {
      const before = nodes.length;
      for (const value of own.values) values.push(value < columns ? value : value + before);
      for (const node of own.nodes) nodes.push(node);
    }
    return { values, nodes };
  }

  /** A sum of nodes as a linear form; what it comes to in rows is still to be made. */
  function sumOf(members: Members): Sum {
    let subtracts = false;
    for (const [node, factor] of members) {
      if (factor < 0) subtracts = true;
      addCoefficients(node, factor);
    }
    const coefficients = adder.finish();
    // The sign of a difference of rounded numbers proves nothing.
    const nonnegative = (coefficients.exact || !subtracts) && signsAllow(coefficients);
    // Sums that only add are known by what they add.
    const range = subtracts ? rangeOf(coefficients) : undefined;
    return { members, coefficients, range, nonnegative, content: NOTHING };
  }

  const allBounds = bounds.reduce((sum, bound) => sum + bound, 0);

  function rangeOf(coefficients: Coefficients): Range {
    const { positive, negative } = extent(coefficients, signs, bounds);
    const slack = coefficients.slack * allBounds;
    return {
      most: (Math.max(positive, negative) + slack) * SLACK,
      all: (positive + negative + slack) * SLACK,
    };
  }

  /** Whether every coefficient has the sign of its column, so that a ReLU changes nothing. */
  function neverNegative({ base, digits }: Pick<Node, 'base' | 'digits'>): boolean {
    if (base === null) {
      for (let at = 0; at < digits.length; at += 2) {
        if (signs[digits[at]] * digits[at + 1] <= 0) return false;
      }
      return true;
    }
    if (!base.nonnegative) return false;
    if (parts.size > 0 && haveParts(digits, parts)) {
      addCoefficients({ base, digits }, 1);
      const all = adder.finish();
      return all.exact && signsAllow(all);
    }
    for (let at = 0; at < digits.length; at += 2) {
      const sign = signs[digits[at]];
      const digit = sign * digits[at + 1];
      if (sign === 0) return false;
      if (digit < 0 && sign * coefficientOf(base.coefficients, digits[at]) + digit < 0)
        return false;
    }
    return true;
  }

  /** Whether all coefficients have the known signs of their columns. */
  function signsAllow({ indices, values: entries }: Coefficients): boolean {
    for (let at = 0; at < entries.length; at++) {
      if (entries[at] !== 0 && entries[at] * signs[indices === null ? at : indices[at]] <= 0) {
        return false;
      }
    }
    return true;
  }

  function* addLayer(layer: PrunedLayer, t: number, linear: boolean): Steps<Step> {
    const { values, nodes } = readBy(layer, t);
    const passes = (column: number): boolean => linear || signs[column] === 1;
    const reading = { columns, passes, store, columnScratch: scratch };
    const read = yield* readLayerSteps(layer, values, nodes.length, reading);
    const sums = read.sums.map((pairs) => withoutOppositePaths(membersOf(pairs, nodes)));
    const split = splitSums(sums, nodes.length, held.size > 1);
    if (split === null) return 'end before';
    for (const members of sums) for (const [node] of members) node.memberships++;
    const formed: Sum[] = [];
    for (const members of sums) {
      formed.push(sumOf(members));
      if (isTurn(members.length * columns)) yield;
    }
    const numbered = registry();
    const formedNodes: Node[] = [];
    const next: Value[] = [];
    const uses = readers.uses.get(t);
    for (const [index, neuron] of read.neurons.entries()) {
      if (typeof neuron === 'number') {
        next.push(neuron);
        continue;
      }
      if (isTurn(columns)) yield;
      const { sum, digits } = neuron;
      const number = numbered.find(sum, digits);
      if (number === formedNodes.length) {
        const base = sum < 0 ? null : formed[sum];
        const clips = !linear && !neverNegative({ base, digits });
        formedNodes.push({ base, digits, clips, memberships: 0, value: -1 });
      }
      // What a second layer uses is formed once, for both.
      if (uses !== undefined && uses.last[index] > uses.first[index]) {
        formedNodes[number].memberships = 1;
      }
      next.push(columns + number);
    }
    const starts = startsOf(formedNodes);
    for (const [index, sum] of formed.entries()) {
      const { rest, multiples } = split[index];
      const content = builder.sum(rest, multiples);
      const isShared = (starts.get(sum) ?? 0) > 1;
      sum.content = isShared
        ? { ...NOTHING, terms: [builder.addRow(content, sum.range) - columns, 1] }
        : content;
      if (isTurn(sum.members.length * columns)) yield;
    }
    forgetMembers(nodes);
    for (const done of readsOf(layer, t)) {
      if (readers.last[done] <= t) held.delete(done);
    }
    held.set(t, { values: next, nodes: formedNodes });
    return formedNodes.some(({ clips }) => clips) ? 'end after' : 'go on';
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
    const bound = builder.bounds[builder.materialize(node) - columns];
    return { positive: bound, negative: bound };
  }

  function* finish(
    t: number,
    endsBlock: number,
    scaled: boolean,
    isLast: boolean,
  ): Steps<Finished> {
    const rectified = new Set<number>();
    const outputs: Value[] = [];
    const forms: Coefficients[] = [];
    const nextSigns: Sign[] = [];
    const nextBounds: number[] = [];
    /** Of columns and nodes that are outputs: which. */
    const known = new Map<Value | Node, number>();
    let largest = 0;
    const outputOf = (item: Value | Node): number => {
      const before = known.get(item);
      if (before !== undefined && !isLast) return before;
      known.set(item, outputs.length);
      if (typeof item === 'number') {
        outputs.push(scaled ? builder.addRow({ digits: Int32Array.of(item, 1), terms: [] }) : item);
        forms.push(columnForm(item));
        nextSigns.push(signs[item]);
        nextBounds.push(bounds[item]);
      } else {
        const output = builder.materialize(item);
        const form = formOf(item);
        const { positive, negative } = nodeBounds(item, form);
        outputs.push(output);
        forms.push(form);
        if (item.clips) rectified.add(output - columns);
        nextSigns.push(1);
        nextBounds.push(positive * SLACK);
        largest = Math.max(largest, positive, negative);
      }
      return outputs.length - 1;
    };
    const nextLists = new Map<number, number[]>();
    for (const [number, { values, nodes }] of held) {
      // At a block's end nothing else is read any more than the layer that holds its outputs.
      if (number !== t && (endsBlock >= 0 || isLast)) continue;
      const ofLayer = readers.uses.get(number);
      // A block's input is in columns, one for each tap, as soon as its first segment has begun.
      const uses = number === t ? ofLayer : (ofLayer?.columns ?? ofLayer);
      const list: number[] = [];
      for (const [index, value] of values.entries()) {
        if (isTurn(columns)) yield;
        const read = isLast || uses === undefined || uses.last[index] > t;
        list.push(read ? outputOf(value < columns ? value : nodes[value - columns]) : -1);
      }
      nextLists.set(number, list);
    }
    const live = liveRows(builder.rows, outputs, columns);
    const segment: Segment = {
      columns,
      rows: live.rows,
      outputs: outputs.map((value) =>
        value < columns ? value : columns + live.at[value - columns],
      ),
      forms,
      rectified: Array.from(rectified, (row) => live.at[row]),
      endsBlock,
      bounds: {
        columns: Float64Array.from(bounds),
        signed: signs.some((sign) => sign !== 1),
        outputs: largest * SLACK,
        all: [...bounds, ...builder.bounds].reduce((most, bound) => Math.max(most, bound), 0),
      },
    };
    const next = {
      signs: nextSigns,
      bounds: Float64Array.from(nextBounds),
      lists: nextLists,
      parts: nextParts(known, parts, signs),
    };
    return { segment, next };
  }

  return { addLayer, finish };
}

/**
 * The members of sums that rows add up one by one, and those that are added as multiples of columns: all
 * where they are few. Null where they are many and cannot be had that way: better columns, whose partial
 * sums go into tables. Not so where other layers are read still: chains that grow from earlier columns
 * would be differences of later ones, of which it is not seen that no ReLU clips them.
 */
function splitSums(
  sums: readonly Members[],
  nodes: number,
  othersAreRead: boolean,
): readonly SplitSum[] | null {
  const areMany = (count: number): boolean => nodes > 0 && count > 4 * nodes;
  const asTheyAre = (): SplitSum[] => sums.map((rest) => ({ rest, multiples: [] }));
  if (!areMany(sums.reduce((count, members) => count + members.length, 0))) return asTheyAre();
  const split: SplitSum[] = [];
  let left = 0;
  for (const members of sums) {
    const own = splitMultiples(members);
    if (own === null) return othersAreRead ? asTheyAre() : null;
    left += own.rest.length;
    split.push(own);
  }
  return areMany(left) && !othersAreRead ? null : split;
}

/** How many neurons start from each sum. */
function startsOf(nodes: readonly Node[]): ReadonlyMap<Sum, number> {
  const starts = new Map<Sum, number>();
  for (const { base } of nodes) if (base !== null) starts.set(base, (starts.get(base) ?? 0) + 1);
  return starts;
}
