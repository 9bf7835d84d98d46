/** The fixed list of what a worker does for others, loaded when it is asked for. */
import type { QueueTask } from '../../core/tasks.js';

/** What the command line calls them. */
export const TASK_GROUPS = { study: 'study point', verify: 'proof range' } as const;
export type TaskGroup = keyof typeof TASK_GROUPS;

type Loader = () => Promise<QueueTask<unknown, unknown>>;

const TASKS: Readonly<Record<string, Loader>> = {
  'study point': async () =>
    (await import('../../study/studies.js')).pointTask as QueueTask<unknown, unknown>,
  'proof range': async () =>
    (await import('./proof-range.js')).proofRangeTask as QueueTask<unknown, unknown>,
};

/** The task of that name; undefined where there is none. */
export async function loadTask(name: string): Promise<QueueTask<unknown, unknown> | undefined> {
  return Object.hasOwn(TASKS, name) ? await (TASKS[name] as Loader)() : undefined;
}
