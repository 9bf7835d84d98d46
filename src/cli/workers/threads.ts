/**
 * The one pool: worker threads for a job that runs synchronously. It deals out tasks, does some itself
 * and waits for the others by `Atomics.wait`, so nothing of it has to be asynchronous. The threads are
 * launched, and watched, by whoever has an event loop to hear of their end: the main thread, which also
 * terminates them.
 */
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import type { Progress } from '../../core/progress.js';
import { counted, type Steps } from '../../core/steps.js';
import type { Inputs } from '../../core/tasks.js';
import type { Threads, ThreadTask } from '../../core/threads.js';
import { restoreError, type TransferredError } from './transferred-error.js';

/** To a thread. */
export interface TaskMessage {
  /** Tells the outcomes of a run that was given up from those of the next. */
  readonly run: number;
  readonly task: string;
  readonly index: number;
  readonly input: unknown;
  /** Its word counts the units that are done of the run. */
  readonly units: Int32Array;
}

/** From a thread. */
export type TaskOutcome = { readonly run: number; readonly index: number } & (
  | { readonly result: unknown }
  | { readonly error: TransferredError }
);

/** What a thread is started with. */
export interface ThreadStart {
  readonly port: MessagePort;
  /** Word 0 counts outcomes, word 1 is 1 once the thread is to end. */
  readonly signals: Int32Array;
}

/** Sent to a thread in place of a task: it is to end. */
export const RELEASE = 'release';

/** Whether a thread's end was asked for, which it looks for between two units of its work. */
export function isReleased({ signals }: ThreadStart): boolean {
  return Atomics.load(signals, 1) === 1;
}

/** Starts a thread, whose end by an error is the launcher's to notice. */
export type LaunchThread = (start: ThreadStart) => void;

/** Starts a thread from the main thread. */
export function launchThread(start: ThreadStart): Worker {
  return new Worker(new URL('./thread.js', import.meta.url), {
    workerData: start,
    transferList: [start.port],
  });
}

/** How often a waiting caller reports progress and looks whether it is to end. */
const WAIT_MILLISECONDS = 20;

function send(port: MessagePort, message: TaskMessage | typeof RELEASE): void {
  port.postMessage(message);
}

export interface WorkerThreads extends Threads {
  /** Starts the threads, which takes some 50 ms that other work can fill. */
  start(): void;
  release(): void;
}

/** What the pool knows of a run whose end it waits for. */
interface RunInProgress {
  /** Takes an outcome from the thread behind the port. */
  take(port: MessagePort, outcome: TaskOutcome): void;
}

/**
 * `count` threads, the caller among them unless it only listens; started by `start` or when they are
 * first needed. Each gets a task, then the next one when it is done: up to `count` inputs, those of a run
 * go to the same threads as those of the run before. Several runs may go on at a time, step by step. Where
 * one is given up, or `release` is called meanwhile, the threads end with the last of them.
 */
export function workerThreads(count: number, launch: LaunchThread): WorkerThreads {
  const newSignals = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));
  let signals = newSignals();
  let ports: MessagePort[] = [];
  let runs = 0;
  const inProgress = new Map<number, RunInProgress>();
  let isToEnd = false;

  function launchUpTo(wanted: number): void {
    while (ports.length < wanted) {
      const { port1, port2 } = new MessageChannel();
      launch({ port: port2, signals });
      port1.unref();
      ports.push(port1);
    }
  }

  /** Gives all outcomes that are there to their runs; those of runs that were given up go nowhere. */
  function receive(): void {
    for (const port of ports) {
      for (;;) {
        const received = receiveMessageOnPort(port);
        if (received === undefined) break;
        const outcome = received.message as TaskOutcome;
        inProgress.get(outcome.run)?.take(port, outcome);
      }
    }
  }

  function endWhenIdle(): void {
    if (!isToEnd || inProgress.size > 0) return;
    isToEnd = false;
    Atomics.store(signals, 1, 1);
    for (const port of ports) send(port, RELEASE);
    ports = [];
    signals = newSignals();
  }

  return {
    count,
    start: () => launchUpTo(count - 1),
    release() {
      isToEnd = true;
      endWhenIdle();
    },
    allocate: (words) => new Uint32Array(new SharedArrayBuffer(4 * words)),
    share(values) {
      const shared = new Float64Array(new SharedArrayBuffer(values.byteLength));
      shared.set(values);
      return shared;
    },
    *run<Input, Result>(
      task: ThreadTask<Input, Result>,
      inputs: Inputs<Input>,
      tell: (units: number) => Progress | undefined = () => undefined,
      finished?: (index: number, result: Result) => void,
    ): Steps<Result[]> {
      // A caller at work hears nothing: where results are awaited, it does nothing else.
      const isListening = finished !== undefined && count > 1;
      launchUpTo(isListening ? Math.min(count, inputs.length) : count - 1);
      const run = ++runs;
      const units = new Int32Array(new SharedArrayBuffer(4));
      let next = 0;
      let done = 0;
      let failure: TransferredError | undefined;
      const results = new Array<Result>(inputs.length);
      const told = (): Progress | undefined => tell(Atomics.load(units, 0));
      const finish = (index: number, result: Result): void => {
        results[index] = result;
        done++;
        finished?.(index, result);
      };
      const take = (): number | undefined => (next < inputs.length ? next++ : undefined);
      const deal = (port: MessagePort): void => {
        const index = take();
        if (index === undefined) return;
        send(port, { run, task: task.name, index, input: inputs.at(index), units });
      };
      inProgress.set(run, {
        take(port, outcome) {
          if ('error' in outcome) {
            failure = outcome.error;
            return;
          }
          deal(port);
          finish(outcome.index, outcome.result as Result);
        },
      });
      try {
        let mine = isListening ? undefined : take();
        for (const port of ports) deal(port);
        while (done < inputs.length) {
          const seen = Atomics.load(signals, 0);
          if (mine !== undefined) {
            const result = yield* counted(task.run(inputs.at(mine) as Input), () => {
              Atomics.add(units, 0, 1);
              return told();
            });
            finish(mine, result);
          }
          receive();
          if (failure !== undefined) throw restoreError(failure);
          yield told();
          mine = isListening ? undefined : take();
          const isIdle = mine === undefined && done < inputs.length && failure === undefined;
          if (isIdle) Atomics.wait(signals, 0, seen, WAIT_MILLISECONDS);
        }
        return results;
      } finally {
        inProgress.delete(run);
        // What its threads still do is of no use to anyone.
        if (done < inputs.length) isToEnd = true;
        endWhenIdle();
      }
    },
  };
}
