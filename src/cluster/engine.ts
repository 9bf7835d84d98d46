/**
 * The engine of queues, BullMQ on Redis or Valkey: optional peers, so this file, the only one that imports
 * them, is loaded when a queue is asked for.
 */
import { isIP } from 'node:net';
import type { ConnectionOptions, JobsOptions, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { UsageError } from '../core/errors.js';
import { placeText, type QueuePlace } from './place.js';
import { firstLineOf, remedyFor } from './trouble.js';

export type { JobsOptions, Queue, Redis, Worker };

/** All keys begin with it, so that an access list can name them. */
export const PREFIX = 'unearth';

async function loadPeers() {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, Redis: ioredis.Redis };
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      'queues need two packages that are not installed: npm install bullmq ioredis',
    );
  }
}

/** How long the server may take to answer at the start. */
const CONNECT_MILLISECONDS = 10_000;

function connectionOptions({ secure, ...place }: QueuePlace): ConnectionOptions {
  return {
    ...place,
    // An address has no server name; the certificate is held against it all the same.
    ...(secure && { tls: isIP(place.host) === 0 ? { servername: place.host } : {} }),
    // Commands wait for a server that is away; an idle one costs a try every two seconds.
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => Math.min(2000, 100 * times),
  };
}

/** Rejects with a `UsageError` where no server answers, or lets nobody in, or, if `writes`, write. */
async function connected(
  { Redis }: Awaited<ReturnType<typeof loadPeers>>,
  place: QueuePlace,
  writes: boolean,
): Promise<Redis> {
  const trial = new Redis({
    ...(connectionOptions(place) as object),
    lazyConnect: true,
    connectTimeout: CONNECT_MILLISECONDS,
    retryStrategy: () => null,
  });
  let last: Error | undefined;
  trial.on('error', (error: Error) => {
    last = error;
  });
  try {
    await trial.connect();
    // The client goes on in database 0 where the server has no such one.
    if (place.db !== 0) await trial.select(place.db);
    await trial.exists(`${PREFIX}:workers`);
    if (writes) await trial.set(`${PREFIX}:probe`, '', 'EX', 60);
  } catch (error) {
    const thrown = last ?? (error as Error);
    const reason = firstLineOf(thrown) || 'it does not answer';
    throw new UsageError(
      `option "queue": no queue at ${placeText(place)} (${reason}); ${remedyFor(thrown)}`,
    );
  } finally {
    trial.disconnect();
  }
  return new Redis(connectionOptions(place) as object);
}

export interface Engine {
  readonly client: Redis;
  /** How often the server has been connected to. */
  connections(): number;
  queue(name: string): Queue;
  worker(
    name: string,
    perform: (job: { readonly id?: string; readonly data: unknown }) => Promise<unknown>,
    options: {
      readonly concurrency: number;
      readonly name: string;
      /** Milliseconds after which its jobs are others' where it gives no sign of life. */
      readonly lostAfter: number;
    },
  ): Worker;
  /** An error after which a job is not tried again. */
  hopeless(message: string): Error;
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Whether more than looking is asked of it. */
  readonly writes: boolean;
  /** Hears of a server that does not answer, or refuses, and of what else the engine says (a lock that was lost). */
  report(error: Error): void;
}

/** Opens a queue's server. Rejects with a `UsageError` where it cannot be used. */
export async function openEngine(
  place: QueuePlace,
  { writes, report }: EngineOptions,
): Promise<Engine> {
  const peers = await loadPeers();
  const client = await connected(peers, place, writes);
  client.on('error', report);
  const { bullmq } = peers;
  const connection = connectionOptions(place);
  const opened: Queue[] = [];
  let connections = 0;
  client.on('ready', () => connections++);
  return {
    client,
    connections: () => connections,
    queue(name) {
      // Nobody listens to events, which hold results a second time.
      const streams = { events: { maxLen: 10 } };
      const queue = new bullmq.Queue(name, { connection, prefix: PREFIX, streams });
      queue.on('error', report);
      opened.push(queue);
      return queue;
    },
    worker(name, perform, { concurrency, name: own, lostAfter }) {
      const worker = new bullmq.Worker(name, (job) => perform(job), {
        connection,
        prefix: PREFIX,
        concurrency,
        name: own,
        // A machine that is taken away now and then is no reason to give a job up.
        maxStalledCount: 10,
        lockDuration: lostAfter,
        stalledInterval: lostAfter / 2,
        autorun: true,
      });
      worker.on('error', report);
      return worker;
    },
    hopeless: (message) => new bullmq.UnrecoverableError(message),
    async close() {
      await Promise.allSettled(opened.map((one) => one.close()));
      client.disconnect();
    },
  };
}
