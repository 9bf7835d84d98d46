/** What the page says of a proof: nothing is equal, exact or certified that was not proved. */
import type { Verdict } from '../worker/protocol.js';
import { grouped, seconds } from './dom.js';
import type { Found, Outcome } from './state.js';

/**
 * The largest error that is certified for every input, a decimal; `0`: the trained network, exactly.
 * Undefined where nothing is proved, or not yet.
 */
export function certifiedError(
  verdict: Pick<Verdict, 'proved' | 'epsilon'> | null,
): string | undefined {
  if (verdict === null || !verdict.proved) return undefined;
  const { epsilon } = verdict;
  // By its digits: as a number the least of them would be rounded to 0.
  return epsilon !== null && /^[^e]*[1-9]/i.test(epsilon) ? epsilon : '0';
}

/** Why a call failed. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How a find went, in a sentence. */
export function foundWords({ seed, weights, kept }: Found, outcome: Outcome): string {
  const size = `${grouped(weights)} random weights, ${grouped(kept)} edges kept`;
  if ('failure' in outcome) {
    return `Found under seed ${seed}, NOT proved (${outcome.failure}): ${size}.`;
  }
  const { proved, seconds: time } = outcome;
  return `Found and ${proved ? 'proved' : 'NOT proved'} under seed ${seed} in ${seconds(time)}: ${size}.`;
}
