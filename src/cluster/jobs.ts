/** What travels through a queue: jobs and results as checked JSON, jobs named by the digest of what they ask. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { QueueTask } from '../core/tasks.js';
import { z } from '../core/zod.js';

/** Most bytes of a job: digests and numbers. */
export const MOST_JOB_BYTES = 2 ** 16;
/** Most characters of a result. */
export const MOST_RESULT_LENGTH = 2 ** 26;

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
