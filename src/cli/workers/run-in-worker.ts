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
import type { ProgressReport } from '../text/progress-text.js';
import type { JobMessage } from './job.js';
import { type ServedQueue, serveQueue } from './serve-queue.js';
import { isReleased, launchThread } from './threads.js';
import { restoreError } from './transferred-error.js';

/** How a job that watches `stopRequested` is stopped. */
export interface StoppableJob {
  /** At a second signal, before the process ends. */
  lastly(): void;
}

/** Time for a job that was asked to stop; then it is ended where it is. */
const GRACE_MILLISECONDS = 250;

export interface JobOptions<News> {
  /** Gets what the job tells on its way, in order, also what it told before it was ended. */
  hear?(news: News): void;
  /** For a job that watches `stopRequested`: the first signal asks it to stop. */
  readonly stoppable?: StoppableJob;
  /** Which of several alike jobs of a command this is: told with its progress. */
  readonly label?: string;
  /** The job reads standard input. */
  readonly readsInput?: boolean;
}

/** A job's worker and the threads that it asked for: what befalls one of them ends them all. */
function workerGroup(fail: (error: Error) => void) {
  const workers: Worker[] = [];
  return {
    add(worker: Worker, mayEnd: () => boolean): void {
      workers.push(worker);
      worker.on('error', (error) => fail(asError(error)));
      worker.on('exit', (code) => {
        if (!mayEnd()) fail(new Error(`a worker ended with exit code ${code}`));
      });
    },
    terminate: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Writes to standard output for a job that sleeps meanwhile (`print` in worker.ts). */
function printFor(taken: Int32Array, chunk: Uint8Array): void {
  process.stdout.write(chunk, () => {
    if (outputIsClosed()) Atomics.store(taken, 1, 1);
    Atomics.add(taken, 0, 1);
    Atomics.notify(taken, 0);
  });
}

/** Runs a job to its result. Notices go to stderr, one line each. Rejects with `Interrupted` at a signal. */
export function runInWorker<Name extends keyof Jobs>(
  name: Name,
  options: Jobs[Name]['options'],
  { hear, stoppable, label, readsInput = false }: JobOptions<NewsOf<Name>> = {},
): Promise<Jobs[Name]['result']> {
  if (readsInput) refuseFolderAsInput();
  const line = sharedProgressLine();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const taken = new Int32Array(new SharedArrayBuffer(8));
  return new Promise((resolve, reject) => {
    let ended = false;
    let interrupted: Interrupted | null = null;
    const end = (action: () => void): void => {
      if (ended) return;
      ended = true;
      line.clear();
      // What is still to be read would keep the process waiting for it.
      if (readsInput) process.stdin.destroy();
      // Until they have ended, a second signal is still this work's.
      const said = queue?.summary();
      if (said !== undefined) printNote(said);
      void Promise.allSettled([group.terminate(), queue?.close()]).then(() => {
        release();
        action();
      });
    };
    const fail = (error: Error): void => end(() => reject(error));
    let queue: ServedQueue | undefined;
    const notice = (text: string): void => {
      line.clear();
      printNote(text);
    };
    const labelled = (report: ProgressReport): ProgressReport => {
      const detail = queue?.detail();
      return { ...report, ...(label !== undefined && { label }), ...(detail && { detail }) };
    };
    const group = workerGroup(fail);
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
    const receive = (message: JobMessage): void => {
      switch (message.type) {
        case 'progress':
          if (ended) break;
          line.update(labelled(message.report));
          break;
        case 'thread':
          if (ended) break;
          group.add(launchThread(message.start), () => isReleased(message.start));
          break;
        case 'queue':
          if (ended) break;
          queue = serveQueue(message.start, { fail, notice });
          break;
        case 'notice':
          notice(message.text);
          break;
        case 'output':
          line.clear();
          printFor(taken, message.chunk);
          break;
        case 'news':
          // Also after the end: what was told before it. All of it comes before the worker's own end.
          hear?.(message.news as NewsOf<Name>);
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
    };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: { name, options, stop, taken },
      stdin: readsInput,
    });
    group.add(worker, () => false);
    worker.on('message', (message: JobMessage) => {
      try {
        receive(message);
      } catch (error) {
        fail(asError(error));
      }
    });
    if (readsInput) {
      const refuse = (error: unknown): void => fail(unreadable(error).inFile('standard input'));
      process.stdin.on('error', refuse).pipe(worker.stdin as Writable);
    }
  });
}
