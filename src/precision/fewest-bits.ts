/**
 * The lowest rung of a ladder of places on which every one of some domains is certified. For one domain that is
 * halving the ladder; of several, those that still hold on a rung are passed over, and one that does not moves it up.
 */
import type { Steps } from '../core/steps.js';
import type { Certificate } from './certificate.js';

/** Certifies one domain on one rung. */
export type CertifyOn = (rung: number, domain: number) => Steps<Certificate>;

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
): Steps<Rung> {
  const known: { rung: number; certificate: Certificate }[] = [];
  let low = 0;
  let rung = 0;
  /** The lowest one from `low` on, for one domain. */
  function* raise(domain: number): Steps<void> {
    let high = rungs - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const certificate = yield* certify(middle, domain);
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
  for (let domain = 1; domain < domains; domain++) {
    const certificate = yield* certify(rung, domain);
    known[domain] = { rung, certificate };
    if (certificate.epsilon <= epsilon) continue;
    low = Math.min(rung + 1, rungs - 1);
    yield* raise(domain);
  }
  // What was certified lower down is certified here too, or moves the rung up once more.
  for (;;) {
    const domain = firstNotOn(rung);
    if (domain === undefined) break;
    const certificate = yield* certify(rung, domain);
    known[domain] = { rung, certificate };
    if (certificate.epsilon > epsilon && rung < rungs - 1) rung++;
  }
  return { rung, certificates: known.map((own) => own.certificate) };

  function firstNotOn(wanted: number): number | undefined {
    for (let domain = 0; domain < domains; domain++) {
      if (known[domain]?.rung !== wanted) return domain;
    }
    return undefined;
  }
}
