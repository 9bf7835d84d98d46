/** `unearth/node`, unstable: what needs Node: files, and threads that share the work of `find` and engines. */
import { launchThread, type WorkerThreads, workerThreads } from '../cli/workers/threads.js';
import { checkWhole } from '../core/arguments.js';

export { readModel as readModelFile } from '../cli/files/read-model.js';
export { readTicketFile } from '../cli/files/read-ticket.js';
export type { WorkerThreads };

/**
 * So many threads, the caller's among them, for the option `threads`. They are started when they are first
 * needed; `release()` ends them, and until then they keep the process alive.
 */
export function startThreads(count: number): WorkerThreads {
  checkWhole('count', count, 1, 1024);
  return workerThreads(count, (start) => {
    launchThread(start);
  });
}
