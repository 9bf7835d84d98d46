/** The examples of the page, found and proved under any seed, and seeds that fail. */
// What `find` loads on demand, and any example needs, comes with the worker.
import '../../src/constructions/horner/horner.js';
import '../../src/pipeline/prove-constructed.js';
import { find, type Network, type Progress, STAGES } from '../../src/index.js';
import { networkOf } from './networks.js';
import type { Opened, OpenRequest, SeedFailure, Step } from './protocol.js';
import type { Watched } from './serve.js';
import { hold, shownNow } from './shown.js';

/** Progress in the words of the page. */
export function asStep({ stage, done, total }: Progress): Step {
  return { words: STAGES[stage].words, done: total > 0 ? done / total : 0 };
}

export function inWords({
  seed,
  unmet,
}: {
  readonly seed: bigint;
  readonly unmet: {
    readonly block: number;
    readonly layer: number;
    readonly demand: string;
    readonly probability: number;
  };
}): string {
  const { block, layer, demand, probability } = unmet;
  return `seed ${seed} lacks ${demand} (block ${block}, layer ${layer}; the plan allows that with probability ${probability.toExponential(1)} at most)`;
}

export async function open(
  { example, seed, delta }: OpenRequest,
  watched: Watched,
): Promise<Opened> {
  const { signal, onStep } = watched;
  const network: Network = await networkOf(example);
  const start = performance.now();
  const found = await find(
    { network },
    { seed, delta, signal, onProgress: (progress) => onStep(asStep(progress)) },
  );
  if (!found.found) return { found: false, seed, reason: inWords(found.failedSeeds[0]) };
  const seconds = (performance.now() - start) / 1000;
  return hold({ network, domain: network.domain }, found, seconds, watched);
}

/** Seeds that are tried for one that fails. */
const MOST_SEEDS = 60;

/** The first seed from `from` on whose source lacks the network shown, with a plan that allows that. */
export async function failing(
  { delta, from }: { readonly delta: number; readonly from: bigint },
  { signal, onStep }: Watched,
): Promise<SeedFailure> {
  const { network, domain, epsilon } = shownNow();
  const request = { delta, domain, signal, ...(epsilon !== undefined && { epsilon }) };
  for (let tried = 1; tried <= MOST_SEEDS; tried++) {
    const seed = from + BigInt(tried - 1);
    onStep({ words: `trying seed ${seed}`, done: tried / MOST_SEEDS });
    const found = await find({ network }, { ...request, seed });
    if (found.found) continue;
    return { seed, tried, reason: inWords(found.failedSeeds[0]), bound: found.failureBound };
  }
  return { seed: from, tried: MOST_SEEDS, reason: null, bound: delta };
}
