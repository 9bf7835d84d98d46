/** The main thread's side: starts a job's worker, shows its progress, and stops it on Ctrl-C. */
import process from 'node:process';
import type { Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { Interrupted, onSignals } from '../exit-guard.js';
import { refuseFolderAsInput } from '../files/standard-input.js';
import type { Jobs, NewsOf } from '../jobs/index.js';
import { outputIsClosed } from '../standard-streams.js';
import { unreadable } from '../system-error.js';
import { printNote } from '../text/print.js';
import { sharedProgressLine } from '../text/progress.js';
import type { JobMessage } from './job.js';
import { isReleased, launchThread } from './threads.js';
import { restoreError } from './transferred-error.js';

/** How a job that watches `stopRequested` is stopped. */
export interface StoppableJob<News> {
  /** What the job tells on its way, in order, also what it told before it was ended. */
  hear(news: News): void;
  /** At a second signal, before the process ends. */
  lastly(): void;
}

/** Time for a job that was asked to stop; then it is ended where it is. */
const GRACE_MILLISECONDS = 250;

export interface JobOptions<News> {
  /** For a job that watches `stopRequested`: the first signal asks it to stop. */
  readonly stoppable?: StoppableJob<News>;
  /** Which of several alike jobs of a command this is: told with its progress. */
  readonly label?: string;
  /** The job reads standard input. */
  readonly readsInput?: boolean;
}

/** Runs a job to its result. Notices go to stderr, one line each. Rejects with `Interrupted` at a signal. */
export function runJob<Name extends keyof Jobs>(
  name: Name,
  options: Jobs[Name]['options'],
  { stoppable, label, readsInput = false }: JobOptions<NewsOf<Name>> = {},
): Promise<Jobs[Name]['result']> {
  if (readsInput) refuseFolderAsInput();
  const line = sharedProgressLine();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const taken = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { name, options, stop, taken },
    stdin: readsInput,
  });
  const threads: Worker[] = [];
  return new Promise((resolve, reject) => {
    let ended = false;
    const end = (action: () => void): void => {
      if (ended) return;
      ended = true;
      line.clear();
      // What is still to be read would keep the process waiting for it.
      if (readsInput) process.stdin.destroy();
      const threadsEnd = [worker, ...threads].map((each) => each.terminate());
      // Until they have ended, a second signal is still this work's.
      void Promise.all(threadsEnd).then(() => {
        release();
        action();
      });
    };
    const fail = (error: Error): void => end(() => reject(error));
    let interrupted: Interrupted | null = null;
    const release = onSignals({
      interrupt(signal) {
        const reason = new Interrupted(signal);
        interrupted = reason;
        Atomics.store(stop, 0, 1);
        if (stoppable === undefined) fail(reason);
        else setTimeout(() => fail(reason), GRACE_MILLISECONDS).unref();
      },
      ...(stoppable && { lastly: stoppable.lastly }),
    });
    const watch = (each: Worker, mayEnd: () => boolean): void => {
      each.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
      each.on('exit', (code) => {
        if (!mayEnd()) fail(new Error(`a worker ended with exit code ${code}`));
      });
    };
    worker.on('message', (message: JobMessage) => {
      switch (message.type) {
        case 'progress':
          if (ended) break;
          line.update(label === undefined ? message.report : { ...message.report, label });
          break;
        case 'thread': {
          if (ended) break;
          const thread = launchThread(message.start);
          threads.push(thread);
          watch(thread, () => isReleased(message.start));
          break;
        }
        case 'notice':
          line.clear();
          printNote(message.text);
          break;
        case 'output':
          line.clear();
          process.stdout.write(message.chunk, () => {
            if (outputIsClosed()) Atomics.store(taken, 1, 1);
            Atomics.add(taken, 0, 1);
            Atomics.notify(taken, 0);
          });
          break;
        case 'news':
          // Also after the end: what was told before it.
          try {
            stoppable?.hear(message.news as NewsOf<Name>);
          } catch (error) {
            fail(error instanceof Error ? error : new Error(String(error)));
          }
          break;
        case 'stopped':
          fail(interrupted ?? new Error('the job stopped unasked'));
          break;
        case 'result':
          end(() => resolve(message.value as Jobs[Name]['result']));
          break;
        case 'error':
          fail(restoreError(message.error));
      }
    });
    watch(worker, () => false);
    if (readsInput) {
      const refuse = (error: unknown): void => fail(unreadable(error).inFile('standard input'));
      process.stdin.on('error', refuse).pipe(worker.stdin as Writable);
    }
  });
}
