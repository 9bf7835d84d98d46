/** What a queue may not do to those who trust it no further than they must: hostile jobs, results, addresses. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Queue, Worker } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { jobData, jobId, ownVersion, queueName } from '../../src/cluster/jobs.js';
import { queuePlace } from '../../src/cluster/place.js';
import {
  type ProofRange,
  packSigns,
  proofRangeTask,
  unpackSigns,
} from '../../src/cluster/tasks/proof-range.js';
import { UsageError } from '../../src/core/errors.js';
import { checkedWith } from '../../src/core/zod.js';
import { pointTask } from '../../src/study/studies.js';
import { successStudy } from '../../src/study/success.js';
import { universalityStudy } from '../../src/study/universality.js';
import { program } from '../cli/processes.js';
import { cluster, until } from './processes.js';
import { hasRedis, needsRedis, redisServer } from './redis.js';

describe('the address of a queue', () => {
  it.each([
    ['redis://:secret@host', /password in the address is there for all to read/],
    ['http://host', /no address of a Redis server/],
    ['host:6379', /no address/],
    ['redis://host/0?x=1', /more than host, port and database/],
    ['redis://host/name', /more than host, port and database/],
    ['redis://me:secret/more@host', /"\.\.@host" (is no address|has more)/],
    ['redis:/:secret@host', /"\.\.@host" is no address of/],
    ['redis://host?password=secret', /"redis:\/\/host\.\." has more than host/],
    ['redis://%zz@host', /the user before "\.\.@host" cannot be read/],
  ])('%s is refused, and a password not repeated', (text, problem) => {
    expect(() => queuePlace(text)).toThrow(problem);
    expect(() => queuePlace(text)).toThrow(UsageError);
    try {
      queuePlace(text);
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
  });

  it('has host, port, user, database and TLS', () => {
    expect(queuePlace('rediss://me@host:1234/2', 'p')).toEqual({
      ...{ host: 'host', port: 1234, db: 2, secure: true, username: 'me', password: 'p' },
    });
    expect(queuePlace('redis://[::1]')).toMatchObject({ host: '::1', port: 6379, secure: false });
  });
});

describe('jobs and results', () => {
  const [point] = successStudy.plan({ seeds: 3, firstSeed: 7 });

  it('points are those of the study alone', () => {
    const allowed = (input: unknown) => checkedWith(pointTask.inputSchema, input).success;
    expect(allowed({ study: 'success', point })).toBe(true);
    for (const change of [
      { seeds: 1e9 },
      { seeds: 0 },
      { seeds: 1.5 },
      { firstSeed: -1 },
      { value: 1e6 },
      { dimensions: [100_000, 100_000] },
      { more: 1 },
      { construction: '__proto__' },
    ]) {
      expect(allowed({ study: 'success', point: { ...point, ...change } })).toBe(false);
    }
    expect(allowed({ study: '__proto__', point })).toBe(false);
    expect(allowed({ study: 'success', point, more: 1 })).toBe(false);
    const target = { ...universalityPoint, target: 1e6 };
    expect(allowed({ study: 'universality', point: universalityPoint })).toBe(true);
    expect(allowed({ study: 'universality', point: target })).toBe(false);
  });

  it('ranges name tickets by digests alone', () => {
    const good: ProofRange = { ticket: 'a'.repeat(64), block: 1, from: 0, to: 2 };
    const allowed = (input: unknown) => checkedWith(proofRangeTask.inputSchema, input).success;
    expect(allowed(good)).toBe(true);
    for (const change of [
      { ticket: '../../etc/passwd' },
      { ticket: `${'a'.repeat(63)}/` },
      { ticket: `${'a'.repeat(64)}\n` },
      { block: 0 },
      { from: 2 },
      { from: -1 },
      { to: 0.5 },
      { more: 1 },
    ]) {
      expect(allowed({ ...good, ...change })).toBe(false);
    }
  });

  it('signs come back as they went, and what nobody packed is refused', () => {
    const WIDTH = 2 ** 20;
    const signs = { neurons: Uint32Array.of(0, 5, WIDTH - 1), signs: Uint8Array.of(1, 0, 3) };
    expect(unpackSigns(packSigns(signs), WIDTH)).toEqual(signs);
    const none = { neurons: new Uint32Array(0), signs: new Uint8Array(0) };
    expect(unpackSigns(packSigns(none), WIDTH)).toEqual(none);
    expect(unpackSigns('not packed', WIDTH)).toBeUndefined();
    expect(
      unpackSigns(packSigns({ ...signs, signs: Uint8Array.of(1, 4, 1) }), WIDTH),
    ).toBeUndefined();
    // No more than a layer has is unpacked, and no neuron beyond it is taken.
    expect(unpackSigns(packSigns(signs), WIDTH - 1)).toBeUndefined();
    expect(unpackSigns(packSigns(signs), 2)).toBeUndefined();
    const twice = { neurons: Uint32Array.of(5, 5), signs: Uint8Array.of(1, 1) };
    expect(unpackSigns(packSigns(twice), WIDTH)).toBeUndefined();
    const descending = { neurons: Uint32Array.of(5, 4), signs: Uint8Array.of(1, 1) };
    expect(unpackSigns(packSigns(descending), WIDTH)).toBeUndefined();
  });
});

const [universalityPoint] = universalityStudy.plan({ targets: 6, seed: 3 });

describe('without the two packages', () => {
  it('queues say how to install them, and all else works', () => {
    const { folder } = cluster('peers');
    const root = path.dirname(path.dirname(path.dirname(program)));
    cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
    cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
    mkdirSync(path.join(folder, 'node_modules'));
    for (const name of ['commander', 'zod', '@noble', '@bufbuild', '@jax-js']) {
      symlinkSync(
        path.join(root, 'node_modules', name),
        path.join(folder, 'node_modules', name),
        'junction',
      );
    }
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['dist/cli/main.js', ...args], { cwd: folder, encoding: 'utf8' });
    for (const args of [
      ['worker', '--queue', 'redis://localhost'],
      ['queue', 'status', '--queue', 'redis://localhost'],
      ['study', 'size', '--queue', 'redis://localhost', '-o', 'out'],
    ]) {
      const { status, stderr } = run(...args);
      expect(stderr).toMatch(/npm install bullmq ioredis/);
      expect(status).toBe(2);
    }
    expect(run('--version').status).toBe(0);
  });
});

describe.skipIf(!hasRedis)(`workers and coordinators ${needsRedis}`, async () => {
  if (!hasRedis) return;
  const redis = await redisServer(
    'requirepass hush\nuser some on >word ~unearth:* &unearth:* +@all -@admin -@dangerous +info +client',
  );
  const { folder, start } = cluster('hostile');
  const url = redis.url.replace('//', '//some@');
  const env = { UNEARTH_QUEUE_PASSWORD: 'word' };
  const connection = { host: '127.0.0.1', port: redis.port, username: 'some', password: 'word' };
  const queue = new Queue(queueName(pointTask, ownVersion()), { connection, prefix: 'unearth' });
  const study = ['study', 'success', '--constructions', 'diffenderfer', '--seeds', '2'];

  it('a wrong password, and none, end at once and in words', async () => {
    const args = ['worker', '--queue', url];
    const [wrong, none, nobody] = await Promise.all([
      start(args, { UNEARTH_QUEUE_PASSWORD: 'wrong' }).ended,
      start(args).ended,
      start(['queue', 'status', '--queue', 'redis://127.0.0.1:1']).ended,
    ]);
    for (const { stderr } of [wrong, none]) {
      expect(stderr).toMatch(/no queue at redis:\/\/127\.0\.0\.1:\d+ \((WRONGPASS|NOAUTH|.*auth)/i);
    }
    expect(nobody.stderr).toMatch(/ECONNREFUSED.*start the server/);
    for (const { code } of [wrong, none, nobody]) expect(code).toBe(2);
  });

  it('a worker refuses what is no job, each by itself, and goes on', async () => {
    writeFileSync(path.join(folder, 'word'), 'word\n');
    const worker = start(['worker', '--queue', url, '--password-file', 'word', '--threads', '1'], {
      UNEARTH_QUEUE_PASSWORD: 'wrong',
    });
    const good = jobData(pointTask, ownVersion(), {});
    const bad = {
      nothing: null,
      'a job of another version': { ...good, unearth: '0.0.0' },
      'an unknown task': { ...good, task: 'constructor' },
      'the task of another queue': { ...good, task: proofRangeTask.name },
      'other results': { ...good, results: 99 },
      'a point of no study': { ...good, input: { study: 'success', point: { seeds: 1e9 } } },
      code: { ...good, run: 'process.exit(1)' },
      'more than a job is': { ...good, input: 'x'.repeat(70_000) },
      'one that is nested': { ...good, input: JSON.parse('['.repeat(2000) + ']'.repeat(2000)) },
    };
    const failed: string[] = [];
    for (const [name, data] of Object.entries(bad)) {
      const job = await queue.add('x', data, { attempts: 3 });
      await until(() => job.isFailed());
      const { failedReason, attemptsMade } = (await queue.getJob(job.id ?? '')) ?? {};
      failed.push(`${name}: ${failedReason}`);
      expect(attemptsMade, name).toBe(1);
    }
    expect(failed).toEqual([
      'nothing: this is no job of unearth',
      `a job of another version: this worker is of version ${ownVersion()}, the job of 0.0.0`,
      'an unknown task: this queue\'s jobs are of the task "study point"',
      'the task of another queue: this queue\'s jobs are of the task "study point"',
      'other results: results of version 99 are asked for, and here are those of 1',
      expect.stringMatching(/^a point of no study: the input is refused: /),
      'code: this is no job of unearth',
      expect.stringMatching(/^more than a job is: the job has 70\d{3} bytes, and may have 65536/),
      'one that is nested: the job is nested more than 64 deep',
    ]);
    const { code } = await start([...study, '-o', 'good', '--queue', url, '--check', '50%'], env)
      .ended;
    expect(code).toBe(0);
    worker.child.kill('SIGTERM');
    await worker.ended;
    await queue.obliterate({ force: true });
  });

  it('a coordinator refuses results that are none, and with a check those that are wrong', async () => {
    let answer: unknown;
    const hostile = new Worker(queue.name, async () => answer, { connection, prefix: 'unearth' });
    const result = {
      ...{ width: 1, depth: 1, weights: '1', failures: 0, failureBound: 1, failingSeeds: [] },
    };
    for (const [given, problem] of [
      [{ by: 'x', result: { ...result, failures: -1 } }, /worker x returned what is none/],
      [{ by: 'x', result: { ...result, more: 1 } }, /worker x returned what is none/],
      [{ by: 'x' }, /is refused/],
      ['text', /it is no answer of a worker/],
      [{ by: 'x', result }, /computed here, its result is another/],
    ] as const) {
      answer = given;
      const args = [...study, '-o', 'bad', '--force', '--queue', url, '--check', '100%'];
      const { code, stderr } = await start(args, env).ended;
      expect(stderr).toMatch(problem);
      expect(stderr).toMatch(/job \d+, \{"study":"success"/);
      expect(code).toBe(2);
      await queue.obliterate({ force: true });
    }
    await hostile.close();
  });

  it('a job that always fails ends the command, and names its point', async () => {
    const failing = new Worker(
      queue.name,
      async () => {
        throw new Error('the disk is full');
      },
      { connection, prefix: 'unearth' },
    );
    const { code, stderr } = await start([...study, '-o', 'fails', '--queue', url], env).ended;
    expect(stderr).toMatch(/job \d+, \{"study":"success".*failed 3 times: the disk is full/);
    expect(code).toBe(2);
    await failing.close();
    // What failed before is tried anew.
    const worker = start(['worker', '--queue', url, '--threads', '1'], env);
    expect((await start([...study, '-o', 'fails', '--queue', url], env).ended).code).toBe(0);
    worker.child.kill('SIGTERM');
    await worker.ended;
    await queue.close();
  });

  it('the same question has the same name', () => {
    const data = jobData(pointTask, '1.0.0', { a: 1 });
    expect(jobId(data)).toMatch(/^j[0-9a-f]{64}$/);
    expect(jobId({ ...data, node: 'v99' })).toBe(jobId(data));
    expect(jobId({ ...data, unearth: '1.0.1' })).not.toBe(jobId(data));
  });
});
