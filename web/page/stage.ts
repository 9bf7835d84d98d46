/** The network that the sections show, and the worker that holds it: an example's, or that of the visitor. */
import type { TaskName, Tasks } from '../worker/protocol.js';
import { type Found, foundNow, setFound, tell } from './state.js';
import type { CallOptions, WorkerClient } from './worker-client.js';

/** What the page says of the network shown, and how it is found again. */
export interface About {
  /** What it is, to go on after "what is left is". */
  readonly what: string;
  /** Finds it under the view's seed and delta; says how that went. */
  readonly reopen: () => Promise<string>;
}

let holder: WorkerClient | undefined;
let about: About | undefined;

/** Shows a network that this worker holds. */
export function show(found: Found, worker: WorkerClient, own: About): void {
  holder = worker;
  about = own;
  setFound(found);
  tell('opened');
}

export function aboutNow(): About | undefined {
  return about;
}

/** Whether this worker holds what is shown. */
export function isHolder(worker: WorkerClient): boolean {
  return worker === holder;
}

/**
 * Asks the worker that holds the network shown. Undefined where none is, or another one is by the time the
 * answer comes; rejects as the call does.
 */
export async function ask<Name extends TaskName>(
  task: Name,
  request: Tasks[Name]['request'],
  options?: CallOptions,
): Promise<Tasks[Name]['result'] | undefined> {
  const found = foundNow();
  if (holder === undefined || found === undefined) return undefined;
  try {
    const answer = await holder.call(task, request, options);
    return found === foundNow() ? answer : undefined;
  } catch (error) {
    if (found !== foundNow()) return undefined;
    throw error;
  }
}
