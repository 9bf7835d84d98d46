/** The worker's end of the protocol: calls come in, steps and results go out, and a call can be cancelled. */
import type { FromWorker, Step, TaskName, Tasks, ToWorker } from './protocol.js';

export interface Watched {
  readonly signal: AbortSignal;
  readonly onStep: (step: Step) => void;
}

export type Handlers = {
  readonly [Name in TaskName]?: (
    request: Tasks[Name]['request'],
    watched: Watched,
  ) => Promise<Tasks[Name]['result']> | Tasks[Name]['result'];
};

/** An error as it crosses to the page: those of the library say what is wrong and what to do. */
function toldError(error: unknown): Extract<FromWorker, { kind: 'failed' }>['error'] {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, problem, remedy } = error as Error & {
    readonly problem?: string;
    readonly remedy?: string;
  };
  return {
    name,
    message,
    ...(problem !== undefined && { problem }),
    ...(remedy !== undefined && { remedy }),
  };
}

/** Answers the page's calls; calls of one worker may overlap. */
export function serve(handlers: Handlers): void {
  const running = new Map<number, AbortController>();
  const tell = (message: FromWorker): void => {
    self.postMessage(message);
  };
  self.addEventListener('message', async ({ data }: MessageEvent<ToWorker>) => {
    const { id } = data;
    if (data.kind === 'cancel') {
      running.get(id)?.abort(new DOMException('cancelled', 'AbortError'));
      return;
    }
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const handler = handlers[data.task] as
        | ((request: unknown, watched: Watched) => unknown)
        | undefined;
      if (handler === undefined) throw new Error(`no task ${data.task}`);
      const result = await handler(data.request, {
        signal: controller.signal,
        onStep: (step) => tell({ kind: 'step', id, step }),
      });
      tell({ kind: 'done', id, result });
    } catch (error) {
      tell({ kind: 'failed', id, error: toldError(error) });
    } finally {
      running.delete(id);
    }
  });
}
