/**
 * The side that asks: one connection to the queue's server for the jobs of all tasks, the files that they name,
 * a look at who works, and a summary at the end.
 */
import { InputError } from '../core/errors.js';
import { type Attachment, sendFile } from './blobs.js';
import { cancellations } from './cancel.js';
import { openEngine } from './engine.js';
import { ownVersion } from './jobs.js';
import type { QueuePlace } from './place.js';
import { type JobHooks, type TaskJobs, taskJobs } from './task-jobs.js';
import { inWords, troublesOf } from './trouble.js';
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
  let closed = false;
  const troubles = troublesOf(place, notice);
  const report = (error: unknown): void => {
    if (!closed) troubles.hear(error);
  };
  const engine = await openEngine(place, { writes: true, report });
  const queues = new Map<string, TaskJobs>();
  const workers = new Map<string, number>();
  const lost = new Set<string>();
  let jobs = 0;
  let reruns = 0;
  let quietSince = Date.now();
  let warned = false;

  const ended = (thrown: unknown): void => {
    const error = inWords(thrown, place);
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
    trouble: report,
    isClosed: () => closed,
    attach,
    async isCancelled() {
      if (!(await wasCancelled())) return false;
      ended(
        new InputError({
          place: 'the queue',
          problem: 'its jobs were cancelled (queue cancel) while this command waited for some',
          remedy: 'results that are written stay; start it again to go on',
        }),
      );
      return true;
    },
  };

  /** Puts into the server what jobs name, as far as it is not there. */
  async function attach(): Promise<void> {
    for (const each of attached) await sendFile(engine.client, each);
  }

  async function look(): Promise<void> {
    const records = await workersOf(engine.client);
    troubles.over();
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
  let wasCancelled: () => Promise<boolean>;
  try {
    wasCancelled = await cancellations(engine.client, unearth);
    await attach();
  } catch (error) {
    closed = true;
    await engine.close();
    throw inWords(error, place);
  }
  const timer = setInterval(() => void look().catch(report), LOOK);

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
