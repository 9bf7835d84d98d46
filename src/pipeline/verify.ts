/**
 * The proof of a ticket of any kind as one library call: constructed and baseline tickets from seed and
 * masks up to the model's distance, trained ones by their recorded outputs and their accuracy.
 */
import { UsageError } from '../core/errors.js';
import type { Watch } from '../core/progress.js';
import { complete, type Steps } from '../core/steps.js';
import type { LabelledData } from '../data/labelled.js';
import { type TrainedVerdict, verifyTrainedSteps } from '../inference/verify-trained.js';
import type { ModelToCompare } from '../proof/claims.js';
import { type Verdict, verifyTicketSteps } from '../proof/verify.js';
import { verifyBaselineSteps } from '../proof/verify-baseline.js';
import { checkTicketOfAnyKind } from '../ticket/check-ticket.js';
import type { BaselineTicket, ConstructedTicket, Ticket, TrainedTicket } from '../ticket/ticket.js';

export interface VerifyAnyOptions {
  /** The model to prove the distance to; of no meaning for a trained ticket. */
  readonly model?: ModelToCompare;
  /** What a trained ticket's accuracy is measured on again; of no meaning for the other kinds. */
  readonly data?: LabelledData;
  /** Most bytes of memory that the proof may take; default 2 GiB. */
  readonly memory?: number;
}

/** A verdict with the kind of ticket that it is about. */
export type AnyVerdict =
  | ({ readonly kind: 'constructed' | 'baseline' } & Verdict)
  | ({ readonly kind: 'trained' } & TrainedVerdict);

/** The verdict on tickets of one kind. */
export type VerdictOn<T extends Ticket> = T extends TrainedTicket
  ? Extract<AnyVerdict, { kind: 'trained' }>
  : Exclude<AnyVerdict, { kind: 'trained' }>;

/**
 * Verifies a ticket from the seed up. Throws an `InputError` where its mask bytes are corrupt, or where it
 * asks for more memory or work than it may, and a `UsageError` for an option that has no meaning for its
 * kind.
 */
export function verifyAny<T extends Ticket>(
  ticket: T,
  options: VerifyAnyOptions & Watch = {},
): VerdictOn<T> {
  return complete(verifyAnySteps(ticket, options), options);
}

/** The same in steps, of the stages `prove` and `certify`, or `compile` and `measure`. */
export function* verifyAnySteps<T extends Ticket>(
  ticket: T,
  options: VerifyAnyOptions = {},
): Steps<VerdictOn<T>> {
  checkTicketOfAnyKind(ticket);
  return (yield* stepsOf(ticket, options)) as VerdictOn<T>;
}

function* stepsOf(
  ticket: ConstructedTicket | BaselineTicket | TrainedTicket,
  { data, ...options }: VerifyAnyOptions,
): Steps<AnyVerdict> {
  const { kind } = ticket;
  if (kind === 'trained') {
    refuseOption(options.model, kind, 'model');
    const own = { ...(data && { data }), ...options };
    return { kind, ...(yield* verifyTrainedSteps(ticket, own)) };
  }
  refuseOption(data, kind, 'data');
  return kind === 'baseline'
    ? { kind, ...(yield* verifyBaselineSteps(ticket, options)) }
    : { kind, ...(yield* verifyTicketSteps(ticket, options)) };
}

/** Throws a `UsageError` for an option that a kind of ticket has no use for. */
export function refuseOption(value: unknown, kind: Ticket['kind'], option: string): void {
  if (value === undefined) return;
  throw new UsageError(`option "${option}" has no meaning for a ${kind} ticket`);
}
