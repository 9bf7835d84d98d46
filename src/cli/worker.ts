/** The worker's side: runs one job and reports. Started by `run-job.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { type JobMessage, transferError } from './job.js';
import { loadJob } from './jobs/index.js';
import type { ThreadStart } from './threads.js';

const { name, options } = workerData as { name: keyof typeof loadJob; options: unknown };

function say(message: JobMessage): void {
  parentPort?.postMessage(message);
}

try {
  const job = (await loadJob[name]()) as (options: unknown, context: object) => unknown;
  const value = await job(options, {
    progress: (stage: string, done: number, total: number) =>
      say({ type: 'progress', stage, done, total }),
    notice: (text: string) => say({ type: 'notice', text }),
    launchThread: (start: ThreadStart) =>
      parentPort?.postMessage({ type: 'thread', start } satisfies JobMessage, [start.port]),
  });
  say({ type: 'result', value });
} catch (error) {
  say({ type: 'error', error: transferError(error) });
}
