/** A redis-server of a test's own: on a free loopback port, in a temporary folder, ended by its process. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll } from 'vitest';

/** Whether this machine has one. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
export const needsRedis = hasRedis
  ? 'on a redis-server'
  : 'SKIPPED: there is no redis-server here (Debian: apt-get install redis-server)';

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  start(): Promise<void>;
  /** By SIGTERM or SIGKILL. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Cuts the end of what it wrote to disk; it must be stopped. */
  truncate(bytes: number): void;
  /** Of a server without TLS. */
  client(database?: number): Redis;
}

/** Files of a server that takes nothing but TLS. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

function portLines(port: number, tls: TlsFiles | undefined): string[] {
  if (tls === undefined) return [`port ${port}`];
  return [
    ...['port 0', `tls-port ${port}`, 'tls-auth-clients no'],
    ...[`tls-cert-file ${tls.certificate}`, `tls-key-file ${tls.key}`],
  ];
}

export async function redisServer(configuration = '', tls?: TlsFiles): Promise<RedisServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'unearth-redis-'));
  const port = await freePort();
  const file = path.join(folder, 'redis.conf');
  writeFileSync(
    file,
    [
      ...portLines(port, tls),
      'bind 127.0.0.1',
      `dir ${folder}`,
      'appendonly yes',
      'appendfsync always',
      'maxmemory-policy noeviction',
      configuration,
    ].join('\n'),
  );
  let child: ChildProcess | undefined;
  const clients: Redis[] = [];
  const server: RedisServer = {
    port,
    url: `${tls === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}`,
    async start() {
      const started = spawn('redis-server', [file], { stdio: ['ignore', 'pipe', 'ignore'] });
      child = started;
      await new Promise<void>((resolve, reject) => {
        let said = '';
        started.stdout.on('data', (chunk: Buffer) => {
          said += chunk;
          if (/Ready to accept connections/.test(said)) resolve();
        });
        started.on('exit', () => reject(new Error(said)));
      });
    },
    async stop(signal) {
      const running = child;
      if (running === undefined || running.exitCode !== null) return;
      const ended = new Promise((resolve) => running.on('exit', resolve));
      running.kill(signal);
      await ended;
      child = undefined;
    },
    truncate(bytes) {
      const log = path.join(folder, 'appendonlydir');
      const last = readdirSync(log).find((name) => name.endsWith('.incr.aof')) ?? '';
      const { size } = statSync(path.join(log, last));
      truncateSync(path.join(log, last), Math.max(0, size - bytes));
    },
    client(database = 0) {
      const client = new Redis({
        ...{ port, host: '127.0.0.1', db: database, maxRetriesPerRequest: null },
      });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
  };
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await server.start();
  return server;
}
