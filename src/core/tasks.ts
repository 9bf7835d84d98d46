/**
 * Queues, behind an interface that says nothing of where the work is done: a task is a named pure function of
 * checked JSON, so what it makes of an input may be computed in any order, anywhere, and again.
 */
import type { Progress } from './progress.js';
import type { Schema } from './schema.js';
import type { Steps } from './steps.js';

/** A pure function that others know by name. */
export interface NamedTask<Input, Result> {
  readonly name: string;
  /** Yields after every unit of the work. */
  run(input: Input): Steps<Result>;
}

/** A task for queues beyond this process: what comes from there, and back, is believed once it is checked. */
export interface QueueTask<Input, Result> extends NamedTask<Input, Result> {
  /** Raised whenever an input gets another result. */
  readonly version: number;
  readonly inputSchema: Schema<Input>;
  /** What the result of an input must be. */
  resultSchema(input: Input): Schema<Result>;
}

/** The same of work that is promised, as what it uses has no steps. */
export interface PromisedTask<Input, Result> extends Omit<QueueTask<Input, Result>, 'run'> {
  perform(input: Input): Promise<Result>;
}

/** A list, or what makes its items when they are asked for: they may be large. */
export interface Inputs<Input> {
  readonly length: number;
  at(index: number): Input | undefined;
}

export interface TaskQueue {
  /**
   * Runs the task on each input, and returns the results in their order. Inputs and results reach
   * others as clones. Yields from time to time what `tell` says of the units that all have done; `finished`
   * gets each result as soon as it is there.
   */
  run<Input, Result>(
    task: NamedTask<Input, Result>,
    inputs: Inputs<Input>,
    tell?: (units: number) => Progress | undefined,
    finished?: (index: number, result: Result) => void,
  ): Steps<Result[]>;
}
