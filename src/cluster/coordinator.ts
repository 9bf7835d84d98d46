/**
 * The side that asks: puts jobs into a queue, hears of their ends and, since news can be lost, looks after
 * those that are open from time to time. A job's own record is the truth; where the server has lost it, the
 * job is added again. Results are pure, so the first one that is accepted counts.
 */
import { InputError } from '../core/errors.js';
import type { QueueTask } from '../core/tasks.js';
import { checkedWith } from '../core/zod.js';
import {
  type Engine,
  IS_FAST,
  isOutage,
  type Job,
  type JobsOptions,
  openEngine,
  PREFIX,
  type Queue,
} from './engine.js';
import {
  answerSchema,
  type JobData,
  jobData,
  jobId,
  MOST_JOB_BYTES,
  MOST_RESULT_LENGTH,
  ownVersion,
  queueName,
} from './jobs.js';
import { placeText, type QueuePlace } from './place.js';
import { loadTask } from './tasks/index.js';
import { workersOf } from './workers.js';

const ATTEMPTS = 3;
const DAY = 24 * 3600;

const JOB_OPTIONS: JobsOptions = {
  attempts: ATTEMPTS,
  backoff: { type: 'exponential', delay: 500 },
  // Others may ask the same; and who was killed asks again.
  removeOnComplete: { age: DAY },
  removeOnFail: { age: DAY },
  sizeLimit: MOST_JOB_BYTES,
};

/** Jobs that are added, and looked after, at a time. */
const AT_ONCE = 200;
/** Milliseconds between two looks at all open jobs, and at the workers. */
const SWEEP = IS_FAST ? 2000 : 10_000;
const LOOK = IS_FAST ? 1000 : 5000;
/** After which one hears that nobody works. */
const PATIENCE = IS_FAST ? 2000 : 15_000;

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
}

interface OpenJob {
  readonly index: number;
  readonly data: JobData;
  /** What went wrong before this coordinator asked is tried again. */
  isNew: boolean;
}

