/** `run` tells how far it is within a batch too: exact arithmetic may take seconds a sample. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runJob } from '../../src/cli/jobs/run.js';
import { DEFAULT_MEMORY } from '../../src/core/limits.js';
import type { Progress } from '../../src/core/progress.js';
import { encodeTicket } from '../../src/ticket/write.js';
import { sampleTicket } from '../ticket/sample.js';

const folder = mkdtempSync(path.join(tmpdir(), 'unearth-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([undefined, 24])('in samples or bytes, never backwards (limit %s)', async (limit) => {
  const ticket = path.join(folder, 'a.ticket');
  const sample = sampleTicket({ seed: 1 });
  writeFileSync(ticket, Buffer.concat(encodeTicket(sample).map((part) => Buffer.from(part))));
  const input = path.join(folder, 'samples.csv');
  const columns = sample.shape.inputs - (sample.target.constant ? 1 : 0);
  writeFileSync(input, `${Array(columns).fill('0.5').join(',')}\n`.repeat(24));
  const told: Progress[] = [];
  await runJob(
    {
      ...{ ticket, input, engine: 'exact', batch: 24, memory: DEFAULT_MEMORY, threads: 1 },
      ...(limit !== undefined && { limit }),
    },
    {
      onProgress: (progress) => told.push(progress),
      notice: () => undefined,
      print: () => true,
      openQueue: () => undefined,
      launchThread: () => {
        throw new Error('no thread is needed');
      },
    },
  );
  const stage = limit === undefined ? 'stream' : 'run';
  const done = told.filter((progress) => progress.stage === stage).map((progress) => progress.done);
  expect(new Set(done).size).toBeGreaterThanOrEqual(24);
  for (const [index, value] of done.entries()) {
    expect(value).toBeGreaterThanOrEqual(done[index - 1] ?? 0);
  }
  const last = told.at(-1);
  expect(last?.done).toBe(last?.total);
});
