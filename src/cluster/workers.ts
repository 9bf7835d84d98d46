/** Who works: each worker says every few seconds that it is there, in one record of the queue's server. */
import { z } from '../core/zod.js';
import { PREFIX, type Redis } from './engine.js';

const KEY = `${PREFIX}:workers`;

/** Milliseconds between two signs of life of a worker whose jobs are others' after so many. */
export function beatOf(lostAfter: number): number {
  return Math.min(5000, lostAfter / 3);
}

/** Whether a worker whose last sign is so old is lost: a little later than its jobs are others'. */
function isLostAfter(age: number, lostAfter: number): boolean {
  return age > (4 / 3) * lostAfter;
}

/** After which nothing more is told of it. */
const FORGOTTEN = 24 * 3600_000;

const recordSchema = z.strictObject({
  unearth: z.string().check(z.maxLength(100)),
  node: z.string().check(z.maxLength(100)),
  threads: z.number(),
  done: z.number(),
  /** Milliseconds. */
  lostAfter: z.number().check(z.gte(0)),
  at: z.number(),
});

export interface WorkerRecord extends z.infer<typeof recordSchema> {
  readonly name: string;
  readonly isLost: boolean;
}

/** The server's clock, in milliseconds: those of the machines that speak to it may differ by minutes. */
async function timeOf(client: Redis): Promise<number> {
  const [seconds, microseconds] = await client.time();
  return 1000 * Number(seconds) + Number(microseconds) / 1000;
}

export async function signOfLife(
  client: Redis,
  name: string,
  record: Omit<z.infer<typeof recordSchema>, 'at'>,
): Promise<void> {
  await client.hset(KEY, name, JSON.stringify({ ...record, at: await timeOf(client) }));
}

export async function leave(client: Redis, name: string): Promise<void> {
  await client.hdel(KEY, name);
}

/** All workers that are there or were lost in the last day; what is no record of one is left out. */
export async function workersOf(client: Redis): Promise<WorkerRecord[]> {
  const now = await timeOf(client);
  const records: WorkerRecord[] = [];
  for (const [name, text] of Object.entries(await client.hgetall(KEY))) {
    const record = recordSchema.safeParse(parsed(text));
    if (!record.success || now - record.data.at > FORGOTTEN) continue;
    records.push({
      ...record.data,
      name,
      isLost: isLostAfter(now - record.data.at, record.data.lostAfter),
    });
  }
  return records.sort((a, b) => a.name.localeCompare(b.name));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
