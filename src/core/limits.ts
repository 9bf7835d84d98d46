/**
 * What one piece of work may take: memory that is estimated before it is asked for, and steps that are
 * counted. A file states sizes; these say whether it is believed. All limits are listed in
 * `docs/limits.md`.
 */
import { InputError } from './errors.js';

/** Most memory that work on a file may take unless its option `memory` says more: 2 GiB. */
export const DEFAULT_MEMORY = 2 ** 31;

/** For what the program has made itself from what the user gave: no file says there how large it is. */
export const OWN_MEMORY = Number.POSITIVE_INFINITY;

/** What a process takes before it has read anything: the engine, its code, a young heap. */
export const IDLE_MEMORY = 160 * 2 ** 20;

/** Steps that a file may cost whatever its size: some seconds. */
const FREE_STEPS = 2 ** 31;
/** And for each of its bytes. Networks found by constructions take up to 100. */
const STEPS_PER_BYTE = 2 ** 10;

/** To find a network and prove it: some ten seconds whatever the model's size, and for each byte. */
const FREE_FIND_STEPS = 2 ** 33;
/** Lossless integers of float32 weights take up to 4500. */
const FIND_STEPS_PER_BYTE = 2 ** 13;

/** To certify an error, whatever the model's size: four minutes or so. ACAS Xu takes up to as many. */
const FREE_CERTIFICATE_STEPS = 2 ** 38;
const CERTIFICATE_STEPS_PER_BYTE = 2 ** 17;

/** Who allows more memory than the default allows as many times the work. */
function patience(memory: number): number {
  return Math.max(1, memory / DEFAULT_MEMORY);
}

/**
 * The most steps, each about as long as one addition in memory, that a check of a file of this size may
 * cost. In proportion more where `memory` is above its default.
 */
export function mostSteps(fileBytes: number, memory: number = DEFAULT_MEMORY): number {
  return patience(memory) * (FREE_STEPS + STEPS_PER_BYTE * fileBytes);
}

/** The same for finding the network of a model whose files have so many bytes in all, and proving it. */
export function mostFindSteps(fileBytes: number, memory: number = DEFAULT_MEMORY): number {
  return patience(memory) * (FREE_FIND_STEPS + FIND_STEPS_PER_BYTE * fileBytes);
}

/**
 * The same for certifying an error, with the choice of bits for it: a bound over a domain is worth its
 * time where the network is honest, so it may take minutes.
 */
export function mostCertificateSteps(fileBytes: number, memory: number = DEFAULT_MEMORY): number {
  return patience(memory) * (FREE_CERTIFICATE_STEPS + CERTIFICATE_STEPS_PER_BYTE * fileBytes);
}

/** A size as the option `memory` takes it: `512M`, `1.5G`, rounded up. */
export function memoryText(bytes: number): string {
  if (bytes < 2 ** 30) return `${Math.ceil(bytes / 2 ** 20)}M`;
  return `${Math.ceil((10 * bytes) / 2 ** 30) / 10}G`;
}

/** What to ask for, in whole megabytes, or gigabytes from 1 on: `3221225472 (3G)`, bytes being the option's unit. */
function roundedUp(bytes: number): string {
  const unit = bytes < 2 ** 30 ? 2 ** 20 : 2 ** 30;
  const whole = Math.ceil(bytes / unit) * unit;
  return `${whole} (${memoryText(whole)})`;
}

/**
 * Throws an `InputError` if `what` would need more bytes than `memory`: nothing has been allocated then.
 * `place` is what asks for them.
 */
export function requireMemory(needed: number, memory: number, place: string, what: string): void {
  if (needed <= memory) return;
  throw new InputError({
    place,
    problem: `${what} needs about ${memoryText(needed)} of memory, over the limit of ${memoryText(memory)}`,
    remedy: `if the file is trusted, set option "memory" to ${roundedUp(needed)} or more`,
  });
}

/**
 * Throws an `InputError` if `what` would take more steps than `most`, which `memory` allowed: the remedy
 * names the memory that would allow it.
 */
export function requireSteps(
  steps: number,
  { most, memory }: StepLimit,
  place: string,
  what: string,
): void {
  if (steps <= most) return;
  const enough = (Math.max(memory, DEFAULT_MEMORY) * steps) / most;
  throw new InputError({
    place,
    problem: `${what} takes about ${steps.toPrecision(2)} steps, over the limit of ${most.toPrecision(2)} for a file of its size`,
    remedy: `if the file is trusted, set option "memory" to ${roundedUp(enough)} or more, which allows work in proportion`,
  });
}

/** What the steps of a certificate are told as. */
export const CERTIFYING = 'certifying the error of this network';

/** Takes steps that are about to be done from those that may be; throws where they are too many. */
export type Spend = (steps: number) => void;

/** More steps than may be taken were needed, as it showed on the way. */
export class StepLimitError extends InputError {}

/** The work of this factor more is what is advised where nobody knows how much is needed. */
const ADVISED = 4;

/** Counts the steps of `what` up to a limit, and throws a `StepLimitError` before it is passed. */
export function spendUpTo({ most, memory }: StepLimit, what: string): Spend {
  let left = most;
  return (steps) => {
    left -= steps;
    if (left >= 0) return;
    const enough = ADVISED * Math.max(memory, DEFAULT_MEMORY);
    throw new StepLimitError({
      place: '',
      problem: `${what} takes more than ${most.toPrecision(2)} steps, the limit for a file of its size`,
      remedy: `if the file is trusted, set option "memory" to ${roundedUp(enough)} or more, which allows work in proportion`,
    });
  };
}

/** Steps that may be taken, and the option `memory` that they follow from. */
export interface StepLimit {
  readonly most: number;
  readonly memory: number;
}