/** Opens a queue. Rejects with a `UsageError` where it cannot be reached. */
export async function openCoordinator(
  place: QueuePlace,
  { accept, fail, notice }: CoordinatorOptions,
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
  const hooks: Hooks = {
    accept(index, result, by, attempts) {
      jobs++;
      reruns += attempts - 1;
      workers.set(by, (workers.get(by) ?? 0) + 1);
      quietSince = Date.now();
      accept(index, result);
    },
    fail: ended,
    isClosed: () => closed,
  };

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

interface Hooks {
  accept(index: number, result: unknown, by: string, attempts: number): void;
  fail(error: unknown): void;
  isClosed(): boolean;
}

interface TaskJobs {
  add(index: number, input: unknown): void;
  close(): void;
}

/** The open jobs of one task. */
function taskJobs(engine: Engine, name: string, unearth: string, hooks: Hooks): TaskJobs {
  const queue: Queue = engine.queue(queueName({ name }, unearth));
  const events = engine.events(queueName({ name }, unearth));
  const open = new Map<string, OpenJob>();
  const heard = new Set<string>();
  let waiting: { readonly index: number; readonly input: unknown }[] = [];
  let isBusy = false;
  let task: QueueTask<unknown, unknown> | undefined;
  let sweepAt = 0;

  const key = (id: string): string => `${PREFIX}:${queue.name}:${id}`;

  /** Adds jobs, which does nothing where they are there already. */
  async function add(batch: readonly OpenJob[]): Promise<void> {
    await queue.addBulk(
      batch.map(({ data }) => ({
        name: data.task,
        data,
        opts: { ...JOB_OPTIONS, jobId: jobId(data) },
      })),
    );
  }

  /** Sees which of the open jobs have ended, and adds again what the server has lost. */
  async function survey(ids: readonly string[]): Promise<void> {
    const pipeline = engine.client.pipeline();
    for (const id of ids) pipeline.hmget(key(id), 'timestamp', 'finishedOn');
    const answers = (await pipeline.exec()) ?? [];
    const gone: OpenJob[] = [];
    for (const [index, id] of ids.entries()) {
      const entry = open.get(id);
      const [error, fields] = answers[index] ?? [];
      if (error) throw error;
      if (entry === undefined || !Array.isArray(fields)) continue;
      if (fields[0] === null) gone.push(entry);
      else if (fields[1] === null) entry.isNew = false;
      else heard.add(id);
    }
    if (gone.length > 0) await add(gone);
  }

  /** Looks at the record of a job that has ended. */
  async function look(id: string, entry: OpenJob): Promise<void> {
    const length = await engine.client.hstrlen(key(id), 'returnvalue');
    if (length > MOST_RESULT_LENGTH) return refuse(id, entry, `it has ${length} characters`);
    const job = await queue.getJob(id);
    if (job === undefined || job === null) {
      await add([entry]);
      return;
    }
    if (job.finishedOn === undefined || job.finishedOn === null) {
      entry.isNew = false;
      return;
    }
    if (job.failedReason === undefined || job.failedReason === null || length > 0) {
      await accept(id, entry, job);
      return;
    }
    if (entry.isNew) {
      // It failed for somebody before. Another coordinator may have done the same meanwhile.
      entry.isNew = false;
      await job.retry('failed', { resetAttemptsMade: true }).catch(() => undefined);
      return;
    }
    open.delete(id);
    hooks.fail(
      new InputError({
        place: nameOf(entry),
        problem: `the job failed ${job.attemptsMade === 1 ? 'once' : `${job.attemptsMade} times`}: ${firstLine(job.failedReason)}`,
        remedy: 'see what the worker said; the job is tried anew when the command is started again',
      }),
    );
  }

  async function accept(id: string, entry: OpenJob, job: Job): Promise<void> {
    const answer = answerSchema.safeParse(job.returnvalue);
    if (!answer.success) return refuse(id, entry, 'it is no answer of a worker');
    const schema = task?.resultSchema(entry.data.input);
    const result = schema && checkedWith(schema, answer.data.result);
    if (result?.success !== true) {
      const why = result?.error.issues[0]?.message ?? 'the task is unknown';
      return refuse(id, entry, `worker ${answer.data.by} returned what is none: ${why}`);
    }
    if (!open.delete(id)) return;
    hooks.accept(entry.index, result.data, answer.data.by, Math.max(1, job.attemptsStarted));
  }

  /** A result that is none is taken out of the queue, so that the next start has it computed again. */
  async function refuse(id: string, entry: OpenJob, problem: string): Promise<void> {
    open.delete(id);
    await queue.remove(id).catch(() => undefined);
    hooks.fail(
      new InputError({
        place: nameOf(entry),
        problem: `its result is refused: ${problem}`,
        remedy: 'find out who has access to the queue, and start the command again',
      }),
    );
  }

  async function turn(): Promise<void> {
    task ??= await loadTask(name);
    if (task === undefined) throw new RangeError(`no worker knows the task "${name}"`);
    const asked = task;
    const next = waiting.slice(0, AT_ONCE);
    const batch = next.map(({ index, input }): OpenJob => {
      return { index, data: jobData(asked, unearth, input), isNew: true };
    });
    if (batch.length > 0) {
      await add(batch);
      waiting = waiting.slice(batch.length);
      for (const entry of batch) open.set(jobId(entry.data), entry);
      // Some may have been done for others long ago, with no news to come.
      await survey(batch.map(({ data }) => jobId(data)));
    }
    if (Date.now() >= sweepAt) {
      const ids = [...open.keys()];
      for (let at = 0; at < ids.length; at += AT_ONCE) await survey(ids.slice(at, at + AT_ONCE));
      sweepAt = Date.now() + SWEEP;
    }
    const ids = [...heard].slice(0, AT_ONCE);
    await Promise.all(
      ids.map(async (id) => {
        const entry = open.get(id);
        if (entry !== undefined) await look(id, entry);
        heard.delete(id);
      }),
    );
  }

  async function serve(): Promise<void> {
    if (isBusy || hooks.isClosed()) return;
    isBusy = true;
    try {
      do await turn();
      while (!hooks.isClosed() && (waiting.length > 0 || heard.size > 0));
    } catch (error) {
      // The engine waits for a server that is away by itself; what it says of it is heard elsewhere.
      if (!isOutage(error)) hooks.fail(error);
    } finally {
      isBusy = false;
    }
  }

  const hear = ({ jobId: id }: { jobId: string }): void => {
    if (!open.has(id)) return;
    heard.add(id);
    void serve();
  };
  events.on('completed', hear);
  events.on('failed', hear);
  const timer = setInterval(() => void serve(), 500);

  return {
    add(index, input) {
      const isFirst = waiting.length === 0;
      waiting.push({ index, input });
      // Once all that come together are there.
      if (isFirst) setTimeout(() => void serve(), 20);
    },
    close: () => clearInterval(timer),
  };
}

function nameOf({ index, data }: OpenJob): string {
  return `job ${index + 1}, ${JSON.stringify(data.input).slice(0, 300)}`;
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 500);
}
