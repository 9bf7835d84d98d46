/** The main thread's side of `distant-queue.ts`: gives a job's tasks to the coordinator, and it the results. */
import type { Coordinator } from '../../cluster/coordinator.js';
import { listed } from '../../core/listed.js';
import type { DistantOutcome, DistantTask, QueueStart } from './distant-queue.js';

export interface ServedQueue {
  /** For the progress line: who works. */
  detail(): string | undefined;
  /** What there is to say in the end; undefined if nothing was done. */
  summary(): string | undefined;
  close(): Promise<void>;
}

/** Serves the port of a job until it is closed. */
export function serveQueue(
  { port, signals, options }: QueueStart,
  { fail, notice }: { fail(error: Error): void; notice(text: string): void },
): ServedQueue {
  const waiting: DistantTask[] = [];
  let coordinator: Coordinator | undefined;
  let isClosed = false;
  port.on('message', (task: DistantTask) => {
    if (coordinator === undefined) waiting.push(task);
    else coordinator.submit(task.task, task.index, task.input);
  });
  const opening = (async () => {
    const { openCoordinator } = await import('../../cluster/coordinator.js');
    const opened = await openCoordinator(options.place, {
      accept(index, result) {
        port.postMessage({ index, result } satisfies DistantOutcome);
        Atomics.add(signals, 0, 1);
        Atomics.notify(signals, 0);
      },
      fail,
      notice,
      ...(options.attached && { attached: options.attached }),
    });
    if (isClosed) {
      await opened.close();
      return;
    }
    coordinator = opened;
    for (const { task, index, input } of waiting) opened.submit(task, index, input);
  })();
  opening.catch((error: unknown) => {
    if (!isClosed) fail(error instanceof Error ? error : new Error(String(error)));
  });

  return {
    detail() {
      const workers = [...(coordinator?.summary().workers ?? [])];
      return workers.length === 0
        ? undefined
        : listed(
            workers.map(([name, done]) => `${name}: ${done}`),
            'workers',
            ', ',
          );
    },
    summary() {
      const all = coordinator?.summary();
      if (all === undefined || all.jobs === 0) return undefined;
      const { jobs, reruns, workers, lost } = all;
      const some = (count: number, what: string): string =>
        `${count} ${what}${count === 1 ? '' : 's'}`;
      return `${some(jobs, 'job')} by ${some(workers.size, 'worker')}, ${reruns} run again, ${some(lost, 'worker')} lost`;
    },
    async close() {
      isClosed = true;
      port.close();
      await coordinator?.close();
    },
  };
}
