/**
 * A study over a queue under all that goes wrong: whatever is killed, the files are those of a local run,
 * byte by byte. Each test has a database, or a server, of its own, so that they wait together.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cluster, until } from './processes.js';
import { hasRedis, needsRedis, redisServer } from './redis.js';

const study = ['study', 'universality', '--targets', '6'];
const FILES = ['universality.jsonl', 'universality.csv', 'universality.svg'];
const POINTS = 18;

describe.skipIf(!hasRedis)(`a study over a queue ${needsRedis}`, async () => {
  if (!hasRedis) return;
  const [redis, unsteady] = await Promise.all([redisServer(), redisServer()]);
  const { folder, start, worker, fileOf } = cluster('failures');
  const local = start([...study, '-o', 'local']).ended;

  function coordinator(url: string, output: string) {
    return start([...study, '-o', output, '--queue', url]);
  }
  async function expectSame(output: string): Promise<void> {
    expect((await local).code).toBe(0);
    for (const name of FILES) expect(fileOf(output, name)).toBe(fileOf('local', name));
  }
  const lines = (output: string): number => {
    const file = path.join(folder, output, 'universality.jsonl');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 2 : 0;
  };

  it.concurrent('two workers, two coordinators at once: no job twice, and both get all', async () => {
    const url = `${redis.url}/1`;
    // Nobody is lost here, however long a busy machine has them wait.
    const patient = ['--lost-after', '60'];
    const workers = [worker(url, ...patient), worker(url, ...patient)];
    const both = await Promise.all([coordinator(url, 'one').ended, coordinator(url, 'two').ended]);
    for (const { code, stderr } of both) {
      expect(stderr).toMatch(/18 jobs by [12] workers?, 0 run again, 0 workers lost/);
      expect(code).toBe(0);
    }
    await expectSame('one');
    await expectSame('two');
    const asked = async () =>
      JSON.parse((await start(['queue', 'status', '--queue', url, '--json']).ended).stdout);
    const doneBy = ({ workers: all }: { workers: { done: number }[] }): number =>
      all.reduce((sum, { done }) => sum + done, 0);
    // Workers say how much they have done with their next sign of life.
    await until(async () => doneBy(await asked()) >= POINTS);
    const status = await asked();
    expect(status.tasks.study).toMatchObject({ completed: POINTS, waiting: 0, failed: 0 });
    expect(status.workers).toHaveLength(2);
    expect(doneBy(status)).toBe(POINTS);
    // A worker that is asked to end ends, and says good-bye.
    for (const { child } of workers) child.kill('SIGTERM');
    for (const { ended } of workers) expect((await ended).code).toBe(0);
    const cancelled = await start(['queue', 'cancel', '--queue', url]).ended;
    expect(cancelled.stdout).toMatch(/^18 jobs taken out/);
    expect(cancelled.code).toBe(0);
  });

  it.concurrent('workers killed in the midst of their jobs, and a coordinator killed and started again', async () => {
    const url = `${redis.url}/2`;
    const first = coordinator(url, 'killed');
    let running = worker(url);
    await until(() => lines('killed') > 2);
    running.child.kill('SIGKILL');
    running = worker(url);
    await until(() => lines('killed') > 5);
    first.child.kill('SIGKILL');
    await first.ended;
    running.child.kill('SIGKILL');
    const before = lines('killed');
    const again = coordinator(url, 'killed');
    running = worker(url);
    const { code, stdout, stderr } = await again.ended;
    expect(stderr).toMatch(/run again/);
    expect(code).toBe(0);
    expect(Number(/, (\d+) of them from an earlier run/.exec(stdout)?.[1])).toBe(before);
    await expectSame('killed');
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });

  it.concurrent('the server stopped, killed with the end of its log lost, and wiped', async () => {
    const { url } = unsteady;
    const asking = coordinator(url, 'outage');
    await until(() => asking.said().includes('no worker is there yet'));
    await unsteady.stop('SIGTERM');
    await until(() => asking.said().includes('does not answer'));
    await unsteady.start();
    const running = [worker(url), worker(url)];
    await until(() => lines('outage') > 4);
    await unsteady.stop('SIGKILL');
    unsteady.truncate(2000);
    await unsteady.start();
    await until(() => lines('outage') > 8);
    await unsteady.client().flushall();
    const { code, stderr } = await asking.ended;
    expect(stderr).toMatch(/the queue at redis:\/\/127\.0\.0\.1:\d+ does not answer/);
    expect(code).toBe(0);
    await expectSame('outage');
    // Idle workers, and a server that is away for a while.
    await unsteady.stop('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await unsteady.start();
    await unsteady.client().flushall();
    expect((await coordinator(url, 'later').ended).code).toBe(0);
    await expectSame('later');
    // One ends with the server, and one that the server has left.
    const [first, last] = running as [(typeof running)[0], (typeof running)[0]];
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    await unsteady.stop('SIGTERM');
    last.child.kill('SIGTERM');
    expect((await last.ended).code).toBe(0);
  });

  it.concurrent('says that nobody works, or that those who do are of another version', async () => {
    const asking = coordinator(`${redis.url}/3`, 'nobody');
    const client = redis.client(4);
    const about = { unearth: '9.9.9', node: 'v20.0.0', threads: 1, done: 0, lostAfter: 3000 };
    const beat = setInterval(() => {
      void client.hset('unearth:workers', 'x', JSON.stringify({ ...about, at: Date.now() }));
    }, 300);
    const other = coordinator(`${redis.url}/4`, 'strangers');
    await until(() => asking.said().includes('no worker is there yet'));
    await until(() => /no worker of version .* is there; those of 9\.9\.9/.test(other.said()));
    clearInterval(beat);
    for (const { child } of [asking, other]) child.kill('SIGINT');
    for (const { ended } of [asking, other]) expect((await ended).code).toBe(130);
  });
});
