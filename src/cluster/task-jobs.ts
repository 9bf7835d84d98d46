/**
 * The open jobs of one task. A job's own record is the truth: those that have ended lately are looked up many
 * times a second, all that are open from time to time, and what the server has lost is added again. Results
 * are pure, so the first one that is accepted counts.
 */
import { InputError } from '../core/errors.js';
import { checkedWith } from '../core/zod.js';
import type { Engine, JobsOptions } from './engine.js';
import {
  answerSchema,
  type JobData,
  jobData,
  jobId,
  MOST_JOB_BYTES,
  queueName,
  refusalOf,
} from './jobs.js';
import { type JobRecord, jobRecords } from './records.js';
import { type AnyTask, loadTask } from './tasks/index.js';
import { isOutage } from './trouble.js';

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
/** Results may be large: so many are read at a time. */
const RESULTS_AT_ONCE = 16;
/** Milliseconds between two looks at what has ended, and at whether the server has lost anything. */
const TICK = 100;
const LOOK = 2000;
/** Milliseconds between two looks at all open jobs, whatever those say. */
const SWEEP = 30_000;

export interface JobHooks {
  accept(index: number, result: unknown, by: string, attempts: number): void;
  fail(error: unknown): void;
  /** The server is away, or refuses for a while. */
  trouble(error: unknown): void;
  isClosed(): boolean;
  /** Has the server have the files that jobs name. */
  attach(): Promise<void>;
  /** Whether somebody has cancelled the jobs; then it has failed. */
  isCancelled(): Promise<boolean>;
}

export interface TaskJobs {
  add(index: number, input: unknown): void;
  close(): void;
}

interface OpenJob {
  readonly index: number;
  readonly data: JobData;
  /** What went wrong before this coordinator asked is tried again. */
  isNew: boolean;
}

function inParts<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
    items.slice(part * size, (part + 1) * size),
  );
}

