/** The proof of a ticket of any kind. */
import { hasPart, type Kind } from '../core/arguments.js';
import { checkOptions, MEMORY, type OptionKinds, THREADS, WATCH } from '../core/options.js';
import type { Watch } from '../core/progress.js';
import { perform } from '../core/steps.js';
import { proveAlone } from '../pipeline/prove-alone.js';
import {
  certifies,
  type Proof,
  type VerdictOn,
  type VerifyAnyOptions,
  verifyAnySteps,
} from '../pipeline/verify-steps.js';
import { LEAST_EDGES } from '../proof/range-proof.js';
import { checkTicketOfAnyKind } from '../ticket/check-ticket.js';
import type { Ticket } from '../ticket/ticket.js';
import { loadRecertifier } from './load-certifier.js';
import { checkModel, MODEL } from './model.js';

export interface VerifyOptions extends VerifyAnyOptions, Watch {}

/** What it holds is checked by the proof that uses it. */
const DATA: Kind = {
  is: (value) => hasPart(value, 'labels'),
  not: 'no labelled data',
  remedy: () => 'give { count, inputs, values, labels, classes }',
};

const OPTIONS: OptionKinds<VerifyOptions> = {
  model: MODEL,
  data: DATA,
  memory: MEMORY,
  threads: THREADS,
  ...WATCH,
};

/**
 * Verifies a ticket from the seed up, in steps as `find` works. Of a constructed or a baseline ticket
 * `proved` means: the pruned source is the recorded network, and with `model` that the recorded error bound
 * (0 for a lossless one) holds for the model; of a trained one: its recorded outputs are those of its
 * network, bit for bit, and with `data` that its recorded accuracy holds. Rejects with the signal's reason
 * soon after it is aborted, with a `UsageError` for what is no ticket, for options that make no sense or that its kind has no use for, and with an
 * `InputError` where its mask bytes are corrupt or it asks for more memory or work than it may.
 */
export async function verify<T extends Ticket>(
  ticket: T,
  options: VerifyOptions = {},
): Promise<VerdictOn<T>> {
  checkTicketOfAnyKind(ticket);
  checkOptions('verify', options, OPTIONS);
  if (options.model !== undefined) checkModel('option "model"', options.model);
  const proof = (await loadProof(ticket, options)) as unknown as Proof<T>;
  const certifier = await loadRecertifier(certifies(ticket, options));
  return perform(verifyAnySteps(ticket, options, proof, certifier), options);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/**
 * The proof that a ticket needs; in a page, those of rarer tickets, and what models are compared by, are
 * files of their own that the bundler splits off.
 */
async function loadProof(ticket: Ticket, { model }: VerifyOptions) {
  switch (ticket.kind) {
    case 'baseline':
      return (await import('../pipeline/prove-baseline.js')).proveBaseline;
    case 'trained':
      return (await import('../pipeline/prove-trained.js')).proveTrained;
    case 'constructed':
      if (sum(ticket.kept) >= LEAST_EDGES) {
        (await import('../proof/prove-by-ranges.js')).provideRanges();
      }
      if (ticket.target.maps !== undefined) {
        (await import('../proof/check-composed.js')).provideComposition();
      }
      if (model === undefined) return proveAlone;
      return (await import('../pipeline/prove-constructed.js')).proveConstructed;
  }
}
