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
import type { Steps } from '../../core/steps.js';
import type { Threads, ThreadTask } from '../../core/threads.js';
import { restoreError, type TransferredError } from './transferred-error.js';

/** To a thread. */
export interface TaskMessage {
  /** Tells the outcomes of a run that was given up from those of the next. */
  readonly run: number;
  readonly task: string;
  readonly index: number;
  readonly input: unknown;
}

/** From a thread. */
export type TaskOutcome = { readonly run: number; readonly index: number } & (
  | { readonly result: unknown }
  | { readonly error: TransferredError }
);

/** What a thread is started with. */
export interface ThreadStart {
  readonly port: MessagePort;
  /** Word 0 counts outcomes, word 1 units of work done, word 2 is 1 once the thread is to end. */
  readonly signals: Int32Array;
}

/** Sent to a thread in place of a task: it is to end. */
export const RELEASE = 'release';

/** Whether a thread's end was asked for. */
export function isReleased({ signals }: ThreadStart): boolean {
  return Atomics.load(signals, 2) === 1;
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

/**
 * `count` threads, the caller among them unless it only listens; started by `start` or when they are
 * first needed. Each gets a task, then the next one when it is done: up to `count` inputs, those of a run
 * go to the same threads as those of the run before.
 */
export function workerThreads(count: number, launch: LaunchThread): WorkerThreads {
  const newSignals = (): Int32Array => new Int32Array(new SharedArrayBuffer(12));
  let signals = newSignals();
  let ports: MessagePort[] = [];
  let runs = 0;

  function launchUpTo(wanted: number): void {
    while (ports.length < wanted) {
      const { port1, port2 } = new MessageChannel();
      launch({ port: port2, signals });
      port1.unref();
      ports.push(port1);
    }
  }

  /** Takes all outcomes of a run that are there. */
  function receive(run: number, take: (port: MessagePort, outcome: TaskOutcome) => void): void {
    for (const port of ports) {
      for (;;) {
        const received = receiveMessageOnPort(port);
        if (received === undefined) break;
        const outcome = received.message as TaskOutcome;
        if (outcome.run === run) take(port, outcome);
      }
    }
  }

  return {
    count,
    start: () => launchUpTo(count - 1),
    release() {
      Atomics.store(signals, 2, 1);
      for (const port of ports) send(port, RELEASE);
      ports = [];
      signals = newSignals();
    },
    allocate: (words) => new Uint32Array(new SharedArrayBuffer(4 * words)),
    share(values) {
      const shared = new Float64Array(new SharedArrayBuffer(values.byteLength));
      shared.set(values);
      return shared;
    },
    *run<Input, Result>(
      task: ThreadTask<Input, Result>,
      inputs: readonly Input[],
      tell: (units: number) => Progress | undefined = () => undefined,
      finished?: (index: number, result: Result) => void,
    ): Steps<Result[]> {
      // A caller at work hears nothing: where results are awaited, it does nothing else.
      const isListening = finished !== undefined && count > 1;
      launchUpTo(isListening ? Math.min(count, inputs.length) : count - 1);
      const run = ++runs;
      const base = Atomics.load(signals, 1);
      let own = 0;
      let next = 0;
      let done = 0;
      const results = new Array<Result>(inputs.length);
      const told = (): Progress | undefined => tell(own + Atomics.load(signals, 1) - base);
      const finish = (index: number, result: Result): void => {
        results[index] = result;
        done++;
        finished?.(index, result);
      };
      const take = (): number | undefined => (next < inputs.length ? next++ : undefined);
      const deal = (port: MessagePort): void => {
        const index = take();
        if (index !== undefined) send(port, { run, task: task.name, index, input: inputs[index] });
      };
      let mine = isListening ? undefined : take();
      for (const port of ports) deal(port);
      while (done < inputs.length) {
        const seen = Atomics.load(signals, 0);
        if (mine !== undefined) {
          const steps = task.run(inputs[mine]);
          let step = steps.next();
          for (; step.done !== true; step = steps.next()) {
            own++;
            yield told();
          }
          finish(mine, step.value);
        }
        receive(run, (port, outcome) => {
          if ('error' in outcome) throw restoreError(outcome.error);
          deal(port);
          finish(outcome.index, outcome.result as Result);
        });
        yield told();
        mine = isListening ? undefined : take();
        const isIdle = mine === undefined && done < inputs.length;
        if (isIdle) Atomics.wait(signals, 0, seen, WAIT_MILLISECONDS);
      }
      return results;
    },
  };
}
