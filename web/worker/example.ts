/** The examples of the page, found and proved under any seed, and seeds that fail. */
// What `find` loads on demand, and any example needs, comes with the worker.
import '../../src/constructions/horner/horner.js';
import '../../src/pipeline/prove-constructed.js';
import { find, type Network, type Progress, STAGES } from '../../src/index.js';
import { networkOf } from './networks.js';
import type { Opened, OpenRequest, SeedFailure, Step, Verdict } from './protocol.js';
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

/** What ends the search and the proof of what was opened last, and that proof, once it is begun. */
let latest: { readonly own: AbortController; proof?: Promise<Verdict> } | undefined;

/** Finds an example, and answers with it before it is proved: `verdict` tells what the proof came to. */
export async function open(
  { example, seed, delta }: OpenRequest,
  watched: Watched,
): Promise<Opened> {
  const { signal, onStep } = watched;
  latest?.own.abort();
  const own = new AbortController();
  const opening: typeof latest = { own };
  latest = opening;
  const end = (): void => own.abort(signal.reason);
  signal.addEventListener('abort', end);
  const network: Network = await networkOf(example);
  // Another one may have been opened while this one was on its way.
  own.signal.throwIfAborted();
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const finding = find(
      { network },
      {
        ...{ seed, delta, signal: own.signal },
        onProgress: (progress) => onStep(asStep(progress)),
        onWritten: (written) =>
          resolve(hold({ network, domain: network.domain }, written, null, { signal: own.signal })),
      },
    );
    opening.proof = finding.then((found) => {
      if (!found.found) throw new Error('nothing was found');
      const { proved, epsilon } = found.verdict;
      return { proved, epsilon, seconds: (performance.now() - start) / 1000 };
    });
    // Whoever asks for it is told.
    opening.proof.catch(() => undefined);
    finding.then((found) => {
      if (found.found) return;
      resolve({ found: false, seed, reason: inWords(found.failedSeeds[0]) });
    }, reject);
  });
}

/** What the proof came to; rejects as it does. The signal ends the proof, as does opening another example. */
export async function verdict(
  _: Record<string, never>,
  { signal }: Pick<Watched, 'signal'>,
): Promise<Verdict> {
  if (latest?.proof === undefined) throw new Error('no network is found yet');
  const { own, proof } = latest;
  signal.addEventListener('abort', () => own.abort(signal.reason), { once: true });
  return proof;
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
