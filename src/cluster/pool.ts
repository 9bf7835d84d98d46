/** The threads of a worker process: each computes one job at a time, within limits of memory and time. */
import { Worker } from 'node:worker_threads';
import type { ThreadAnswer, ThreadRequest } from './job-thread.js';

export interface PoolOptions {
  readonly threads: number;
  /** Where tickets lie by their digests. */
  readonly folder: string | null;
  /** Bytes that a proof may take. */
  readonly memory: number;
  /** Most seconds of a job. */
  readonly seconds: number;
}

export interface ThreadPool {
  run(request: ThreadRequest): Promise<ThreadAnswer>;
  close(): Promise<void>;
}

/** What a thread's heap may hold; arrays of numbers are outside of it, and counted by the tasks. */
const HEAP_MEGABYTES = 4096;

export function threadPool({ threads, folder, memory, seconds }: PoolOptions): ThreadPool {
  const idle: Worker[] = [];
  const waiting: ((worker: Worker) => void)[] = [];
  let count = 0;

  function take(): Promise<Worker> {
    const worker = idle.pop();
    if (worker !== undefined) return Promise.resolve(worker);
    if (count < threads) {
      count++;
      return Promise.resolve(launch());
    }
    return new Promise((resolve) => waiting.push(resolve));
  }

  function launch(): Worker {
    const worker = new Worker(new URL('./job-thread.js', import.meta.url), {
      workerData: { folder, memory },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
    });
    // Between two jobs nobody listens; the next one finds it ended.
    worker.on('error', () => undefined);
    return worker;
  }

  function give(worker: Worker): void {
    const next = waiting.shift();
    if (next !== undefined) next(worker);
    else idle.push(worker);
  }

  function ask(worker: Worker, request: ThreadRequest): Promise<ThreadAnswer | Error> {
    return new Promise((resolve) => {
      const end = (answer: ThreadAnswer | Error): void => {
        clearTimeout(timer);
        worker.off('message', end).off('error', end).off('exit', exited);
        resolve(answer);
      };
      const exited = (code: number): void => end(new Error(`the thread ended with code ${code}`));
      const timer = setTimeout(() => {
        void worker.terminate();
        end({ problem: `it took more than ${seconds} s`, isFinal: false });
      }, 1000 * seconds);
      worker.on('message', end).on('error', end).on('exit', exited);
      try {
        worker.postMessage(request);
      } catch (error) {
        end({ problem: `it cannot be handed to a thread (${error})`, isFinal: true });
      }
    });
  }

  return {
    async run(request) {
      const worker = await take();
      const answer = await ask(worker, request);
      if (answer instanceof Error || ('problem' in answer && !answer.isFinal)) {
        // What it holds may be broken, or all that there is: the next job has a new one.
        void worker.terminate();
        give(launch());
      } else give(worker);
      return answer instanceof Error ? { problem: answer.message, isFinal: false } : answer;
    },
    async close() {
      await Promise.all(idle.map((worker) => worker.terminate()));
    },
  };
}
