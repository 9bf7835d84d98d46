/**
 * How far the outputs of a run may be from the model's, as decimals rounded up: the engine's rounding,
 * what the ticket certifies for its integers, and both together.
 */
import { decimalRoundedUp } from '../precision/decimal-up.js';
import { promisedError } from '../precision/promised-error.js';
import { decimalUp } from '../target/decimal.js';
import type { Ticket } from '../ticket/ticket.js';
import type { OutsideReport } from './domain-monitor.js';

/** One entry an output each. */
export interface ErrorReport {
  /** Of the computed outputs against the pruned source's exact ones. Null: no bound is known. */
  readonly rounding: readonly string[] | null;
  /**
   * Of the pruned source against the model, as the ticket states it. Null where it states none, or
   * where samples were outside the domain that it is stated for.
   */
  readonly certified: readonly string[] | null;
  /** Their sum; null where one of them is. */
  readonly sum: readonly string[] | null;
}

/** `decimalRoundedUp`, equal numbers as one string: tiny bounds have hundreds of digits each. */
function sharedDecimals(): (value: number) => string {
  const texts = new Map<number, string>();
  return (value) => {
    const text = texts.get(value) ?? decimalRoundedUp(value);
    texts.set(value, text);
    return text;
  };
}

export function errorReport(
  ticket: Ticket,
  outputs: number,
  error: Float64Array | null,
  { samples, signs }: OutsideReport,
): ErrorReport {
  const known = error?.every(Number.isFinite) ? error : null;
  const decimal = sharedDecimals();
  const rounding = known === null ? null : Array.from(known, decimal);
  const promised = ticket.kind === 'trained' ? null : promisedError(ticket.precision);
  let certified: readonly string[] | null = null;
  // Error 0 is a statement about all inputs of the domain's signs.
  const holds =
    ticket.kind !== 'trained' && ticket.precision.mode === 'lossless' ? signs === 0 : samples === 0;
  // Around some inputs alone: of a sample it is not known whether it is near one of them.
  if (promised !== null && promised.around === undefined && holds) {
    certified = promised.outputs ?? new Array<string>(outputs).fill(promised.epsilon);
  }
  if (rounding === null || certified === null) return { rounding, certified, sum: null };
  const sum = rounding.map((text, output) => {
    const promise = certified[output] ?? '0';
    // Nothing to add needs no rounding.
    if (promise === '0' || text === '0') return promise === '0' ? text : promise;
    return decimal((decimalUp(text) + decimalUp(promise)) * (1 + 2 ** -50));
  });
  return { rounding, certified, sum };
}
