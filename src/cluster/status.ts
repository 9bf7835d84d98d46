/** What is in a queue, and taking it out. */
import { markCancelled } from './cancel.js';
import { type Engine, openEngine } from './engine.js';
import { ownVersion, queueName } from './jobs.js';
import type { QueuePlace } from './place.js';
import { TASK_GROUPS, type TaskGroup } from './tasks/index.js';
import { inWords } from './trouble.js';
import { type WorkerRecord, workersOf } from './workers.js';

export interface QueueStatus {
  readonly tasks: Readonly<Record<TaskGroup, Readonly<Record<string, number>>>>;
  readonly workers: readonly WorkerRecord[];
}

const STATES = ['waiting', 'active', 'delayed', 'completed', 'failed'] as const;

/** Opens a queue for one question. Rejects with a `UsageError` where the server refuses. */
async function asked<T>(
  place: QueuePlace,
  writes: boolean,
  ask: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await openEngine(place, { writes, report: () => undefined });
  try {
    return await ask(engine);
  } catch (error) {
    throw inWords(error, place);
  } finally {
    await engine.close();
  }
}

/** Counts of jobs of this version by state, and the workers. */
export function queueStatus(place: QueuePlace): Promise<QueueStatus> {
  return asked(place, false, async (engine) => {
    const tasks: Partial<Record<TaskGroup, Record<string, number>>> = {};
    for (const [group, name] of Object.entries(TASK_GROUPS)) {
      const queue = engine.queue(queueName({ name }, ownVersion()));
      tasks[group as TaskGroup] = await queue.getJobCounts(...STATES);
    }
    return { tasks: tasks as QueueStatus['tasks'], workers: await workersOf(engine.client) };
  });
}

/**
 * Takes all jobs of this version out, done or not; returns how many. Who waits for some ends, and what runs is
 * finished in vain.
 */
export function cancelJobs(place: QueuePlace): Promise<number> {
  return asked(place, true, async (engine) => {
    // First, or those who wait would take the jobs for lost, and add them again.
    await markCancelled(engine.client, ownVersion());
    let count = 0;
    for (const name of Object.values(TASK_GROUPS)) {
      const queue = engine.queue(queueName({ name }, ownVersion()));
      const counts = await queue.getJobCounts(...STATES);
      count += Object.values(counts).reduce((sum, each) => sum + each, 0);
      await queue.obliterate({ force: true });
    }
    return count;
  });
}
