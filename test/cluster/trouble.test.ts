/** Servers that refuse, options that make no sense, and jobs that are taken out: each ends in words, not in silence. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ownVersion, queueName } from '../../src/cluster/jobs.js';
import { queuePlace } from '../../src/cluster/place.js';
import { inWords, isOutage, troublesOf } from '../../src/cluster/trouble.js';
import { signOfLife, workersOf } from '../../src/cluster/workers.js';
import { UsageError } from '../../src/core/errors.js';
import { pointTask } from '../../src/study/studies.js';
import { cluster, until } from './processes.js';
import { hasRedis, needsRedis, redisServer } from './redis.js';

function refusal(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

describe('trouble with a server', () => {
  const place = queuePlace('redis://host');

  it('is told of once for each kind, until it is over', () => {
    const said: string[] = [];
    const troubles = troublesOf(place, (text) => said.push(text));
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    for (const error of [
      refused,
      Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
      refusal('WRONGPASS invalid username-password pair'),
      refusal('WRONGPASS invalid username-password pair'),
      new Error('Missing lock for job 1'),
    ]) {
      troubles.hear(error);
    }
    expect(said).toEqual([
      'the queue at redis://host:6379 does not answer (connect ECONNREFUSED); still trying',
      'the queue at redis://host:6379 refuses (WRONGPASS invalid username-password pair); still trying',
    ]);
    expect(troubles.isOutage()).toBe(true);
    expect(troubles.over()).toBe(true);
    expect(troubles.over()).toBe(false);
    expect(troubles.isOutage()).toBe(false);
    troubles.hear(refused);
    expect(said).toHaveLength(3);
  });

  it('is in words, and waited for where it passes', () => {
    expect(isOutage(refusal("READONLY You can't write"))).toBe(true);
    expect(isOutage(refusal('OOM command not allowed'))).toBe(false);
    const told = inWords(refusal('OOM command not allowed\nmore'), place);
    expect(told).toBeInstanceOf(UsageError);
    expect(String(told)).toMatch(/redis:\/\/host:6379 refuses \(OOM command not allowed\); .*max/);
    const own = new Error('a defect');
    expect(inWords(own, place)).toBe(own);
  });
});

describe.skipIf(!hasRedis)(`a queue's server ${needsRedis}`, async () => {
  if (!hasRedis) return;
  const redis = await redisServer();
  const { folder, start } = cluster('trouble');
  const study = ['study', 'success', '--constructions', 'diffenderfer', '--seeds', '2'];
  const inTheWay = redis.client(3);

  it('that refuses ends commands with words, and a worker too', async () => {
    await inTheWay.set('unearth:workers', 'x');
    const wayward = `${redis.url}/3`;
    const blocked = await Promise.all([
      start(['worker', '--queue', wayward]).ended,
      start(['queue', 'status', '--queue', wayward]).ended,
      start(['queue', 'status', '--queue', `${redis.url}/99`]).ended,
    ]);
    expect(blocked[0].stderr).toMatch(/refuses \(WRONGTYPE .*name another database/);
    expect(blocked[1].stderr).toMatch(/refuses \(WRONGTYPE .*name another database/);
    expect(blocked[2].stderr).toMatch(/no queue at .* \(ERR DB index is out of range\)/);
    const admin = redis.client();
    await admin.config('SET', 'maxmemory', '1');
    const full = await Promise.all([
      start([...study, '-o', 'full', '--queue', redis.url]).ended,
      start(['worker', '--queue', redis.url]).ended,
    ]);
    await admin.config('SET', 'maxmemory', '0');
    for (const { stderr } of full) expect(stderr).toMatch(/\(OOM .*it is full: give it more/);
    await admin.replicaof('127.0.0.1', '1');
    const replica = await start([...study, '-o', 'replica', '--queue', redis.url]).ended;
    await admin.replicaof('NO', 'ONE');
    expect(replica.stderr).toMatch(/READONLY .*it is a replica: name its primary/);
    for (const { code } of [...blocked, ...full, replica]) expect(code).toBe(2);
  });

  it('whose clock is not that of its workers counts signs of life by its own', async () => {
    const client = redis.client(4);
    const about = { unearth: '1', node: 'v20.0.0', threads: 1, done: 0, lostAfter: 3000 };
    // Its machine is two minutes behind that of who looks.
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now - 120_000);
    await signOfLife(client, 'w', about);
    clock.mockRestore();
    expect(await workersOf(client)).toMatchObject([{ name: 'w', isLost: false }]);
  });

  it('from which the jobs were cancelled has none, and who waits for them ends', async () => {
    const url = `${redis.url}/5`;
    const client = redis.client(5);
    const jobs = () => client.keys(`unearth:${queueName(pointTask, ownVersion())}:j*`);
    const asking = start([...study, '-o', 'cancelled', '--queue', url]);
    await until(async () => (await jobs()).length > 0);
    const cancelled = await start(['queue', 'cancel', '--queue', url]).ended;
    expect(cancelled.stdout).toMatch(/^\d+ jobs? taken out/);
    const { code, stderr } = await asking.ended;
    expect(stderr).toMatch(/the queue: its jobs were cancelled .*start it again/);
    expect(code).toBe(2);
    expect(await jobs()).toEqual([]);
    // Started again it waits for them as before; and a job may have failed without having been begun.
    const again = start([...study, '-o', 'cancelled', '--queue', url]);
    await until(async () => (await jobs()).length > 0);
    for (const key of await jobs()) {
      await client.hset(key, 'failedReason', 'its worker was lost', 'finishedOn', '1');
      await client.zadd(
        `${key.slice(0, key.lastIndexOf(':'))}:failed`,
        1,
        key.split(':').at(-1) ?? '',
      );
    }
    const failed = await again.ended;
    expect(failed.stderr).toMatch(/: the job failed: its worker was lost/);
    expect(failed.code).toBe(2);
  });

  it('is not asked where a worker could do nothing', async () => {
    mkdirSync(path.join(folder, 'here'));
    writeFileSync(path.join(folder, 'file'), '');
    for (const [args, problem] of [
      [['--folder', 'nope'], /nope: files cannot be put there \(ENOENT\)/],
      [['--folder', 'file'], /file: this is no folder/],
      [['--folder', ''], /--folder "": name a folder/],
      [['--seconds', '3000000'], /--seconds 3000000: give a number above 0, at most 2147483/],
    ] as const) {
      const { code, stderr } = await start(['worker', '--queue', redis.url, ...args]).ended;
      expect(stderr).toMatch(problem);
      expect(code).toBe(2);
    }
  });
});
