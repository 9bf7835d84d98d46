/**
 * Worker threads for a job that runs synchronously: it gives out tasks, does one itself and waits for
 * the others by `Atomics.wait`, so nothing of it has to be asynchronous. Only for use in a worker: the
 * main thread stays free for progress and signals, and its `terminate` stops these threads too.
 */
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import type { Threads } from '../core/threads.js';
import { restoreError, type TransferredError } from './job.js';

/** To a thread. */
export interface TaskMessage {
  readonly task: string;
  readonly index: number;
  readonly input: unknown;
}

/** From a thread. */
export type TaskOutcome =
  | { readonly index: number; readonly result: unknown }
  | { readonly index: number; readonly error: TransferredError };

/** What a thread is started with. `signals[0]` counts outcomes, `signals[1]` units of work done. */
export interface ThreadStart {
  readonly port: MessagePort;
  readonly signals: Int32Array;
}

/** How often a waiting caller reports progress. */
const WAIT_MILLISECONDS = 80;

export interface WorkerThreads extends Threads {
  /** Starts the threads, which takes some 50 ms that other work can fill. */
  start(): void;
}

/** `count` threads, the caller among them; started by `start` or when they are first needed. */
export function workerThreads(count: number): WorkerThreads {
  const signals = new Int32Array(new SharedArrayBuffer(8));
  const ports: MessagePort[] = [];

  function start(): void {
    while (ports.length < count - 1) {
      const { port1, port2 } = new MessageChannel();
      const workerData: ThreadStart = { port: port2, signals };
      const worker = new Worker(new URL('./thread.js', import.meta.url), {
        workerData,
        transferList: [port2],
      });
      worker.unref();
      port1.unref();
      ports.push(port1);
    }
  }

  return {
    count,
    start,
    allocate: (words) => new Uint32Array(new SharedArrayBuffer(4 * words)),
    run<Input, Result>(
      task: { readonly name: string; run(input: Input, tick: () => void): Result },
      inputs: readonly Input[],
      ticked?: (ticks: number) => void,
    ): Result[] {
      start();
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
        const message: TaskMessage = { task: task.name, index, input };
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
