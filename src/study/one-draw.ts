/**
 * Pruning one random draw: how many functions `s(sum_j v_j s(w_j x))` the masks of a network with given
 * signs reach. With N weights there are 2^N masks, as many as there are sign assignments of the unpruned
 * network: the comparison that the paper makes after Proposition 1.
 */
import { type Vector, vectors } from './arrangement.js';
import { rectifier, sumsOf, termOf, zeroForm } from './network-forms.js';

/** Over all draws of the signs, each as likely as any other. */
export interface DrawCounts {
  readonly least: number;
  readonly mean: number;
  readonly most: number;
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/** Forms of a neuron with signs v and w under all masks of its weights, its outgoing one included. */
function maskedTerms(v: number, w: Vector, d: number): Vector[] {
  const terms = new Map<string, Vector>();
  for (const mask of vectors([0, 1], d)) {
    const masked = w.map((sign, axis) => sign * mask[axis]);
    const term = termOf(v, masked);
    terms.set(String(term), term);
  }
  // All of its weights masked is the same as its outgoing one masked.
  return [...terms.values()];
}

/**
 * Numbers of functions that pruning one draw reaches, m hidden neurons, d inputs. Draws that differ in
 * the order of their neurons are counted together, with their multiplicity.
 */
export function countByDraw(m: number, d: number): DrawCounts {
  const form = rectifier(d);
  const kinds = vectors([-1, 1], d).flatMap((w) => [-1, 1].map((v) => maskedTerms(v, w, d)));
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  let sum = 0;
  let draws = 0;
  const visit = (kind: number, left: number, forms: readonly Vector[], orders: number): void => {
    if (left === 0) {
      const count = new Set(forms.map(form)).size;
      least = Math.min(least, count);
      most = Math.max(most, count);
      sum += count * orders;
      draws += orders;
      return;
    }
    if (kind === kinds.length) return;
    let current = forms;
    for (let copies = 0; copies <= left; copies++) {
      visit(kind + 1, left - copies, current, orders / factorial(copies));
      current = sumsOf(current, kinds[kind]);
    }
  };
  visit(0, m, [zeroForm(d)], factorial(m));
  return { least, mean: sum / draws, most };
}
