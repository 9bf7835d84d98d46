/** What a record of the paper's precision may claim at all: where Lemma 2 holds, whatever the network. */
import {
  addDyadic,
  compareDyadic,
  DYADIC_ZERO,
  dyadic,
  dyadicFromNumber,
  multiplyDyadic,
} from '../core/dyadic.js';
import type { Domain } from '../target/network.js';

/** Largest epsilon for which the repaired proof of Lemma 2 holds (`paper.ts`). */
export const LARGEST_PAPER_EPSILON = 2.5;

/** Whether the domain lies in the closed unit ball, decided exactly. */
export function insideUnitBall(domain: Domain): boolean {
  if (domain.kind === 'all') return false;
  if (domain.kind === 'ball') return domain.radius <= 1;
  let sum = DYADIC_ZERO;
  for (let index = 0; index < domain.lower.length; index++) {
    const lower = Math.abs(domain.lower[index]);
    const upper = Math.abs(domain.upper[index]);
    const farthest = dyadicFromNumber(Math.max(lower, upper));
    sum = addDyadic(sum, multiplyDyadic(farthest, farthest));
  }
  return compareDyadic(sum, dyadic(1n)) <= 0;
}
