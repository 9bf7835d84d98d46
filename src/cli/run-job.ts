/** The main thread's side: starts a job's worker, shows its progress, and stops it on Ctrl-C. */
import { rmSync } from 'node:fs';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { type JobMessage, restoreError } from './job.js';
import type { Jobs } from './jobs/index.js';
import { printNote } from './print.js';
import { sharedProgressLine } from './progress.js';
import { launchThread } from './threads.js';

/** Thrown when a signal ended the job; the exit code is 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface JobOptions {
  /**
   * The job watches `stopRequested` and returns what it has: the first signal asks it to, the second
   * ends it like any other job.
   */
  readonly stoppable?: boolean;
  /** Which of several alike jobs of a command this is: told with its progress. */
  readonly label?: string;
}

/**
 * Runs a job to its result. `temporaries` are removed whenever it does not get there. Notices go to
 * stderr, one line each.
 */
export function runJob<Name extends keyof Jobs>(
  name: Name,
  options: Jobs[Name]['options'],
  temporaries: readonly string[] = [],
  { stoppable = false, label }: JobOptions = {},
): Promise<Jobs[Name]['result']> {
  const line = sharedProgressLine();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { name, options, stop },
  });
  const threads: Worker[] = [];
  const terminate = (): Promise<unknown> =>
    Promise.all([worker, ...threads].map((each) => each.terminate()));
  return new Promise((resolve, reject) => {
    let ended = false;
    const end = (action: () => void): void => {
      if (ended) return;
      ended = true;
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
      line.clear();
      action();
    };
    const fail = (error: Error): void =>
      end(() => {
        // Only when the threads have stopped can they no longer write what is removed here.
        void terminate().then(() => {
          for (const file of temporaries) rmSync(file, { force: true });
          reject(error);
        });
      });
    const interrupt = (): void => {
      const asked = Atomics.exchange(stop, 0, 1) !== 0;
      if (!stoppable || asked) fail(new Interrupted('interrupted'));
    };
    const watch = (each: Worker): void => {
      each.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
      each.on('exit', (code) => fail(new Error(`a worker ended with exit code ${code}`)));
    };
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
    worker.on('message', (message: JobMessage) => {
      switch (message.type) {
        case 'progress':
          line.update(label === undefined ? message.report : { ...message.report, label });
          break;
        case 'thread': {
          if (ended) break;
          const thread = launchThread(message.start);
          threads.push(thread);
          watch(thread);
          break;
        }
        case 'notice':
          line.clear();
          printNote(message.text);
          break;
        case 'result':
          end(() => {
            void terminate().then(() => resolve(message.value as Jobs[Name]['result']));
          });
          break;
        case 'error':
          fail(restoreError(message.error));
      }
    });
    watch(worker);
  });
}
