/** The page's end of the protocol: a promise for each call, with steps on the way and a signal to cancel. */
import type { FromWorker, Step, TaskName, Tasks, ToWorker } from '../worker/protocol.js';

/** What a worker's task failed with, in its words. */
export class TaskError extends Error {
  readonly problem: string;
  readonly remedy: string;
  constructor(name: string, message: string, problem: string, remedy: string) {
    super(message);
    this.name = name;
    this.problem = problem;
    this.remedy = remedy;
  }
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onStep?: (step: Step) => void;
}

export interface WorkerClient {
  call<Name extends TaskName>(
    task: Name,
    request: Tasks[Name]['request'],
    options?: CallOptions,
  ): Promise<Tasks[Name]['result']>;
  /** Ends the worker and all that it holds. */
  end(): void;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onStep?: ((step: Step) => void) | undefined;
}

export function workerClient(worker: Worker): WorkerClient {
  const waiting = new Map<number, Waiting>();
  let next = 1;
  const failAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    const call = waiting.get(data.id);
    if (call === undefined) return;
    if (data.kind === 'step') {
      call.onStep?.(data.step);
      return;
    }
    waiting.delete(data.id);
    if (data.kind === 'done') call.resolve(data.result);
    else {
      const { name, message, problem = message, remedy = '' } = data.error;
      call.reject(new TaskError(name, message, problem, remedy));
    }
  });
  worker.addEventListener('error', (event) => {
    failAll(new TaskError('Error', event.message || 'the worker failed', 'the worker failed', ''));
  });
  const post = (message: ToWorker): void => worker.postMessage(message);
  return {
    call(task, request, { signal, onStep } = {}) {
      return new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, {
          resolve: resolve as (result: unknown) => void,
          reject,
          onStep,
        });
        post({ kind: 'call', id, task, request });
        signal?.addEventListener('abort', () => post({ kind: 'cancel', id }), { once: true });
      });
    },
    end() {
      worker.terminate();
      failAll(new TaskError('AbortError', 'ended', 'ended', ''));
    },
  };
}

export function startWorker(): WorkerClient {
  return workerClient(
    new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' }),
  );
}
