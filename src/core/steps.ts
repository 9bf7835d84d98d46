/**
 * Long work as a generator: it yields after every unit that takes a few milliseconds, with how far it is
 * or with nothing, and returns its result. Who drives it decides what happens between two units: `complete`
 * goes straight on, `perform` lets the event loop turn. Either way work ends by a signal, never by an
 * error thrown from a callback, and its `finally` blocks run.
 */
import type { Progress, Signal, Watch } from './progress.js';

export type Steps<Result> = Generator<Progress | undefined, Result, undefined>;

/** After how many milliseconds the event loop gets its turn. A unit should take no longer than that. */
const SLICE = 16;

/** News comes more often than anyone can see: within a stage it is told this many milliseconds apart. */
const TELLING = 50;

/** Throws the signal's reason if it is aborted. */
function endIfAborted(signal: Signal | undefined): void {
  if (signal?.aborted === true) throw signal.reason;
}

/**
 * Does all of the work at once and returns its result. The event loop does not turn meanwhile: the signal
 * counts as far as something sets it from within, such as `onProgress`, which is told of every unit.
 */
export function complete<Result>(steps: Steps<Result>, watch?: Watch): Result {
  try {
    for (;;) {
      // Callers without types may pass null, which the work itself refuses.
      endIfAborted(watch?.signal);
      const step = steps.next();
      if (step.done === true) return step.value;
      if (step.value !== undefined) watch?.onProgress?.(step.value);
    }
  } finally {
    // Work that was not ended by itself cleans up.
    steps.return(undefined as never);
  }
}

/**
 * Does the work on this thread and lets timers, input and drawing have their turns in between: at least
 * every 16 ms, but for units that take longer by themselves. Rejects with the signal's reason soon after
 * it is aborted, and with the error where `onProgress` throws one. `onProgress` is told of a stage's begin
 * and end, and of what lies between some 20 times a second.
 */
export async function perform<Result>(steps: Steps<Result>, watch?: Watch): Promise<Result> {
  // Callers without types may pass null, which the work itself refuses.
  const { signal, onProgress } = watch ?? {};
  const tell = onProgress && spaced(onProgress);
  const turns = eventLoopTurns();
  try {
    let begun = performance.now();
    for (;;) {
      endIfAborted(signal);
      const step = steps.next();
      if (step.done === true) return step.value;
      if (step.value !== undefined) tell?.(step.value);
      if (performance.now() - begun < SLICE) continue;
      await turns.next();
      begun = performance.now();
    }
  } finally {
    steps.return(undefined as never);
    turns.end();
  }
}

/** A listener that hears of begins and ends, and of the rest from time to time. */
export function spaced(listener: (progress: Progress) => void): (progress: Progress) => void {
  let stage: string | undefined;
  let told = 0;
  return (progress) => {
    const { done, total } = progress;
    const now = performance.now();
    const isNews = progress.stage !== stage || done === 0 || done === total;
    if (!isNews && now - told < TELLING) return;
    stage = progress.stage;
    told = now;
    listener(progress);
  };
}

/**
 * Turns of the event loop. Timers of 0 ms would do, but pages stretch those to 4 ms; messages they do not,
 * and Node has a function of its own, which is not among what every platform has.
 */
function eventLoopTurns(): { next(): Promise<void>; end(): void } {
  const { setImmediate } = globalThis as { setImmediate?: (turn: () => void) => unknown };
  if (setImmediate !== undefined) {
    return {
      next: () =>
        new Promise((resolve) => {
          setImmediate(resolve);
        }),
      end: () => undefined,
    };
  }
  const { port1, port2 } = new MessageChannel();
  port1.start();
  return {
    next: () =>
      new Promise((resolve) => {
        port1.addEventListener('message', () => resolve(), { once: true });
        port2.postMessage(null);
      }),
    end: () => port1.close(),
  };
}

/**
 * For work of units too small to yield after each: says true whenever about `limit` of what it is told of
 * have come together since.
 */
export function everyFew(limit: number): (more: number) => boolean {
  let sum = 0;
  return (more) => {
    sum += more;
    if (sum < limit) return false;
    sum = 0;
    return true;
  };
}

/** The same work, its news told otherwise: as part of a larger whole, or of another stage. */
export function* retold<Result>(
  steps: Steps<Result>,
  tell: (progress: Progress) => Progress | undefined,
): Steps<Result> {
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      yield step.value === undefined ? undefined : tell(step.value);
    }
  } finally {
    steps.return(undefined as never);
  }
}

/** Work that yields after each of its units, with what `tell` says of how many of them are done. */
export function* counted<Result>(
  steps: Steps<Result>,
  tell: (units: number) => Progress | undefined,
): Steps<Result> {
  let units = 0;
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      yield tell(++units);
    }
  } finally {
    steps.return(undefined as never);
  }
}
