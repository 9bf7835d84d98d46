/**
 * A worker: takes jobs of its own version from the queue, has a thread compute each, and returns the results.
 * At least once, never at most: a job whose worker is lost is another's after half a minute.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import process from 'node:process';
import { provideFiles } from './blobs.js';
import { openEngine } from './engine.js';
import { type Answer, jobSchema, ownVersion, queueName } from './jobs.js';
import { placeText, type QueuePlace } from './place.js';
import { type PoolOptions, threadPool } from './pool.js';
import { TASK_GROUPS, type TaskGroup } from './tasks/index.js';
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
  let isAway = false;
  const engine = await openEngine(place, trouble);
  function trouble(error: Error): void {
    if (isAway) return;
    isAway = true;
    say(`the queue at ${placeText(place)} does not answer (${error.message}); still trying`);
  }
  const pool = threadPool(options);
  let done = 0;
  let active = 0;
  let lastWork = Date.now();

  async function perform(job: { readonly data: unknown }): Promise<Answer> {
    const data = jobSchema.safeParse(job.data);
    if (!data.success) throw engine.hopeless('this is no job of unearth');
    if (data.data.unearth !== unearth) {
      throw engine.hopeless(
        `this worker is of version ${unearth}, the job of ${data.data.unearth}`,
      );
    }
    active++;
    try {
      const { task, results, input } = data.data;
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

  const workers = tasks.map((group) =>
    engine.worker(queueName({ name: TASK_GROUPS[group] }, unearth), perform, {
      // A short job more is taken while the others are computed, so that no thread waits for the server.
      concurrency: options.threads + (group === 'study' ? 1 : 0),
      name,
      lostAfter,
    }),
  );
  const sign = async (): Promise<void> => {
    await signOfLife(engine.client, name, {
      ...{ unearth, node: process.version, threads: options.threads, done, lostAfter },
    });
    if (isAway) say('the queue answers again');
    isAway = false;
  };
  await sign();
  const beat = setInterval(() => void sign().catch(() => undefined), beatOf(lostAfter));

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
      if (!isAway || active > 0) since = Date.now();
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
    if (!isAway) await leave(engine.client, name).catch(() => undefined);
    await pool.close();
    await engine.close();
    return done;
  }
  return { name, stop, ended: end() };
}
