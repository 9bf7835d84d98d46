/** The fixed list of what a worker does for others, loaded when it is asked for. */
import type { PromisedTask, QueueTask } from '../../core/tasks.js';

/** What the command line calls them. */
export const TASK_GROUPS = {
  study: 'study point',
  verify: 'proof range',
  search: 'search run',
} as const;
export type TaskGroup = keyof typeof TASK_GROUPS;

/** Of inputs and results that its schemas have checked. */
export type AnyTask = QueueTask<unknown, unknown> | PromisedTask<unknown, unknown>;

type Loader = () => Promise<AnyTask>;

const TASKS: Readonly<Record<string, Loader>> = {
  'study point': async () => (await import('../../study/studies.js')).pointTask as AnyTask,
  'proof range': async () => (await import('./proof-range.js')).proofRangeTask as AnyTask,
  'search run': async () => (await import('./search-run.js')).searchRunTask as AnyTask,
};

/** The task of that name; undefined where there is none. */
export async function loadTask(name: string): Promise<AnyTask | undefined> {
  return Object.hasOwn(TASKS, name) ? await (TASKS[name] as Loader)() : undefined;
}
