/** The flags that say how exact the integers are to be. */
import { UsageError } from '../core/errors.js';
import type { PrecisionRequest } from '../precision/precision.js';

export interface PrecisionFlags {
  readonly lossless?: true;
  readonly bits?: number;
  readonly precision?: 'paper';
  readonly epsilon?: number;
}

/** The precision that the flags ask for. Throws a `UsageError` where they contradict each other. */
export function requestedPrecision({
  lossless,
  bits,
  precision,
  epsilon,
}: PrecisionFlags): PrecisionRequest {
  const asked = [lossless !== undefined, bits !== undefined, epsilon !== undefined];
  if (asked.filter(Boolean).length > 1) {
    throw new UsageError('--lossless, --bits and --epsilon exclude each other: give one');
  }
  if (precision === 'paper') {
    if (epsilon === undefined) throw new UsageError('--precision paper needs --epsilon E');
    return { mode: 'paper', epsilon };
  }
  if (epsilon !== undefined) return { mode: 'certified', epsilon };
  return bits === undefined ? { mode: 'lossless' } : { mode: 'bits', bits };
}
