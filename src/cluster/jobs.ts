/** What travels through a queue: jobs and results as checked JSON, jobs named by the digest of what they ask. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { InputError } from '../core/errors.js';
import type { QueueTask } from '../core/tasks.js';
import { z } from '../core/zod.js';

/** Most bytes of a job: digests and numbers. */
export const MOST_JOB_BYTES = 2 ** 16;
/** Most characters of a result. */
export const MOST_RESULT_LENGTH = 2 ** 26;

/** Data of a job are options within an input within a job. */
const MOST_DEPTH = 64;

/**
 * Why data are larger than a job's; undefined where they are not. Whoever adds jobs by himself keeps to no
 * limit, and what is nested deeply cannot be handed to a thread.
 */
export function excessOf(data: unknown): string | undefined {
  const open = [{ value: data, depth: 0 }];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { value, depth } = entry;
    if (typeof value !== 'object' || value === null) continue;
    if (depth === MOST_DEPTH) return `the job is nested more than ${MOST_DEPTH} deep`;
    for (const each of Object.values(value)) open.push({ value: each, depth: depth + 1 });
  }
  const bytes = Buffer.byteLength(JSON.stringify(data) ?? '');
  return bytes > MOST_JOB_BYTES
    ? `the job has ${bytes} bytes, and may have ${MOST_JOB_BYTES}`
    : undefined;
}

/** The version that package.json states: workers take jobs of their own alone. */
export function ownVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

export const jobSchema = z.strictObject({
  task: z.string(),
  /** Of the task's results. */
  results: z.number(),
  unearth: z.string(),
  node: z.string(),
  input: z.unknown(),
});
export type JobData = z.infer<typeof jobSchema>;

/** What a worker returns. */
export const answerSchema = z.strictObject({
  /** The worker's name. */
  by: z.string().check(z.maxLength(200)),
  result: z.unknown(),
});
export type Answer = z.infer<typeof answerSchema>;

const words = z.string().check(z.maxLength(4000));
const refusalSchema = z.strictObject({
  /** `nameOfFile` of what is refused. */
  file: z.string().check(z.regex(/^[0-9a-f]{64}\.(ticket|data)$/)),
  place: words,
  problem: words,
  remedy: words,
});
/** What is wrong with a file that a job names, whoever computes it: the parts of an `InputError`. */
export type Refusal = z.infer<typeof refusalSchema>;

/** A refusal of an error; undefined for errors that another worker, or another time, may not have. */
export function refusalIn(error: unknown): Refusal | undefined {
  if (!(error instanceof InputError)) return undefined;
  const { file, place, problem, remedy } = error;
  // Limits of memory are a worker's own.
  if (remedy.includes('option "memory"')) return undefined;
  const refusal = refusalSchema.safeParse({ file, place, problem, remedy });
  return refusal.success ? refusal.data : undefined;
}

/** The refusal that a failed job has as its reason; undefined where that is another one. */
export function refusalOf(reason: string): Refusal | undefined {
  if (!reason.startsWith('{')) return undefined;
  try {
    const refusal = refusalSchema.safeParse(JSON.parse(reason));
    return refusal.success ? refusal.data : undefined;
  } catch {
    return undefined;
  }
}

type AnyTask = Pick<QueueTask<never, unknown>, 'name' | 'version'>;

/** Each task has a queue of its own, and each version of unearth: a worker sees what it can do. */
export function queueName({ name }: { readonly name: string }, unearth: string): string {
  return `${name.replaceAll(' ', '-')}-${unearth}`;
}

export function jobData({ name, version }: AnyTask, unearth: string, input: unknown): JobData {
  return { task: name, results: version, unearth, node: process.version, input };
}

/** The same for the same question, so asking twice adds nothing. No integer, and without a colon. */
export function jobId({ task, results, unearth, input }: JobData): string {
  const text = JSON.stringify([task, results, unearth, input]);
  return `j${createHash('sha256').update(text).digest('hex')}`;
}
