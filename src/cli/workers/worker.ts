/** The worker's side: runs one job and reports. Started by `run-in-worker.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Progress } from '../../core/progress.js';
import { spaced } from '../../core/steps.js';
import { loadJob } from '../jobs/index.js';
import type { QueueStart } from './distant-queue.js';
import { type JobMessage, JobStopped } from './job.js';
import { provideNodeSha256 } from './node-sha256.js';
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

/** No event loop turns during the work to hear of an end by: every progress looks for it. */
const stopping = new AbortController();
// Messages wake the main thread: more often than a person sees, they only cost both threads time.
const tell = spaced((report) => say({ type: 'progress', report }));

function onProgress(progress: Progress): void {
  tell(progress);
  if (Atomics.load(stop, 0) !== 0) stopping.abort();
}

provideNodeSha256();
try {
  // Every job begins with its files.
  onProgress({ stage: 'read', done: 0, total: 0 });
  const job = (await loadJob[name]()) as (options: unknown, context: object) => unknown;
  const value = await job(options, {
    onProgress,
    notice: (text: string) => say({ type: 'notice', text }),
    print,
    launchThread: (start: ThreadStart) =>
      parentPort?.postMessage({ type: 'thread', start } satisfies JobMessage, [start.port]),
    openQueue: (start: QueueStart) =>
      parentPort?.postMessage({ type: 'queue', start } satisfies JobMessage, [start.port]),
    signal: stopping.signal,
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
