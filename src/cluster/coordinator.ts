/**
 * The side that asks: one connection to the queue's server for the jobs of all tasks, the files that they name,
 * a look at who works, and a summary at the end.
 */
import { type Attachment, sendFile } from './blobs.js';
import { openEngine } from './engine.js';
import { ownVersion } from './jobs.js';
import { placeText, type QueuePlace } from './place.js';
import { type JobHooks, type TaskJobs, taskJobs } from './task-jobs.js';
import { workersOf } from './workers.js';

/** Milliseconds between two looks at the workers, and after which one hears that nobody works. */
const LOOK = 1000;
const PATIENCE = 3000;

export interface Summary {
  readonly jobs: number;
  /** How often a job was begun anew. */
  readonly reruns: number;
  /** Jobs done by each worker. */
  readonly workers: ReadonlyMap<string, number>;
  readonly lost: number;
}

export interface Coordinator {
  /** Asks for the result of an input, by its number. */
  submit(task: string, index: number, input: unknown): void;
  summary(): Summary;
  /** Leaves the queue; what is open stays in it. */
  close(): Promise<void>;
}

export interface CoordinatorOptions {
  /** The result of an input; each once. */
  accept(index: number, result: unknown): void;
  /** Nothing more will come. */
  fail(error: Error): void;
  /** Remarks for people. */
  notice(text: string): void;
  /** Files that jobs name: they are in the queue's server before any job is, and stay there. */
  readonly attached?: readonly Attachment[];
}

/** Opens a queue. Rejects with a `UsageError` where it cannot be reached. */
export async function openCoordinator(
  place: QueuePlace,
  { accept, fail, notice, attached = [] }: CoordinatorOptions,
): Promise<Coordinator> {
  const unearth = ownVersion();
  let troubled = false;
  let closed = false;
  const engine = await openEngine(place, (error) => {
    if (troubled || closed) return;
    troubled = true;
    notice(`the queue at ${placeText(place)} does not answer (${error.message}); still trying`);
  });
  const queues = new Map<string, TaskJobs>();
  const workers = new Map<string, number>();
  const lost = new Set<string>();
  let jobs = 0;
  let reruns = 0;
  let quietSince = Date.now();
  let warned = false;

  const ended = (error: unknown): void => {
    if (!closed) fail(error instanceof Error ? error : new Error(String(error)));
  };
  const hooks: JobHooks = {
    accept(index, result, by, attempts) {
      jobs++;
      reruns += attempts - 1;
      workers.set(by, (workers.get(by) ?? 0) + 1);
      quietSince = Date.now();
      accept(index, result);
    },
    fail: ended,
    isClosed: () => closed,
    attach,
  };

  /** Puts into the server what jobs name, as far as it is not there. */
  async function attach(): Promise<void> {
    for (const each of attached) await sendFile(engine.client, each);
  }

  async function look(): Promise<void> {
    const records = await workersOf(engine.client);
    troubled = false;
    for (const { name, isLost } of records) if (isLost && workers.has(name)) lost.add(name);
    const there = records.filter(({ isLost }) => !isLost);
    if (there.some((record) => record.unearth === unearth)) {
      warned = false;
      return;
    }
    if (warned || Date.now() - quietSince < PATIENCE) return;
    warned = true;
    const others = [...new Set(there.map((record) => record.unearth))].join(', ');
    notice(
      there.length === 0
        ? 'no worker is there yet: start some with unearth worker'
        : `no worker of version ${unearth} is there; those of ${others} take no jobs of this one`,
    );
  }
  try {
    await attach();
  } catch (error) {
    closed = true;
    await engine.close();
    throw error;
  }
  const timer = setInterval(() => void look().catch(() => undefined), LOOK);

  return {
    submit(name, index, input) {
      let own = queues.get(name);
      if (own === undefined) {
        own = taskJobs(engine, name, unearth, hooks);
        queues.set(name, own);
      }
      own.add(index, input);
    },
    summary: () => ({ jobs, reruns, workers, lost: lost.size }),
    async close() {
      closed = true;
      clearInterval(timer);
      for (const own of queues.values()) own.close();
      await engine.close();
    },
  };
}
