/**
 * A job's side of a queue beyond this process: all inputs go out at once, and results come in whatever order.
 * The main thread, which has an event loop, speaks to the queue itself (`cluster/coordinator.ts`).
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Progress } from '../../core/progress.js';
import type { Steps } from '../../core/steps.js';
import type { Inputs, NamedTask, TaskQueue } from '../../core/tasks.js';
import { restoreError, type TransferredError } from './transferred-error.js';

/** How a queue is reached, and what is asked of it. */
export interface QueueOptions {
  /** `redis://..` or `rediss://..`, without a password. */
  readonly url: string;
  /** Share of the results to compute here again, in [0, 1]. */
  readonly check: number;
}

/** To the main thread. */
export interface DistantTask {
  readonly task: string;
  readonly index: number;
  readonly input: unknown;
}

/** From it. */
export type DistantOutcome = { readonly index: number } & (
  | { readonly result: unknown }
  | { readonly error: TransferredError }
);

/** What the main thread opens a queue with. */
export interface QueueStart {
  readonly port: MessagePort;
  /** Word 0 counts outcomes. */
  readonly signals: Int32Array;
  readonly options: QueueOptions;
}

/** Has the main thread open a queue and serve the port until the job ends. */
export type OpenQueue = (start: QueueStart) => void;

/** How often a waiting job looks whether it is to end. */
const WAIT_MILLISECONDS = 50;

export function distantQueue(options: QueueOptions, open: OpenQueue): TaskQueue {
  return {
    *run<Input, Result>(
      task: NamedTask<Input, Result>,
      inputs: Inputs<Input>,
      tell: (units: number) => Progress | undefined = () => undefined,
      finished?: (index: number, result: Result) => void,
    ): Steps<Result[]> {
      const { port1, port2 } = new MessageChannel();
      const signals = new Int32Array(new SharedArrayBuffer(4));
      open({ port: port2, signals, options });
      try {
        for (let index = 0; index < inputs.length; index++) {
          const input = inputs.at(index);
          port1.postMessage({ task: task.name, index, input } satisfies DistantTask);
          yield;
        }
        const results = new Array<Result>(inputs.length);
        let done = 0;
        while (done < inputs.length) {
          const seen = Atomics.load(signals, 0);
          for (
            let received = receiveMessageOnPort(port1);
            received !== undefined;
            received = receiveMessageOnPort(port1)
          ) {
            const outcome = received.message as DistantOutcome;
            if ('error' in outcome) throw restoreError(outcome.error);
            results[outcome.index] = outcome.result as Result;
            done++;
            finished?.(outcome.index, outcome.result as Result);
          }
          yield tell(done);
          if (done < inputs.length) Atomics.wait(signals, 0, seen, WAIT_MILLISECONDS);
        }
        return results;
      } finally {
        port1.close();
      }
    },
  };
}
