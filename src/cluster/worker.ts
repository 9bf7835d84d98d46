/**
 * A worker: takes jobs of its own version from the queue, has a thread compute each, and returns the results.
 * At least once, never at most: a job whose worker is lost is another's after half a minute.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import process from 'node:process';
import { provideFiles } from './blobs.js';
import { openEngine } from './engine.js';
import { type Answer, excessOf, jobSchema, ownVersion, queueName } from './jobs.js';
import type { QueuePlace } from './place.js';
import { type PoolOptions, threadPool } from './pool.js';
import { TASK_GROUPS, type TaskGroup } from './tasks/index.js';
import { inWords, troublesOf } from './trouble.js';
import { beatOf, leave, signOfLife } from './workers.js';

export interface WorkerOptions extends PoolOptions {
  readonly place: QueuePlace;
  readonly tasks: readonly TaskGroup[];
  /** Ends by itself after so many seconds without a job; default: never. */
  readonly untilIdle?: number;
  /** Milliseconds after which its jobs are others' where it gives no sign of life. */
  readonly lostAfter: number;
  say(text: string): void;
}

export interface RunningWorker {
  /** Its name in the queue: machine, process, and something random. */
  readonly name: string;
  /** Finishes the jobs in hand, and takes no more. */
  stop(): void;
  /** How many jobs it has done, once it has ended. */
  readonly ended: Promise<number>;
}

/** Starts a worker. Rejects with a `UsageError` where the queue cannot be reached. */
export async function startWorker({
  place,
  tasks,
  untilIdle,
  lostAfter,
  say,
  ...options
}: WorkerOptions): Promise<RunningWorker> {
  const unearth = ownVersion();
  const name = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const troubles = troublesOf(place, say);
  const engine = await openEngine(place, { writes: true, report: troubles.hear });
  const pool = threadPool(options);
  let done = 0;
  let active = 0;
  let lastWork = Date.now();

  async function perform(own: string, job: { readonly data: unknown }): Promise<Answer> {
    const excess = excessOf(job.data);
    if (excess !== undefined) throw engine.hopeless(excess);
    const data = jobSchema.safeParse(job.data);
    if (!data.success) throw engine.hopeless('this is no job of unearth');
    if (data.data.unearth !== unearth) {
      throw engine.hopeless(
        `this worker is of version ${unearth}, the job of ${data.data.unearth}`,
      );
    }
    const { task, results, input } = data.data;
    // Whoever may write to one queue has no say in what workers of others do.
    if (task !== own) throw engine.hopeless(`this queue's jobs are of the task "${own}"`);
    active++;
    try {
      await provideFiles(engine, options.folder, input);
      const answer = await pool.run({ task, results, input });
      if ('problem' in answer) {
        throw answer.isFinal ? engine.hopeless(answer.problem) : new Error(answer.problem);
      }
      done++;
      return { by: name, result: answer.result };
    } finally {
      active--;
      lastWork = Date.now();
    }
  }

  const sign = async (): Promise<void> => {
    await signOfLife(engine.client, name, {
      ...{ unearth, node: process.version, threads: options.threads, done, lostAfter },
    });
    if (troubles.over()) say('the queue answers again');
  };
  try {
    await sign();
  } catch (error) {
    await engine.close();
    throw inWords(error, place);
  }
  const workers = tasks.map((group) => {
    const task = TASK_GROUPS[group];
    return engine.worker(queueName({ name: task }, unearth), (job) => perform(task, job), {
      // A short job more is taken while the others are computed, so that no thread waits for the server.
      concurrency: options.threads + (group === 'study' ? 1 : 0),
      name,
      lostAfter,
    });
  });
  const beat = setInterval(() => void sign().catch(troubles.hear), beatOf(lostAfter));

  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const idle =
    untilIdle === undefined
      ? undefined
      : setInterval(() => {
          if (active === 0 && Date.now() - lastWork >= 1000 * untilIdle) stop();
        }, 200);

  /** Resolves when the server has been away, with no job in hand, for as long as makes a worker a lost one. */
  async function givenUp(signal: AbortSignal): Promise<void> {
    let since = Date.now();
    while (!signal.aborted && Date.now() - since < lostAfter) {
      if (!troubles.isOutage() || active > 0) since = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function end(): Promise<number> {
    await stopped;
    clearInterval(idle);
    // The engine waits for its server however long that is away.
    const closed = new AbortController();
    const closing = Promise.all(workers.map((worker) => worker.close()));
    await Promise.race([closing.finally(() => closed.abort()), givenUp(closed.signal)]);
    clearInterval(beat);
    if (!troubles.isOutage()) await leave(engine.client, name).catch(() => undefined);
    await pool.close();
    await engine.close();
    return done;
  }
  return { name, stop, ended: end() };
}
