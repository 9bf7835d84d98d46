/** A queue behind TLS, as a network of other people asks for: authorities, names, users and their rights. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cluster } from './processes.js';
import { hasRedis, needsRedis, redisServer } from './redis.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const needs = hasOpenssl ? needsRedis : 'SKIPPED: there is no openssl here';

describe.skipIf(!hasRedis || !hasOpenssl)(`TLS ${needs}`, async () => {
  if (!hasRedis || !hasOpenssl) return;
  const { folder, start, fileOf } = cluster('tls');

  /** A certificate of its own authority, for these names. */
  function certificate(name: string, names: string) {
    const files = {
      certificate: path.join(folder, `${name}.pem`),
      key: path.join(folder, `${name}.key`),
    };
    const { status, stderr } = spawnSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-days', '2', '-subj', '/CN=queue', '-addext', `subjectAltName=${names}`],
        ...['-keyout', files.key, '-out', files.certificate],
      ],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    return files;
  }

  // The rights that docs/cluster.md names, and no other user.
  const users = [
    'user default off',
    'user some on >word ~unearth:* &unearth:* +@all -@admin -@dangerous +info +client',
  ].join('\n');
  const known = certificate('known', 'DNS:localhost,IP:127.0.0.1');
  const [redis, elsewhere] = await Promise.all([
    redisServer(users, known),
    redisServer(users, certificate('elsewhere', 'DNS:elsewhere.example')),
  ]);
  const byAddress = redis.url.replace('//', '//some@');
  const byName = byAddress.replace('127.0.0.1', 'localhost');
  const trusting = { NODE_EXTRA_CA_CERTS: known.certificate, UNEARTH_QUEUE_PASSWORD: 'word' };
  const status = (url: string, env: NodeJS.ProcessEnv) =>
    start(['queue', 'status', '--queue', url], env).ended;

  it('a study, by name and by address, as a user without other rights', async () => {
    const study = ['study', 'success', '--constructions', 'diffenderfer', '--seeds', '2'];
    const local = start([...study, '-o', 'local']).ended;
    const running = start(['worker', '--queue', byName, '--threads', '1'], trusting);
    const asked = await start([...study, '-o', 'asked', '--queue', byAddress], trusting).ended;
    expect(asked.stderr).toMatch(/jobs by 1 worker, 0 run again, 0 workers lost/);
    expect(asked.stderr).not.toMatch(/warning/i);
    expect(asked.code).toBe(0);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
    expect((await local).code).toBe(0);
    expect(fileOf('asked', 'success.jsonl')).toBe(fileOf('local', 'success.jsonl'));
  });

  it('an unknown authority, another name, no TLS and a wrong password are refused in words', async () => {
    const [unknown, other, plain, wrong] = await Promise.all([
      status(byName, { UNEARTH_QUEUE_PASSWORD: 'word' }),
      status(elsewhere.url.replace('//', '//some@'), {
        NODE_EXTRA_CA_CERTS: path.join(folder, 'elsewhere.pem'),
        UNEARTH_QUEUE_PASSWORD: 'word',
      }),
      status(byName.replace('rediss', 'redis'), trusting),
      status(byName, { ...trusting, UNEARTH_QUEUE_PASSWORD: 'other' }),
    ]);
    for (const { code } of [unknown, other, plain, wrong]) expect(code).toBe(2);
    expect(unknown.stderr).toMatch(/self-signed certificate/);
    expect(other.stderr).toMatch(/altnames/);
    expect(plain.stderr).toMatch(/no queue at redis:\/\/localhost:\d+/);
    expect(wrong.stderr).toMatch(/WRONGPASS/);
  });
});
