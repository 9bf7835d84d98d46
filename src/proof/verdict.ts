/** What a proof says in the end, of tickets of every kind that makes claims of a model. */
import type { PrecisionRecord } from '../precision/precision.js';
import { promisedError } from '../precision/promised-error.js';
import type { ModelToCompare } from './claims.js';
import type { BlockProof, ProofFailure } from './propagate.js';

export interface Verdict {
  /** The pruned source equals the integer network for all inputs of the recorded signs. */
  readonly equal: boolean;
  /** `equal`, and every other claim that could be checked holds. */
  readonly proved: boolean;
  readonly blocks: readonly BlockProof[];
  /**
   * Whether all that the ticket claims of the model holds for the one that is given (its digest, where
   * both are known, and its integers or error bounds); null if none was given or it was not compared.
   */
  readonly modelMatches: boolean | null;
  /**
   * The error bound that is proved for the given model on the ticket's domain, a decimal rounded up;
   * null without a model, or if the precision promises nothing.
   */
  readonly epsilon: string | null;
  /** The same for each output, where they are bounded one by one. */
  readonly outputs: readonly string[] | null;
  /** The first thing that stands against it. */
  readonly failure?: ProofFailure;
}

/** What a ticket promises of the model that is given, or `failure`, the first thing that stands against it. */
export function promiseOrFailure(
  precision: PrecisionRecord,
  model: ModelToCompare | undefined,
  failure: ProofFailure | null,
): Pick<Verdict, 'epsilon' | 'outputs' | 'failure'> {
  if (failure !== null) return { epsilon: null, outputs: null, failure };
  const promised = model === undefined ? null : promisedError(precision);
  return { epsilon: promised?.epsilon ?? null, outputs: promised?.outputs ?? null };
}