export function taskJobs(engine: Engine, name: string, unearth: string, hooks: JobHooks): TaskJobs {
  const queue = engine.queue(queueName({ name }, unearth));
  const records = jobRecords(engine, queue.name);
  const open = new Map<string, OpenJob>();
  let waiting: { readonly index: number; readonly input: unknown }[] = [];
  let isBusy = false;
  let task: AnyTask | undefined;
  let lookAt = 0;
  let sweepAt = 0;
  /** How often the server was connected to when all open jobs were looked at. */
  let swept = -1;

  /** Adds jobs, which does nothing where they are there already. */
  async function add(batch: readonly OpenJob[]): Promise<void> {
    if (batch.length === 0) return;
    await hooks.attach();
    await queue.addBulk(
      batch.map(({ data }) => ({
        name: data.task,
        data,
        opts: { ...JOB_OPTIONS, jobId: jobId(data) },
      })),
    );
  }

  const entriesOf = (ids: readonly string[]): OpenJob[] => ids.flatMap((id) => open.get(id) ?? []);

  /** Looks at the records of jobs that may have ended. */
  async function look(ids: readonly string[]): Promise<void> {
    for (const part of inParts(ids, RESULTS_AT_ONCE)) {
      for (const record of await records.read(part)) {
        const entry = open.get(record.id);
        if (entry !== undefined) await settle(record, entry);
      }
    }
  }

  async function settle(record: JobRecord, entry: OpenJob): Promise<void> {
    const { id, state, reason, failures } = record;
    if (state === 'gone') {
      await add([entry]);
    } else if (state === 'open') {
      entry.isNew = false;
    } else if (state === 'completed') {
      await accept(record, entry);
    } else if (entry.isNew) {
      // It failed for somebody before. Another coordinator may have done the same meanwhile.
      entry.isNew = false;
      const job = await queue.getJob(id);
      await job?.retry('failed', { resetAttemptsMade: true }).catch(() => undefined);
    } else {
      open.delete(id);
      hooks.fail(failureOf(entry, reason, failures));
    }
  }

  async function accept({ id, result: text, begun }: JobRecord, entry: OpenJob): Promise<void> {
    if (text === null) return refuse(id, entry, 'it has more characters than a result may have');
    const answer = answerSchema.safeParse(parsed(text));
    if (!answer.success) return refuse(id, entry, 'it is no answer of a worker');
    const schema = task?.resultSchema(entry.data.input);
    const result = schema && checkedWith(schema, answer.data.result);
    if (result?.success !== true) {
      const why = result?.error.issues[0]?.message ?? 'the task is unknown';
      return refuse(id, entry, `worker ${answer.data.by} returned what is none: ${why}`);
    }
    if (open.delete(id)) {
      hooks.accept(entry.index, result.data, answer.data.by, Math.max(1, begun));
    }
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

  async function addNext(asked: AnyTask): Promise<void> {
    const batch = waiting.slice(0, AT_ONCE).map(
      ({ index, input }): OpenJob => ({
        index,
        data: jobData(asked, unearth, input),
        isNew: true,
      }),
    );
    if (batch.length === 0) return;
    await add(batch);
    waiting = waiting.slice(batch.length);
    for (const entry of batch) open.set(jobId(entry.data), entry);
    // Some may have been done for others long ago.
    const ids = batch.map(({ data }) => jobId(data));
    const ended = new Set(await records.ended(ids));
    for (const id of ids) if (!ended.has(id)) (open.get(id) as OpenJob).isNew = false;
    await look([...ended]);
  }

  /**
   * Sees to all open jobs: news can be missed, and a server can lose what it had. It is known to have been
   * wiped by a mark that is gone, and may have lost its end wherever it was connected to anew.
   */
  async function sweep(): Promise<void> {
    lookAt = Date.now() + LOOK;
    await hooks.attach();
    const connections = engine.connections();
    const isWhole = swept === connections && (await records.isMarked());
    // Workers whose clocks are behind end jobs that are not among the newest.
    const parts = inParts([...open.keys()], AT_ONCE);
    for (const ids of parts) await look(await records.ended(ids));
    if (isWhole && Date.now() < sweepAt) return;
    await records.mark();
    for (const ids of parts) await add(entriesOf(await records.gone(ids)));
    swept = connections;
    sweepAt = Date.now() + SWEEP;
  }

  /** What was added while it was cancelled is taken out too; what is being computed cannot be. */
  async function withdraw(): Promise<void> {
    for (const ids of inParts([...open.keys()], AT_ONCE)) {
      await Promise.allSettled(ids.map((id) => queue.remove(id)));
    }
  }

  async function turn(): Promise<void> {
    if (await hooks.isCancelled()) {
      waiting = [];
      await withdraw();
      return;
    }
    task ??= await loadTask(name);
    if (task === undefined) throw new RangeError(`no worker knows the task "${name}"`);
    await addNext(task);
    if (open.size === 0) return;
    const news = await records.news();
    await look(news.filter((id) => open.has(id)));
    if (Date.now() >= lookAt) await sweep();
  }

  async function serve(): Promise<void> {
    if (isBusy || hooks.isClosed()) return;
    isBusy = true;
    try {
      do await turn();
      while (!hooks.isClosed() && waiting.length > 0);
    } catch (error) {
      if (isOutage(error)) hooks.trouble(error);
      else hooks.fail(error);
    } finally {
      isBusy = false;
    }
  }

  const timer = setInterval(() => void serve(), TICK);

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

function failureOf(entry: OpenJob, reason: string, failures: number): InputError {
  const refusal = refusalOf(reason);
  if (refusal !== undefined) return new InputError(refusal);
  // A job whose workers were lost again and again has no failure of its own.
  const often = failures === 0 ? '' : failures === 1 ? ' once' : ` ${failures} times`;
  return new InputError({
    place: nameOf(entry),
    problem: `the job failed${often}: ${firstLine(reason)}`,
    remedy: 'see what the worker said; the job is tried anew when the command is started again',
  });
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 500);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
