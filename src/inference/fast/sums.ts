/**
 * Sums of neurons of a segment. What several neurons read is a sum that they start from; a sum knows
 * the neurons that it is made of, so that the next layer can see which paths cancel: in a pair of chains
 * `u = a + b` and `v = a - b`, so `u + v` is `a + a`, the two paths from `b` having opposite signs.
 */
import type { Coefficients } from './coefficients.js';
import type { Pairs } from './layer-reading.js';
import type { Content, Range } from './segment-rows.js';

/** A value of a segment: a column if less than the number of columns, else that number plus a row. */
export type Value = number;

/** A neuron that is no column and equals no other neuron of its layer. */
export interface Node {
  /** The sum that it starts from, if any, and digits. */
  readonly base: Sum | null;
  readonly digits: Pairs;
  readonly clips: boolean;
  /** Sums of later layers that it is part of; beyond 1 it has a row of its own. */
  memberships: number;
  /** Its row, -1 as long as it has none. */
  value: Value;
}

/** Neurons with the number of parallel paths from them, negative where the paths subtract. */
export type Members = readonly (readonly [node: Node, factor: number])[];

export interface Sum {
  /** None once the layer after its neurons has been read. */
  members: Members;
  readonly coefficients: Coefficients;
  /** What it comes to at most, by its coefficients; undefined where it only adds. */
  readonly range: Range | undefined;
  /** Whether it is certainly not negative. */
  readonly nonnegative: boolean;
  /** What it comes to in rows: one row of its own if several neurons start from it. */
  content: Content;
}

/** The members of a sum from pairs (position in `nodes`, factor). */
export function membersOf(pairs: Pairs, nodes: readonly Node[]): Members {
  const members: (readonly [Node, number])[] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    members.push([nodes[pairs[at]], pairs[at + 1]]);
  }
  return members;
}

/**
 * The same sum by the neurons that its members are sums of, if opposite paths cancel there and no more
 * additions are left than the members need; else the given members. No member may be one that a ReLU
 * clips.
 */
export function withoutOppositePaths(members: Members): Members {
  const sums = members.filter(([node]) => isPlainSum(node));
  if (sums.length === 0) return members;
  const factors = new Map<Node, number>();
  let paths = 0;
  for (const [{ base }, factor] of sums) {
    for (const [part, own] of (base as Sum).members) {
      factors.set(part, (factors.get(part) ?? 0) + factor * own);
      paths += Math.abs(factor * own);
    }
  }
  const left = [...factors].filter(([, factor]) => factor !== 0);
  const additions = additionsOf(left);
  if (additions === paths || additions > additionsOf(sums)) return members;
  return [...left, ...members.filter(([node]) => !isPlainSum(node))];
}

/** Whether a neuron is a sum of others, which are known still, and nothing else. */
function isPlainSum({ digits, base }: Node): boolean {
  return digits.length === 0 && base !== null && base.members.length > 0;
}

function additionsOf(members: Members): number {
  return members.reduce((sum, [, factor]) => sum + Math.abs(factor), 0);
}

/** Lets go of what the neurons of a layer are made of: memory would grow with the depth of a segment. */
export function forgetMembers(nodes: readonly Node[]): void {
  for (const { base } of nodes) if (base !== null) base.members = [];
}
