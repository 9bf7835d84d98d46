/** Threads that share memory, behind an interface that says nothing of where they come from. */
import type { Progress } from './progress.js';
import type { Steps } from './steps.js';

/** A pure function that threads know by name. */
export interface ThreadTask<Input, Result> {
  readonly name: string;
  /** Yields after every unit of the work. */
  run(input: Input): Steps<Result>;
}

/** A list, or what makes its items when they are asked for: they may be large. */
export interface Inputs<Input> {
  readonly length: number;
  at(index: number): Input | undefined;
}

export interface Threads {
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
  /**
   * Runs the task on each input, and returns the results in their order. Inputs and results reach
   * other threads as structured clones, except for shared arrays. Yields from time to time what `tell` says
   * of the units that all have done; `finished` gets each result as soon as it is there.
   */
  run<Input, Result>(
    task: ThreadTask<Input, Result>,
    inputs: Inputs<Input>,
    tell?: (units: number) => Progress | undefined,
    finished?: (index: number, result: Result) => void,
  ): Steps<Result[]>;
}
