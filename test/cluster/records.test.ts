/** Records of jobs as a server has them that loses, between two questions, what it had. */
import { describe, expect, it } from 'vitest';
import type { Engine, Redis } from '../../src/cluster/engine.js';
import { MOST_RESULT_LENGTH } from '../../src/cluster/jobs.js';
import { jobRecords } from '../../src/cluster/records.js';
import { hasRedis, needsRedis, redisServer } from './redis.js';

describe.skipIf(!hasRedis)(`records ${needsRedis}`, async () => {
  if (!hasRedis) return;
  const redis = await redisServer();

  /** A client that does something before its second pipeline. */
  function engineWith(client: Redis, between: () => Promise<unknown>): Engine {
    let pipelines = 0;
    const own = {
      pipeline() {
        const pipeline = client.pipeline();
        if (++pipelines === 2) {
          const exec = pipeline.exec.bind(pipeline);
          pipeline.exec = (async () => {
            await between();
            return exec();
          }) as typeof pipeline.exec;
        }
        return pipeline;
      },
    };
    return { client: own as unknown as Redis } as Engine;
  }
  const finished = { timestamp: '1', finishedOn: '2', ats: '2', atm: '1' };

  it('have a state, and results or reasons', async () => {
    const client = redis.client(1);
    await client.hset('unearth:q:done', { ...finished, returnvalue: '{"by":"x"}' });
    await client.hset('unearth:q:bad', { ...finished, failedReason: 'why' });
    await client.hset('unearth:q:open', { timestamp: '1' });
    const { read, ended, gone } = jobRecords(
      engineWith(client, async () => undefined),
      'q',
    );
    const common = { begun: 2, failures: 1 };
    expect(await read(['done', 'bad', 'open', 'none'])).toEqual([
      { id: 'done', state: 'completed', result: '{"by":"x"}', reason: '', ...common },
      { id: 'bad', state: 'failed', result: null, reason: 'why', ...common },
      expect.objectContaining({ id: 'open', state: 'open', begun: 0 }),
      expect.objectContaining({ id: 'none', state: 'gone' }),
    ]);
    await client.zadd('unearth:q:completed', 1, 'done');
    expect(await ended(['done', 'open'])).toEqual(['done']);
    expect(await gone(['done', 'none'])).toEqual(['none']);
  });

  it('of a server that is wiped meanwhile are gone, not too long', async () => {
    const client = redis.client(2);
    await client.hset('unearth:q:done', { ...finished, returnvalue: '{"by":"x"}' });
    const { read } = jobRecords(
      engineWith(client, () => client.flushdb()),
      'q',
    );
    expect(await read(['done'])).toMatchObject([{ state: 'gone', result: null }]);
  });

  it('are not read where a result is too long', async () => {
    const client = redis.client(3);
    await client.hset('unearth:q:long', finished);
    await client.hset('unearth:q:long', 'returnvalue', 'x'.repeat(MOST_RESULT_LENGTH + 1));
    const { read } = jobRecords(
      engineWith(client, async () => undefined),
      'q',
    );
    expect(await read(['long'])).toMatchObject([{ state: 'completed', result: null }]);
  });
});
