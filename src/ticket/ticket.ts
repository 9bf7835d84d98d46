/**
 * The ticket: seed, shape and masks, and all that is needed to check them. Everything a checker needs
 * is in it; nothing in it has to be trusted. `kind.ts` says what all kinds share, a file for each kind
 * what is its own, `docs/ticket.md` the format.
 */
export type { PrecisionRecord } from '../precision/precision.js';
export type { BaselineTicket } from './baseline.js';
export type { ConstructedTicket } from './constructed.js';
export type { Ticket } from './kinds.js';
export type { ModelRecord } from './model-record.js';
export type { TrainedTicket } from './trained.js';
