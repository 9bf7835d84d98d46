/** A job's own record in the queue's server, read a few fields of many jobs at a time. */
import { randomBytes } from 'node:crypto';
import { type Engine, PREFIX, type Redis } from './engine.js';
import { MOST_RESULT_LENGTH } from './jobs.js';

export interface JobRecord {
  readonly id: string;
  /** `gone`: the server has no such job, any more. */
  readonly state: 'gone' | 'open' | 'completed' | 'failed';
  /** Of a completed job, as it lies there; null where it has more characters than a result may have. */
  readonly result: string | null;
  /** Of a failed job, why. */
  readonly reason: string;
  /** How often it was begun, and how often it failed. */
  readonly begun: number;
  readonly failures: number;
}

/** Characters of a reason that are read. */
const MOST_REASON = 2 ** 16;

type Reply = readonly [Error | null, unknown];

/** All answers of a pipeline. Throws the first error among them. */
async function answered(pipeline: ReturnType<Redis['pipeline']>): Promise<unknown[]> {
  return ((await pipeline.exec()) as Reply[]).map(([error, answer]) => {
    if (error) throw error;
    return answer;
  });
}

/** What is known of the jobs of one queue. */
export interface Records {
  /** Their records, in the order of the ids. */
  read(ids: readonly string[]): Promise<JobRecord[]>;
  /** Those that have ended. */
  ended(ids: readonly string[]): Promise<string[]>;
  /** Those that the server does not have. */
  gone(ids: readonly string[]): Promise<string[]>;
  /** Jobs, of whomever, that have ended since it was asked before: all of them, and perhaps others. */
  news(): Promise<string[]>;
  /** Leaves a mark of this process in the server, and says whether it is there. */
  mark(): Promise<void>;
  isMarked(): Promise<boolean>;
}

/** A mark is set anew more often. */
const MARK_SECONDS = 3600;

/** More of the newest ends than there seem to be: the clocks of workers, which order them, differ. */
const MARGIN = 32;

export function jobRecords({ client }: Engine, queue: string): Records {
  const key = (of: string): string => `${PREFIX}:${queue}:${of}`;
  const ends = [key('completed'), key('failed')] as const;
  const known = [0, 0];
  const own = key(`mark-${randomBytes(8).toString('hex')}`);

  async function read(ids: readonly string[]): Promise<JobRecord[]> {
    const first = client.pipeline();
    for (const id of ids) {
      first.hmget(key(id), 'timestamp', 'finishedOn', 'ats', 'atm');
      first.hstrlen(key(id), 'returnvalue');
      first.hstrlen(key(id), 'failedReason');
    }
    const answers = await answered(first);
    const then = client.pipeline();
    const heads = ids.map((id, index) => {
      const [fields, length, reasonLength] = answers.slice(3 * index, 3 * index + 3) as [
        readonly (string | null)[],
        number,
        number,
      ];
      const [timestamp, finishedOn, begun, failures] = fields;
      const isFailed = length === 0 && reasonLength > 0;
      const state = (
        timestamp === null
          ? 'gone'
          : finishedOn === null
            ? 'open'
            : isFailed
              ? 'failed'
              : 'completed'
      ) as JobRecord['state'];
      const field =
        state === 'completed' && length <= MOST_RESULT_LENGTH
          ? 'returnvalue'
          : state === 'failed' && reasonLength <= MOST_REASON
            ? 'failedReason'
            : null;
      if (field !== null) then.hget(key(id), field);
      return { id, state, field, begun: Number(begun ?? 0), failures: Number(failures ?? 0) };
    });
    const texts = await answered(then);
    let next = 0;
    return heads.map(({ field, ...head }): JobRecord => {
      if (field === null) return { ...head, result: null, reason: 'for a reason that is too long' };
      const text = texts[next++] as string | null;
      // A server that was wiped between the two questions, or begun anew without its end.
      if (text === null) return { ...head, state: 'gone', result: null, reason: '' };
      const isFailed = head.state === 'failed';
      return { ...head, result: isFailed ? null : text, reason: isFailed ? text : '' };
    });
  }

  return {
    read,
    async mark() {
      await client.set(own, '', 'EX', MARK_SECONDS);
    },
    isMarked: async () => (await client.exists(own)) === 1,
    async ended(ids) {
      if (ids.length === 0) return [];
      const pipeline = client.pipeline();
      for (const end of ends) pipeline.zmscore(end, ...ids);
      const [completed, failed] = (await answered(pipeline)) as (string | null)[][];
      return ids.filter((_, index) => completed?.[index] != null || failed?.[index] != null);
    },
    async gone(ids) {
      const pipeline = client.pipeline();
      for (const id of ids) pipeline.exists(key(id));
      const there = await answered(pipeline);
      return ids.filter((_, index) => there[index] === 0);
    },
    async news() {
      const counting = client.pipeline();
      for (const end of ends) counting.zcard(end);
      const counts = (await answered(counting)) as number[];
      const listing = client.pipeline();
      for (const [index, end] of ends.entries()) {
        const more = (counts[index] as number) - (known[index] as number);
        // Fewer than before: some were taken out, and others may have come.
        if (more !== 0) listing.zrevrange(end, 0, Math.max(more, 0) + MARGIN);
      }
      const lists = (await answered(listing)) as string[][];
      for (const [index, count] of counts.entries()) known[index] = count;
      return lists.flat();
    },
  };
}
