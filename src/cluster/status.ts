/** What is in a queue, and taking it out. */
import { openEngine } from './engine.js';
import { ownVersion, queueName } from './jobs.js';
import type { QueuePlace } from './place.js';
import { TASK_GROUPS, type TaskGroup } from './tasks/index.js';
import { type WorkerRecord, workersOf } from './workers.js';

export interface QueueStatus {
  readonly tasks: Readonly<Record<TaskGroup, Readonly<Record<string, number>>>>;
  readonly workers: readonly WorkerRecord[];
}

const STATES = ['waiting', 'active', 'delayed', 'completed', 'failed'] as const;

/** Counts of jobs of this version by state, and the workers. */
export async function queueStatus(place: QueuePlace): Promise<QueueStatus> {
  const engine = await openEngine(place, () => undefined);
  try {
    const tasks: Partial<Record<TaskGroup, Record<string, number>>> = {};
    for (const [group, name] of Object.entries(TASK_GROUPS)) {
      const queue = engine.queue(queueName({ name }, ownVersion()));
      tasks[group as TaskGroup] = await queue.getJobCounts(...STATES);
    }
    return { tasks: tasks as QueueStatus['tasks'], workers: await workersOf(engine.client) };
  } finally {
    await engine.close();
  }
}

/** Takes all jobs of this version out, done or not; returns how many. What runs is finished in vain. */
export async function cancelJobs(place: QueuePlace): Promise<number> {
  const engine = await openEngine(place, () => undefined);
  try {
    let count = 0;
    for (const name of Object.values(TASK_GROUPS)) {
      const queue = engine.queue(queueName({ name }, ownVersion()));
      const counts = await queue.getJobCounts(...STATES);
      count += Object.values(counts).reduce((sum, each) => sum + each, 0);
      await queue.obliterate({ force: true });
    }
    return count;
  } finally {
    await engine.close();
  }
}
