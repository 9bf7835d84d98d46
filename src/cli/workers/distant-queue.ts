/**
 * A job's side of a queue beyond this process: all inputs go out at once, and results come in whatever order.
 * The main thread, which has an event loop, speaks to the queue itself (`cluster/coordinator.ts`).
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Attachment } from '../../cluster/blobs.js';
import type { QueuePlace } from '../../cluster/place.js';
import { InputError } from '../../core/errors.js';
import type { Progress } from '../../core/progress.js';
import { retold, type Steps } from '../../core/steps.js';
import type { Inputs, NamedTask, PromisedTask, TaskQueue } from '../../core/tasks.js';

/** How a queue is reached, and what is asked of it. */
export interface QueueOptions {
  readonly place: QueuePlace;
  /** Share of the results to compute here again, in [0, 1]. */
  readonly check: number;
  /** Files that jobs name, and the queue's server is to have. */
  readonly attached?: readonly Attachment[];
}

/** To the main thread. */
export interface DistantTask {
  readonly task: string;
  readonly index: number;
  readonly input: unknown;
}

/** From it. */
export interface DistantOutcome {
  readonly index: number;
  readonly result: unknown;
}

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

/** A queue that takes what is promised, too. */
export interface DistantQueue extends TaskQueue {
  run<Input, Result>(
    task: NamedTask<Input, Result> | PromisedTask<Input, Result>,
    inputs: Inputs<Input>,
    tell?: (units: number) => Progress | undefined,
    finished?: (index: number, result: Result) => void,
  ): Steps<Result[]>;
}

/** Computes a result here too. Throws an `InputError` that names the input where it is another. */
function* recompute<Input, Result>(
  task: NamedTask<Input, Result>,
  inputs: Inputs<Input>,
  { index, result }: { readonly index: number; readonly result: unknown },
): Steps<void> {
  const input = inputs.at(index) as Input;
  const own = yield* retold(task.run(input), () => undefined);
  if (JSON.stringify(own) === JSON.stringify(result)) return;
  throw new InputError({
    place: `job ${index + 1}, ${JSON.stringify(input).slice(0, 300)}`,
    problem: 'computed here, its result is another than the one that came from the queue',
    remedy: 'believe nothing that came from there: find out who works, and cancel the jobs',
  });
}

/** Only of tasks in steps results can be computed again (`check`). */
export function distantQueue(options: QueueOptions, open: OpenQueue): DistantQueue {
  let opened: { readonly port: MessagePort; readonly signals: Int32Array } | undefined;
  /** Inputs of the runs before: each has a number of its own. */
  let asked = 0;

  /** One connection serves all runs of a job. */
  function connection() {
    if (opened !== undefined) return opened;
    const { port1, port2 } = new MessageChannel();
    const signals = new Int32Array(new SharedArrayBuffer(4));
    open({ port: port2, signals, options });
    opened = { port: port1, signals };
    return opened;
  }

  return {
    *run<Input, Result>(
      task: NamedTask<Input, Result> | PromisedTask<Input, Result>,
      inputs: Inputs<Input>,
      tell: (units: number) => Progress | undefined = () => undefined,
      finished?: (index: number, result: Result) => void,
    ): Steps<Result[]> {
      const { port, signals } = connection();
      const first = asked;
      asked += inputs.length;
      for (let at = 0; at < inputs.length; at++) {
        const message: DistantTask = { task: task.name, index: first + at, input: inputs.at(at) };
        port.postMessage(message);
        yield;
      }
      const results = new Array<Result>(inputs.length);
      let done = 0;
      while (done < inputs.length) {
        const seen = Atomics.load(signals, 0);
        for (;;) {
          const received = receiveMessageOnPort(port);
          if (received === undefined) break;
          const { index, result } = received.message as DistantOutcome;
          const at = index - first;
          // Of a run that was given up.
          if (at < 0) continue;
          if ('run' in task && Math.random() < options.check) {
            yield* recompute(task, inputs, { index: at, result });
          }
          results[at] = result as Result;
          done++;
          finished?.(at, result as Result);
        }
        yield tell(done);
        if (done < inputs.length) Atomics.wait(signals, 0, seen, WAIT_MILLISECONDS);
      }
      return results;
    },
  };
}
