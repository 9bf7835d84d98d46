/** A sweep of searches over a queue: the tickets of a local one, and none that was not asked for. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { ownVersion, queueName } from '../../src/cluster/jobs.js';
import { decodeLabelled, encodeLabelled } from '../../src/cluster/tasks/labelled-file.js';
import { searchRunTask } from '../../src/cluster/tasks/search-run.js';
import { concatenate } from '../../src/core/concatenate.js';
import { InputError } from '../../src/core/errors.js';
import { checkedWith } from '../../src/core/zod.js';
import { searchOptions } from '../../src/search/options.js';
import { optionsJson } from '../../src/search/options-record.js';
import { examples } from '../cli/processes.js';
import { cluster } from './processes.js';
import { hasRedis, needsRedis, redisServer } from './redis.js';

describe('labelled data as a file', () => {
  const data = (values: Uint8Array | Float32Array | Float64Array) => ({
    ...{ count: 3, inputs: 2, classes: 4, labels: Uint32Array.of(3, 0, 2) },
    values,
  });

  it('comes back in its own type, whatever its head does to the alignment', () => {
    for (const values of [
      Uint8Array.of(0, 1, 2, 3, 254, 255),
      Float32Array.of(0, -1.5, 1e-40, 3, 4, 5),
      Float64Array.of(0, -0.1, 1e300, 3, 4, 5),
    ]) {
      expect(decodeLabelled(concatenate(encodeLabelled(data(values))))).toEqual(data(values));
    }
  });

  it('is refused where it is damaged, or says what is not so', () => {
    const bytes = concatenate(encodeLabelled(data(Float32Array.of(0, 1, 2, 3, 4, 5))));
    const head = bytes.indexOf(0x0a) + 1;
    const other = (text: string) =>
      concatenate([new TextEncoder().encode(`${text}\n`), bytes.subarray(head)]);
    const label = bytes.slice();
    label[bytes.length - 4] = 4;
    const infinite = bytes.slice();
    infinite.set([0, 0, 0x80, 0x7f], head);
    const line = { unearth: 'labelled data', count: 3, inputs: 2, classes: 4, width: 4 };
    for (const wrong of [
      new Uint8Array(0),
      bytes.subarray(0, -1),
      bytes.subarray(head),
      label,
      infinite,
      other(JSON.stringify({ ...line, count: 2 ** 32, inputs: 2 ** 32 })),
      other(JSON.stringify({ ...line, width: 2 })),
      other('{'),
    ]) {
      expect(() => decodeLabelled(wrong)).toThrow(InputError);
    }
    expect(decodeLabelled(other(JSON.stringify(line)))).toEqual(decodeLabelled(bytes));
  });

  it('is named by digests alone, and options are those of a search', () => {
    const options = optionsJson(searchOptions({ method: 'biprop', widths: [3, 2] })) as object;
    const good = { options, data: 'a'.repeat(64), test: 'b'.repeat(64) };
    const allowed = (input: unknown) => checkedWith(searchRunTask.inputSchema, input).success;
    expect(allowed(good)).toBe(true);
    for (const change of [
      { data: '../../etc/passwd' },
      { test: undefined },
      { options: { ...options, method: '__proto__' } },
      { options: { ...options, more: 1 } },
      { more: 1 },
    ]) {
      expect(allowed({ ...good, ...change })).toBe(false);
    }
  });
});

describe.skipIf(!hasRedis)(`a sweep over a queue ${needsRedis}`, async () => {
  if (!hasRedis) return;
  const redis = await redisServer();
  const { folder, start, worker } = cluster('sweep');
  const script = path.join(examples, 'write-data.mjs');
  spawnSync(process.execPath, [script, path.join(folder, 'digits'), '300']);
  const search = ['search', 'digits', '--shape', '64-10', '--epochs', '1', '--sweep', '0.3,0.5'];
  const names = ['keep-0.3', 'keep-0.5'];
  const ticket = (of: string, name: string) =>
    readFileSync(path.join(folder, `${of}-${name}.ticket`));
  const lines = (
    file: string,
  ): { run: string; data: string; report: Record<'test' | 'trainerTest' | 'history', object> }[] =>
    readFileSync(path.join(folder, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('tickets and results of a local one, through the server; and none but those asked for', async () => {
    const local = start([...search, '-o', 'local.ticket']).ended;
    const running = worker(redis.url);
    const queued = [...search, '-o', 'queued.ticket', '--queue', redis.url];
    const { code, stderr } = await start(queued).ended;
    expect(stderr).toMatch(/2 jobs by 1 worker, 0 run again, 0 workers lost/);
    expect(code).toBe(0);
    expect((await local).code).toBe(0);
    for (const name of names) expect(ticket('queued', name)).toEqual(ticket('local', name));
    const told = (file: string) =>
      new Map(lines(file).map(({ run, data, report }) => [run, [data, report.test]]));
    expect(told('queued.sweep.jsonl')).toEqual(told('local.sweep.jsonl'));
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);

    // Somebody who answers with a ticket of another search, or with another accuracy.
    await redis.client().flushall();
    const answers = new Map(
      lines('local.sweep.jsonl').map(({ run, report }) => {
        const { test, trainerTest, history } = report;
        const masks = { kept: [192], bytes: 1, entropyBits: 1 };
        const bytes = ticket('local', run).toString('base64');
        const answer = {
          ticket: bytes,
          seconds: 1,
          history,
          choice: null,
          masks,
          test,
          trainerTest,
        };
        return [run, answer] as const;
      }),
    );
    for (const [answerTo, problem] of [
      [
        (keep: number) => answers.get(keep === 0.3 ? 'keep-0.5' : 'keep-0.3'),
        /it is a ticket of another keep/,
      ],
      [
        (keep: number) => ({
          ...answers.get(`keep-${keep}`),
          test: { correct: 300, samples: 300 },
        }),
        /does not have the accuracy that was told of it/,
      ],
    ] as const) {
      const hostile = new Worker(
        queueName(searchRunTask, ownVersion()),
        async ({ data }) => ({ by: 'x', result: answerTo(data.input.options.keep[0]) }),
        { connection: { host: '127.0.0.1', port: redis.port }, prefix: 'unearth' },
      );
      hostile.on('error', () => undefined);
      const asked = await start([...search, '-o', 'bad.ticket', '--force', '--queue', redis.url])
        .ended;
      expect(asked.stderr).toMatch(problem);
      expect(asked.code).toBe(2);
      await hostile.close();
      await redis.client().flushall();
    }
  });

  it('what asks for no queue, or for one search, is told so', async () => {
    const one = search.slice(0, -2);
    const [folderAlone, single] = await Promise.all([
      start([...search, '--folder', '.']).ended,
      start([...one, '--queue', redis.url]).ended,
    ]);
    expect(folderAlone.stderr).toMatch(/--folder needs --queue/);
    expect(single.stderr).toMatch(/--queue is for the searches of a --sweep/);
    for (const { code } of [folderAlone, single]) expect(code).toBe(2);
  });
});
