/** Computes the points of a study on several threads; Ctrl-C stops them at once. */
import { Worker } from 'node:worker_threads';
import type { StudyName } from '../../study/studies.js';
import type { JsonRecord } from '../../study/study.js';
import { Interrupted, onSignals } from '../exit-guard.js';
import { sharedProgressLine } from '../text/progress.js';
import { restoreError, type TransferredError } from './transferred-error.js';

export type PoolMessage =
  | { readonly type: 'result'; readonly index: number; readonly result: JsonRecord }
  | { readonly type: 'error'; readonly error: TransferredError };

export interface PoolOptions {
  readonly study: StudyName;
  readonly points: readonly JsonRecord[];
  readonly threads: number;
  /** Points of the whole study that are done already, for the progress bar. */
  readonly before: number;
  /** Called on the main thread, in the order in which points are done. */
  onResult(index: number, result: JsonRecord): void;
}

/** Ends when every point is done; rejects with the first error, or `Interrupted` at a signal. */
export function runPool({ study, points, threads, before, onResult }: PoolOptions): Promise<void> {
  const line = sharedProgressLine();
  const workers: Worker[] = [];
  return new Promise((resolve, reject) => {
    let next = 0;
    let done = 0;
    let ended = false;
    const tell = (): void =>
      line.update({
        stage: 'study',
        done: before + done,
        total: before + points.length,
        label: study,
      });
    const end = (action: () => void): void => {
      if (ended) return;
      ended = true;
      line.clear();
      void Promise.all(workers.map((worker) => worker.terminate())).then(() => {
        release();
        action();
      });
    };
    const fail = (error: unknown): void => end(() => reject(error));
    const release = onSignals({ interrupt: (signal) => fail(new Interrupted(signal)) });
    const give = (worker: Worker): void => {
      if (next < points.length) {
        worker.postMessage({ index: next, point: points[next] });
        next++;
      }
    };
    const receive = (worker: Worker, message: PoolMessage): void => {
      if (ended) return;
      if (message.type === 'error') {
        fail(restoreError(message.error));
        return;
      }
      try {
        onResult(message.index, message.result);
      } catch (error) {
        fail(error);
        return;
      }
      done++;
      tell();
      if (done === points.length) end(resolve);
      else give(worker);
    };
    if (points.length === 0) {
      end(resolve);
      return;
    }
    tell();
    for (let index = 0; index < Math.min(threads, points.length); index++) {
      const worker = new Worker(new URL('./study-worker.js', import.meta.url), {
        workerData: { study },
      });
      worker.on('message', (message: PoolMessage) => receive(worker, message));
      worker.on('error', fail);
      worker.on('exit', (code) => fail(new Error(`a worker ended with exit code ${code}`)));
      workers.push(worker);
      give(worker);
    }
  });
}
