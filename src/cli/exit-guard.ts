/**
 * How the process ends: temporary files are removed before it does, whatever the reason, and signals
 * come here. The first signal is given to the work that is under way, if any; a second one, or one
 * without such work, ends the process at once.
 */
import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import process from 'node:process';

/** What a terminal, a system that shuts down, and a closed session send. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type EndingSignal = (typeof SIGNALS)[number];

/** Shells tell the end by a signal as 128 and its number: 130, 143, 129. */
export function exitCodeOf(signal: EndingSignal): number {
  return 128 + constants.signals[signal];
}

/** Thrown when a signal ended the work. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signal: EndingSignal;

  constructor(signal: EndingSignal, message = 'interrupted') {
    super(message);
    this.signal = signal;
  }
}

/** Work that can be interrupted. */
export interface Interruptible {
  /** At the first signal: makes the work end soon. */
  interrupt(signal: EndingSignal): void;
  /** At the second, before the process ends: saves what can be saved without waiting for anything. */
  lastly?(): void;
}

const temporaries = new Set<string>();
let work: Interruptible | null = null;
let signalled = false;
let installed = false;

function install(): void {
  if (installed) return;
  installed = true;
  process.on('exit', removeTemporaries);
  for (const signal of SIGNALS) process.on(signal, receive);
}

function receive(signal: EndingSignal): void {
  if (work !== null && !signalled) {
    signalled = true;
    work.interrupt(signal);
    return;
  }
  try {
    work?.lastly?.();
  } finally {
    // Removed by the listener of `exit`, which also runs after an error of `lastly`.
    process.exit(exitCodeOf(signal));
  }
}

/** Synchronous, so that nothing can come between it and the end. */
function removeTemporaries(): void {
  for (const file of temporaries) {
    try {
      rmSync(file, { force: true });
    } catch {
      // Its folder has become unreachable: nothing can be done, and the others remain.
    }
  }
  temporaries.clear();
}

/** Has a file removed when the process ends, if it is still there. */
export function removeAtExit(file: string): void {
  install();
  temporaries.add(file);
}

/** The file is in its place, or gone. */
export function forgetTemporary(file: string): void {
  temporaries.delete(file);
}

/** Gives signals to this work until the function returned is called. */
export function onSignals(interruptible: Interruptible): () => void {
  install();
  work = interruptible;
  return () => {
    if (work === interruptible) work = null;
  };
}
