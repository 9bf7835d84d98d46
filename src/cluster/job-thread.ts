/**
 * The thread that computes for a worker, and does nothing else: what holds a job's lock has to answer the
 * server while it runs. Checks what it is asked against the task before it begins.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { complete } from '../core/steps.js';
import { checkedWith } from '../core/zod.js';
import { refusalIn } from './jobs.js';
import { filesIn } from './tasks/files.js';
import { loadTask } from './tasks/index.js';

export interface ThreadRequest {
  readonly task: string;
  readonly results: number;
  readonly input: unknown;
}

/** `isFinal`: it will be the same however often it is tried. */
export type ThreadAnswer =
  | { readonly result: unknown }
  | { readonly problem: string; readonly isFinal: boolean };

const { folder, memory } = workerData as { folder: string | null; memory: number };
filesIn({ folder, memory });

async function answerTo({ task: name, results, input }: ThreadRequest): Promise<ThreadAnswer> {
  const refuse = (problem: string): ThreadAnswer => ({ problem, isFinal: true });
  const task = await loadTask(name);
  if (task === undefined) return refuse('no such task is known here');
  if (task.version !== results) {
    return refuse(
      `results of version ${results} are asked for, and here are those of ${task.version}`,
    );
  }
  const checked = checkedWith(task.inputSchema, input);
  if (!checked.success) {
    return refuse(`the input is refused: ${checked.error.issues[0]?.message ?? 'it is none'}`);
  }
  try {
    return {
      result:
        'perform' in task ? await task.perform(checked.data) : complete(task.run(checked.data)),
    };
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal !== undefined) return refuse(JSON.stringify(refusal));
    return { problem: error instanceof Error ? error.message : String(error), isFinal: false };
  }
}

parentPort?.on('message', async (request: ThreadRequest) => {
  parentPort?.postMessage(await answerTo(request));
});
