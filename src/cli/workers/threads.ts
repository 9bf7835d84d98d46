/**
 * Worker threads for a job that runs synchronously: it gives out tasks, does one itself and waits for
 * the others by `Atomics.wait`, so nothing of it has to be asynchronous. The threads are launched, and
 * watched, by whoever has an event loop to hear of their end: the main thread, which also terminates them.
 */
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import type { Threads } from '../../core/threads.js';
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

/** How often a waiting caller reports progress. */
const WAIT_MILLISECONDS = 80;

export interface WorkerThreads extends Threads {
  /** Starts the threads, which takes some 50 ms that other work can fill. */
  start(): void;
  release(): void;
}

/** `count` threads, the caller among them; started by `start` or when they are first needed. */
export function workerThreads(count: number, launch: LaunchThread): WorkerThreads {
  const newSignals = (): Int32Array => new Int32Array(new SharedArrayBuffer(12));
  let signals = newSignals();
  let ports: MessagePort[] = [];
  let runs = 0;

  function start(): void {
    while (ports.length < count - 1) {
      const { port1, port2 } = new MessageChannel();
      launch({ port: port2, signals });
      port1.unref();
      ports.push(port1);
    }
  }

  return {
    count,
    start,
    release() {
      Atomics.store(signals, 2, 1);
      for (const port of ports) port.postMessage(RELEASE);
      ports = [];
      signals = newSignals();
    },
    allocate: (words) => new Uint32Array(new SharedArrayBuffer(4 * words)),
    share(values) {
      const shared = new Float64Array(new SharedArrayBuffer(values.byteLength));
      shared.set(values);
      return shared;
    },
    run<Input, Result>(
      task: { readonly name: string; run(input: Input, tick: () => void): Result },
      inputs: readonly Input[],
      ticked?: (ticks: number) => void,
    ): Result[] {
      start();
      const run = ++runs;
      const base = Atomics.load(signals, 1);
      let own = 0;
      const report = (): void => ticked?.(own + Atomics.load(signals, 1) - base);
      const results = new Array<Result>(inputs.length);
      // Dealt out in turn, the first to the caller: tasks are meant to be alike in size.
      const mine: number[] = [];
      let waitingFor = 0;
      inputs.forEach((input, index) => {
        if (index % count === 0) {
          mine.push(index);
          return;
        }
        const message: TaskMessage = { run, task: task.name, index, input };
        ports[(index % count) - 1].postMessage(message);
        waitingFor++;
      });
      for (const index of mine) {
        results[index] = task.run(inputs[index], () => {
          own++;
          report();
        });
      }
      while (waitingFor > 0) {
        const seen = Atomics.load(signals, 0);
        for (const port of ports) {
          for (;;) {
            const received = receiveMessageOnPort(port);
            if (received === undefined) break;
            const outcome = received.message as TaskOutcome;
            if (outcome.run !== run) continue;
            if ('error' in outcome) throw restoreError(outcome.error);
            results[outcome.index] = outcome.result as Result;
            waitingFor--;
          }
        }
        report();
        if (waitingFor > 0) Atomics.wait(signals, 0, seen, WAIT_MILLISECONDS);
      }
      return results;
    },
  };
}
