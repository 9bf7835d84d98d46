/** Threads that share memory, behind an interface that says nothing of where they come from. */
import type { NamedTask, TaskQueue } from './tasks.js';

/** A task for threads of this process; inputs may hold shared arrays. */
export type ThreadTask<Input, Result> = NamedTask<Input, Result>;

/** A queue whose tasks are structured clones to other threads, except for shared arrays. */
export interface Threads extends TaskQueue {
  /** How many tasks run at a time; at least 1. */
  readonly count: number;
  /** Starts the threads beforehand, where that takes time that other work can fill. */
  start?(): void;
  /**
   * Ends the threads and with them all that they still hold; `run` starts them anew. Engines do not count
   * shared memory as garbage that presses, so idle threads would keep what they were last given.
   */
  release?(): void;
  /** Zeroed words that every thread sees. */
  allocate(words: number): Uint32Array;
  /** A copy of numbers that every thread sees. */
  share(values: Float64Array): Float64Array;
}
