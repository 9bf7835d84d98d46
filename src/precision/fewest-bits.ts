/**
 * The lowest rung of a ladder of places on which every one of some domains is certified. For one domain that is
 * halving the ladder; of several, those that still hold on a rung are passed over, and one that does not moves it up.
 * Several domains are certified at a time, always as many, so that they can be worked on side by side.
 */
import type { Steps } from '../core/steps.js';
import type { Certificate } from './certificate.js';

/** Certifies some domains on one rung, in their order. */
export type CertifyOn = (rung: number, domains: readonly number[]) => Steps<Certificate[]>;

export interface Rung {
  readonly rung: number;
  /** Of each domain, on this rung. */
  readonly certificates: readonly Certificate[];
}

/**
 * The last of `rungs` is taken to hold, and is certified at the end alone; on every other one that is chosen
 * all `domains` have been.
 */
export function* lowestRungSteps(
  rungs: number,
  domains: number,
  epsilon: number,
  certify: CertifyOn,
  atOnce = 1,
): Steps<Rung> {
  const known: { rung: number; certificate: Certificate }[] = [];
  let low = 0;
  let rung = 0;
  /** The lowest one from `low` on, for one domain. */
  function* raise(domain: number): Steps<void> {
    let high = rungs - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const [certificate] = yield* certify(middle, [domain]);
      if (certificate.epsilon <= epsilon) {
        known[domain] = { rung: middle, certificate };
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    rung = low;
  }
  yield* raise(0);
  for (let from = 1; from < domains; from += atOnce) {
    const some = numbers(from, Math.min(from + atOnce, domains));
    const tried = rung;
    const certificates = yield* certify(tried, some);
    for (const [at, domain] of some.entries()) {
      known[domain] = { rung: tried, certificate: certificates[at] };
      if (certificates[at].epsilon <= epsilon) continue;
      // Another may have moved it up already, and then this one may hold.
      if (rung > tried) {
        const [certificate] = yield* certify(rung, [domain]);
        known[domain] = { rung, certificate };
        if (certificate.epsilon <= epsilon) continue;
      }
      low = Math.min(rung + 1, rungs - 1);
      yield* raise(domain);
    }
  }
  // What was certified lower down is certified here too, or moves the rung up once more.
  for (;;) {
    const some = notOn(rung).slice(0, atOnce);
    if (some.length === 0) break;
    const tried = rung;
    const certificates = yield* certify(tried, some);
    for (const [at, domain] of some.entries()) {
      known[domain] = { rung: tried, certificate: certificates[at] };
      if (certificates[at].epsilon > epsilon && rung === tried && rung < rungs - 1) rung++;
    }
  }
  return { rung, certificates: known.map((own) => own.certificate) };

  function notOn(wanted: number): number[] {
    return numbers(0, domains).filter((domain) => known[domain]?.rung !== wanted);
  }
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
