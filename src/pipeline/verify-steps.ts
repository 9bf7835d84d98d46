/**
 * The proof of a ticket of any kind as one library call: constructed and baseline tickets from seed and
 * masks up to the model's distance, trained ones by their recorded outputs and their accuracy. How a kind
 * is proved (`prove-*.ts`) is handed in, so that a page can load it for the tickets that it has.
 */
import { UsageError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import type { LabelledData } from '../data/labelled.js';
import type { TrainedVerdict } from '../inference/verify-trained.js';
import type { Recertifier } from '../precision/certifier.js';
import type { ModelToCompare } from '../proof/claims.js';
import type { RangeProof } from '../proof/range-proof.js';
import type { Verdict } from '../proof/verify-steps.js';
import { checkTicketOfAnyKind } from '../ticket/check-ticket.js';
import type { Ticket, TrainedTicket } from '../ticket/ticket.js';

export interface VerifyAnyOptions {
  /** The model to prove the distance to; of no meaning for a trained ticket. */
  readonly model?: ModelToCompare;
  /** What a trained ticket's accuracy is measured on again; of no meaning for the other kinds. */
  readonly data?: LabelledData;
  /** Most bytes of memory that the proof may take; default 2 GiB. */
  readonly memory?: number;
  /** What large blocks of a constructed ticket are proved on; the answer is the same on any. */
  readonly threads?: Threads;
}

/** The same with what only parts of this program give. */
export interface ProofOptions extends VerifyAnyOptions {
  /** What proves large blocks in place of threads. */
  readonly ranges?: RangeProof;
}

/** A verdict with the kind of ticket that it is about. */
export type AnyVerdict =
  | ({ readonly kind: 'constructed' | 'baseline' } & Verdict)
  | ({ readonly kind: 'trained' } & TrainedVerdict);

/** The verdict on tickets of one kind. */
export type VerdictOn<T extends Ticket> = T extends TrainedTicket
  ? Extract<AnyVerdict, { kind: 'trained' }>
  : Exclude<AnyVerdict, { kind: 'trained' }>;

/** How tickets of one kind are proved. */
export type Proof<T extends Ticket> = (
  ticket: T,
  options: ProofOptions,
  certifier: Recertifier | undefined,
) => Steps<AnyVerdict>;

/**
 * Verifies a ticket in steps of the stages `prove` and `certify`, or `compile` and `measure`, by its
 * kind's proof. Where `certifies` says so, that needs a certifier.
 */
export function* verifyAnySteps<T extends Ticket>(
  ticket: T,
  options: ProofOptions,
  proof: Proof<T>,
  certifier: Recertifier | undefined,
): Steps<VerdictOn<T>> {
  checkTicketOfAnyKind(ticket);
  return (yield* proof(ticket, options, certifier)) as VerdictOn<T>;
}

/** Whether a proof has to do with error bounds; what callers without types pass, it refuses itself. */
export function certifies(ticket: Ticket, options: VerifyAnyOptions): boolean {
  if (options?.model === undefined || ticket?.kind === 'trained') return false;
  const { precision } = ticket ?? {};
  if (precision?.mode === 'bits') return precision.sampled !== undefined;
  return precision?.mode === 'certified' || precision?.mode === 'paper';
}

/** Throws a `UsageError` for an option that a kind of ticket has no use for. */
export function refuseOption(value: unknown, kind: Ticket['kind'], option: string): void {
  if (value === undefined) return;
  throw new UsageError(`option "${option}" has no meaning for a ${kind} ticket; leave it out`);
}
