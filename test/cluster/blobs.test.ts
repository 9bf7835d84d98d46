/** Files on their way to workers: whole and of their digest, or refused, and nothing left beside them. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTicketFile } from '../../src/cli/files/read-ticket.js';
import { provideFiles, sendFile, shareFile } from '../../src/cluster/blobs.js';
import type { Engine } from '../../src/cluster/engine.js';
import { excessOf, MOST_JOB_BYTES, refusalIn, refusalOf } from '../../src/cluster/jobs.js';
import { threadPool } from '../../src/cluster/pool.js';
import { InputError } from '../../src/core/errors.js';
import { hasRedis, needsRedis, redisServer } from './redis.js';

const folder = mkdtempSync(path.join(tmpdir(), 'unearth-blobs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytes = Buffer.alloc(5 * 2 ** 20, 'ticket');
const digest = createHash('sha256').update(bytes).digest('hex');
const file = path.join(folder, 'a.ticket');
const name = `${digest}.ticket`;
const attachment = { kind: 'ticket', digest, file } as const;
const within = (of: string): string => {
  const place = path.join(folder, of);
  mkdirSync(place);
  return place;
};

describe('a file of a shared folder', () => {
  it('is that of its digest: what was replaced is refused, what is damaged there put anew', () => {
    const shared = within('shared');
    writeFileSync(file, 'another');
    expect(() => shareFile(attachment, shared)).toThrow(/was replaced while this command read it/);
    expect(readdirSync(shared)).toEqual([]);
    expect(() => readTicketFile(file, { memory: 2 ** 28, digest })).toThrow(
      /a\.ticket: .*replaced/,
    );
    writeFileSync(path.join(shared, name), bytes.subarray(0, 1000));
    writeFileSync(file, bytes);
    shareFile(attachment, shared);
    expect(readdirSync(shared)).toEqual([name]);
    expect(readFileSync(path.join(shared, name)).equals(bytes)).toBe(true);
  });
});

describe('a job', () => {
  const deep = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

  it('is no larger than those that are asked for here', () => {
    expect(excessOf({ input: deep(60) })).toBeUndefined();
    expect(excessOf({ input: deep(30_000) })).toMatch(/nested more than 64 deep/);
    expect(excessOf('x'.repeat(MOST_JOB_BYTES - 2))).toBeUndefined();
    expect(excessOf('x'.repeat(MOST_JOB_BYTES))).toMatch(/65538 bytes, and may have 65536/);
  });

  it('that cannot be handed to a thread is refused for good, and the thread given back', async () => {
    const pool = threadPool({ threads: 1, folder: null, memory: 1, seconds: 10 });
    const request = { task: 'study point', results: 1, input: deep(30_000) };
    for (const _ of [1, 2]) {
      expect(await pool.run(request)).toMatchObject({
        problem: expect.stringMatching(/cannot be handed to a thread/),
        isFinal: true,
      });
    }
    await pool.close();
  });

  it('tells what is wrong with its file in the words of an error of that file', () => {
    const words = { place: 'mask 1', problem: 'an edge lies beyond', remedy: 'make it again' };
    const refusal = refusalIn(new InputError({ ...words, file: name }));
    expect(refusalOf(JSON.stringify(refusal))).toEqual({ ...words, file: name });
    // Others, and other workers, may have more luck.
    expect(refusalIn(new InputError({ ...words, file: '/a/b.ticket' }))).toBeUndefined();
    const limit = { ...words, file: name, remedy: 'set option "memory" to 8G' };
    expect(refusalIn(new InputError(limit))).toBeUndefined();
    expect(refusalIn(new Error('x'))).toBeUndefined();
    for (const reason of ['the disk is full', '{', '{"file":"x"}']) {
      expect(refusalOf(reason)).toBeUndefined();
    }
  });
});

describe.skipIf(!hasRedis)(`a file in the queue's server ${needsRedis}`, async () => {
  if (!hasRedis) return;
  const client = (await redisServer()).client();
  const engine = { client } as unknown as Engine;
  const pieces = () => client.keys('unearth:ticket:*');

  it('is sent only as what its digest was taken of', async () => {
    writeFileSync(file, Buffer.alloc(bytes.length, 'other'));
    await expect(sendFile(client, attachment)).rejects.toThrow(/replaced while this command/);
    expect(await pieces()).toEqual([]);
    writeFileSync(file, bytes);
    await sendFile(client, attachment);
    expect(await pieces()).toHaveLength(2);
  });

  it('with wrong pieces is taken out, and fetched once it was sent again', async () => {
    const own = within('own');
    await client.set(`unearth:ticket:${digest}:1`, 'poison');
    const fetched = provideFiles(engine, own, { ticket: digest });
    while ((await pieces()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await sendFile(client, attachment);
    await fetched;
    expect(readdirSync(own)).toEqual([name]);
    expect(readFileSync(path.join(own, name)).equals(bytes)).toBe(true);
  });
});
