/**
 * Certificates, and the paper's precision with its hypotheses, as one value. Bounds are a good part of the library's code, and most requests need none:
 * who works for a page loads them for those that do, and hands them to the work (`own-certifier.ts`).
 */
import { UsageError } from '../core/errors.js';
import type { chooseBitsSteps } from './allot-bits.js';
import type { recertifySteps } from './certificate.js';
import type { paperPlaces, quantizePaperSteps } from './paper.js';

export interface Certifier {
  readonly chooseBitsSteps: typeof chooseBitsSteps;
  readonly recertifySteps: typeof recertifySteps;
  readonly paperPlaces: typeof paperPlaces;
  readonly quantizePaperSteps: typeof quantizePaperSteps;
}

/** Throws a `UsageError` where work that has to do with error bounds was started without them. */
export function requireCertifier(certifier: Certifier | undefined): Certifier {
  if (certifier === undefined) throw new UsageError('error bounds need a "certifier"');
  return certifier;
}
