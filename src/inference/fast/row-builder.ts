/**
 * Makes the rows of a segment from its neurons and sums: what only one sum needs is added to it digit by
 * digit, what several need has a row. Kept edges are only regrouped.
 */
import type { PairScratch, Pairs } from './layer-reading.js';
import { type MultipleDigits, stepsOf } from './multiples.js';
import { type Content, type Range, type Row, withoutZeros } from './segment-rows.js';
import type { Members, Node, Value } from './sums.js';

const NO_PAIRS: Pairs = new Int32Array(0);

/** Relative slack on bounds, far above the rounding of the sums that they are. */
export const SLACK = 1 + 1e-9;

export interface RowBuilder {
  readonly rows: readonly Row[];
  /** What bounds each row and all that is added up for it, without regard to signs. */
  readonly bounds: readonly number[];
  /** The value that is this content: a new row, unless it is a row as it stands; `range` as in `Row`. */
  addRow(content: Content, range?: Range): Value;
  /** The row of a node, made if it has none. */
  materialize(node: Node): Value;
  /** A sum of nodes, and of multiples of columns, the largest multiple first. */
  sum(members: Members, multiples: readonly MultipleDigits[]): Content;
}

/** A builder for segments whose columns are at most `columnBounds`; `scratch` counts columns. */
export function rowBuilder(columnBounds: Float64Array, scratch: PairScratch): RowBuilder {
  const columns = columnBounds.length;
  const rows: Row[] = [];
  const bounds: number[] = [];

  function addRow({ digits, terms }: Content, range?: Range): Value {
    if (digits.length === 0 && terms.length === 2 && terms[1] === 1) {
      return columns + terms[0];
    }
    let level = 0;
    let bound = 0;
    for (let at = 0; at < digits.length; at += 2) {
      bound += Math.abs(digits[at + 1]) * columnBounds[digits[at]];
    }
    for (let at = 0; at < terms.length; at += 2) {
      const term = terms[at];
      level = Math.max(level, rows[term].level + 1);
      bound += Math.abs(terms[at + 1]) * bounds[term];
    }
    rows.push({ digits, terms, level, ...(range !== undefined && { range }) });
    bounds.push(bound * SLACK);
    return columns + rows.length - 1;
  }

  /** Collects a content; no row may be made while one is open. */
  function collector() {
    const terms: number[] = [];
    const add = ({ digits, terms: more }: Content, factor: number): void => {
      scratch.addAll(digits, factor);
      for (let at = 0; at < more.length; at += 2) {
        addTerm(terms, more[at], factor * more[at + 1]);
      }
    };
    return {
      add,
      addNode(node: Node, factor: number): void {
        scratch.addAll(node.digits, factor);
        if (node.base !== null) add(node.base.content, factor);
      },
      finish: (): Content => ({ digits: scratch.finish(), terms: withoutZeros(terms) }),
    };
  }

  /** What a node comes to at most, if its sum's coefficients tell. */
  function rangeOf({ base, digits }: Node): Range | undefined {
    if (base?.range === undefined) return undefined;
    let ofDigits = 0;
    for (let at = 0; at < digits.length; at += 2) {
      ofDigits += Math.abs(digits[at + 1]) * columnBounds[digits[at]];
    }
    const { most, all } = base.range;
    return { most: (most + ofDigits) * SLACK, all: (all + ofDigits) * SLACK };
  }

  function materialize(node: Node): Value {
    if (node.value < 0) {
      const collected = collector();
      collected.addNode(node, 1);
      node.value = addRow(collected.finish(), rangeOf(node));
    }
    return node.value;
  }

  /** `.. 2 (2 (D_4) + D_2) + D_1`: rows for all but the last of the sums. */
  function sumOfMultiples(multiples: readonly MultipleDigits[]): Content {
    let content: Content = { digits: NO_PAIRS, terms: [] };
    for (const [index, { multiple, digits }] of multiples.entries()) {
      for (let at = 0; at < digits.length; at += 2) {
        scratch.add(digits[at], digits[at + 1]);
      }
      content = { digits: scratch.finish(), terms: content.terms };
      for (const step of stepsOf(multiple / (multiples[index + 1]?.multiple ?? 1)) ?? []) {
        content = { digits: NO_PAIRS, terms: [addRow(content) - columns, step] };
      }
    }
    return content;
  }

  return {
    rows,
    bounds,
    addRow,
    materialize,
    sum(members, multiples) {
      const ofMultiples = sumOfMultiples(multiples);
      const isMerged = ([{ memberships }, factor]: Members[number]): boolean =>
        memberships === 1 && Math.abs(factor) === 1;
      for (const member of members) if (!isMerged(member)) materialize(member[0]);
      const collected = collector();
      collected.add(ofMultiples, 1);
      for (const member of members) {
        const [node, factor] = member;
        if (isMerged(member)) collected.addNode(node, factor);
        else collected.add({ digits: NO_PAIRS, terms: [node.value - columns, 1] }, factor);
      }
      return collected.finish();
    },
  };
}

function addTerm(terms: number[], row: number, factor: number): void {
  for (let at = 0; at < terms.length; at += 2) {
    if (terms[at] === row) {
      terms[at + 1] += factor;
      return;
    }
  }
  terms.push(row, factor);
}
