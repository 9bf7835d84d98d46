/** The proof of a ticket through a queue: the verdict and the words of the local one. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { digits, program } from '../cli/processes.js';
import { changed } from '../ticket-changes.js';
import { cluster, until } from './processes.js';
import { hasRedis, needsRedis, redisServer } from './redis.js';

const DAMAGE = [0, 1, 2].map((byte) => `mask.2.gaps byte ${byte} = 255`).join('; ');

describe.skipIf(!hasRedis)(`verify over a queue ${needsRedis}`, async () => {
  if (!hasRedis) return;
  const redis = await redisServer();
  const { folder, start, worker } = cluster('ranges');
  mkdirSync(path.join(folder, 'shared'));
  const found = start(['find', digits, '--domain', 'box:0,1', '--bits', '4', '-o', 'd.ticket']);

  /** A worker whose files have at most so many blocks of 1024 bytes. */
  function limitedWorker(url: string, files: string, blocks: number) {
    const command = 'ulimit -f "$1"; shift; exec "$@"';
    const args = [process.execPath, program, 'worker', '--queue', url, '--threads', '1'];
    return spawn('bash', ['-c', command, 'bash', `${blocks}`, ...args, '--folder', files], {
      ...{ cwd: folder, stdio: 'ignore' },
    });
  }

  async function verified(ticket: string, ...more: string[]) {
    const { code, stdout, stderr } = await start(['verify', ticket, '--json', ...more]).ended;
    const { seconds, ...verdict } = JSON.parse(stdout);
    expect(seconds).toBeGreaterThan(0);
    return { code, verdict, stderr };
  }

  it('true and false tickets, through the server and through a folder', async () => {
    expect((await found.ended).code).toBe(0);
    const good = new Uint8Array(readFileSync(path.join(folder, 'd.ticket')));
    writeFileSync(
      path.join(folder, 'other.ticket'),
      changed(good, 'target.2 byte 7 = 3; target.1 byte 9 = 1'),
    );
    const workers = [worker(redis.url), worker(redis.url, '--folder', 'shared')];
    for (const ticket of ['d.ticket', 'other.ticket']) {
      const local = await verified(ticket, '--model', digits);
      expect(local.code).toBe(ticket === 'd.ticket' ? 0 : 1);
      const queue = ['--model', digits, '--queue', redis.url, '--ranges', '3'];
      const sent = await verified(ticket, ...queue);
      expect(sent.verdict).toEqual(local.verdict);
      expect(sent.code).toBe(local.code);
      expect(sent.stderr).toMatch(/\d+ jobs by [12] workers?, 0 run again, 0 workers lost/);
    }
    // What only masks tell, which are read by workers alone, is in the words of the local command.
    writeFileSync(path.join(folder, 'damaged.ticket'), changed(good, DAMAGE));
    const [local, queued] = await Promise.all([
      start(['verify', 'damaged.ticket']).ended,
      start(['verify', 'damaged.ticket', '--queue', redis.url, '--ranges', '2']).ended,
    ]);
    expect(local.stderr).toMatch(/^error: damaged\.ticket: tensor "mask\./);
    expect(queued.stderr).toContain(local.stderr);
    expect(queued.code).toBe(2);
    // A worker without that folder gets the ticket from the server too, where it was sent before.
    const shared = await verified(
      'd.ticket',
      '--queue',
      redis.url,
      '--ranges',
      '5',
      '--folder',
      'shared',
    );
    expect(shared.verdict).toMatchObject({ proved: true });
    expect(
      readdirSync(path.join(folder, 'shared')).every((name) => /^[0-9a-f]{64}\.ticket$/.test(name)),
    ).toBe(true);
    for (const { child } of workers) child.kill('SIGTERM');
    for (const { ended } of workers) expect((await ended).code).toBe(0);
  });

  it('a file of the folder that is not what its name says ends the command, and names the job', async () => {
    await redis.client().flushall();
    // The other worker's job of that digest is in the folder, but with other bytes.
    const name =
      readdirSync(path.join(folder, 'shared')).find((each) => each.endsWith('.ticket')) ?? '';
    copyFileSync(path.join(folder, 'other.ticket'), path.join(folder, 'shared', name));
    mkdirSync(path.join(folder, 'empty'));
    const one = worker(redis.url, '--folder', 'empty');
    const asked = await start([
      ...['verify', 'd.ticket', '--queue', redis.url, '--ranges', '2', '--folder', 'shared'],
    ]).ended;
    expect(asked.stderr).toMatch(/job \d, \{"ticket":"[0-9a-f]{64}","block":1,.*failed 3 times/);
    expect(asked.code).toBe(2);
    one.child.kill('SIGTERM');
    expect((await one.ended).code).toBe(0);
  });

  it('a server that is wiped before anybody works gets jobs and ticket again', async () => {
    const url = `${redis.url}/1`;
    const asking = start(['verify', 'd.ticket', '--queue', url, '--ranges', '2']);
    await until(() => asking.said().includes('no worker is there yet'));
    await redis.client(1).flushdb();
    const one = worker(url);
    const { code, stderr } = await asking.ended;
    expect(stderr).toMatch(/\d+ jobs by 1 worker, \d+ run again, 0 workers lost/);
    expect(code).toBe(0);
    one.child.kill('SIGTERM');
    await one.ended;
  });

  it('a worker on a full disk says so, and leaves no piece of a file', async () => {
    const url = `${redis.url}/2`;
    mkdirSync(path.join(folder, 'full'));
    // The system cuts its files, as a full disk does, and the ticket is larger.
    const limited = limitedWorker(url, 'full', 8);
    const { code, stderr } = await start(['verify', 'd.ticket', '--queue', url, '--ranges', '1'])
      .ended;
    expect(stderr).toMatch(
      /failed 3 times: .*full: the worker cannot put the ticket there \(EFBIG\)/,
    );
    expect(code).toBe(2);
    expect(readdirSync(path.join(folder, 'full'))).toEqual([]);
    limited.kill('SIGTERM');
  });

  it('what asks for no queue, or for two ways to share a study, is told so', async () => {
    const both = ['study', 'size', '--queue', redis.url, '--shard', '1/2'];
    const { code: refused, stderr: why } = await start(both).ended;
    expect(why).toMatch(/--shard.*cannot be used with.*--queue/);
    expect(refused).toBe(2);
    for (const flag of [
      ['--folder', 'shared'],
      ['--ranges', '2'],
    ]) {
      const { code, stderr } = await start(['verify', 'd.ticket', ...flag]).ended;
      expect(stderr).toMatch(/needs --queue/);
      expect(code).toBe(2);
    }
  });
});
