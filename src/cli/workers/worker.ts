/** The worker's side: runs one job and reports. Started by `run-in-worker.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Progress, Stage } from '../../core/progress.js';
import { loadJob } from '../jobs/index.js';
import { type JobMessage, JobStopped } from './job.js';
import type { ThreadStart } from './threads.js';
import { transferError } from './transferred-error.js';

const { name, options, stop, taken } = workerData as {
  name: keyof typeof loadJob;
  options: unknown;
  /** One word, set to 1 by the main thread: read without an event loop, in the midst of the work. */
  stop: Int32Array;
  /** Chunks of output that were taken, and 1 once nobody takes any. */
  taken: Int32Array;
};

function say(message: JobMessage): void {
  parentPort?.postMessage(message);
}

let printed = 0;

/** Gives a chunk to the main thread and sleeps until it has written it: no more than one waits there. */
function print(chunk: Uint8Array): boolean {
  printed++;
  parentPort?.postMessage({ type: 'output', chunk } satisfies JobMessage, [
    chunk.buffer as ArrayBuffer,
  ]);
  for (let count = Atomics.load(taken, 0); count < printed; count = Atomics.load(taken, 0)) {
    Atomics.wait(taken, 0, count);
  }
  return Atomics.load(taken, 1) === 0;
}

/** Messages wake the main thread: more often than a person sees, they only cost both threads time. */
const PROGRESS_MILLISECONDS = 50;

/** Says how far the job is: at the start and the end of every stage, and now and then. */
function progressTeller(): Progress {
  let toldStage: Stage | undefined;
  let toldAt = 0;
  return (stage, done, total, detail) => {
    const now = performance.now();
    const news = stage !== toldStage || done === 0 || done === total;
    if (!news && now - toldAt < PROGRESS_MILLISECONDS) return;
    toldStage = stage;
    toldAt = now;
    const report = { stage, done, total, ...(detail === undefined ? {} : { detail }) };
    say({ type: 'progress', report });
  };
}

try {
  const progress = progressTeller();
  // Every job begins with its files.
  progress('read', 0, 0);
  const job = (await loadJob[name]()) as (options: unknown, context: object) => unknown;
  const value = await job(options, {
    progress,
    notice: (text: string) => say({ type: 'notice', text }),
    print,
    launchThread: (start: ThreadStart) =>
      parentPort?.postMessage({ type: 'thread', start } satisfies JobMessage, [start.port]),
    stopRequested: () => Atomics.load(stop, 0) !== 0,
    tell: (news: unknown, chunks: readonly Uint8Array[] = []) =>
      parentPort?.postMessage(
        { type: 'news', news } satisfies JobMessage,
        chunks.map(({ buffer }) => buffer as ArrayBuffer),
      ),
  });
  say({ type: 'result', value });
} catch (error) {
  if (error instanceof JobStopped) say({ type: 'stopped' });
  else say({ type: 'error', error: transferError(error) });
}
