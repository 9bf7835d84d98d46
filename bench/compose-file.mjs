/**
 * The compose file of docs/cluster.md as far as a machine without containers can run it: its two commands, word
 * for word, as root in a mount namespace in which the host `queue` is this machine. What is put in the place of
 * a word is printed: the package of this checkout for `unearth`, and redis-server where there is no Valkey. Then
 * a study over the queue that they make, whose files are held against a local run. Needs Linux, root, unshare,
 * npm, redis-server or valkey-server, and port 6379. Usage: node bench/compose-file.mjs
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const root = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'unearth-compose-'));
const text = readFileSync(path.join(root, 'docs/cluster.md'), 'utf8');
const block = /^ {4}services:\n(?: {4}.*\n)+/m.exec(text)?.[0] ?? '';
const [serverCommand, workerCommand] = [...block.matchAll(/command: (.*)/g)].map(([, one]) => one);
const replicas = Number(/replicas: (\d+)/.exec(block)?.[1]);
if (serverCommand === undefined || workerCommand === undefined || !(replicas > 0)) {
  throw new Error('docs/cluster.md has no compose file with two commands');
}

const hasValkey = spawnSync('valkey-server', ['--version']).status === 0;
const packed = spawnSync('npm', ['pack', '--pack-destination', folder], {
  cwd: root,
  encoding: 'utf8',
});
const tarball = path.join(folder, packed.stdout.trim().split('\n').at(-1));
const replaced = [
  ...(hasValkey ? [] : [['valkey-server', 'redis-server']]),
  ['install -g unearth ', `install -g ${tarball} `],
];
const withThese = (command) =>
  replaced.reduce((all, [word, other]) => all.replace(word, other), command);

const password = 'compose';
const bin = path.join(folder, 'npm', 'bin');
const env = {
  ...process.env,
  UNEARTH_QUEUE_PASSWORD: password,
  npm_config_prefix: path.join(folder, 'npm'),
  PATH: `${bin}:${process.env.PATH}`,
};
mkdirSync(path.join(folder, 'data'));
writeFileSync(path.join(folder, 'hosts'), '127.0.0.1 localhost queue\n');

/** Runs a command as compose would: a shell's words, in its own folder, with the service's name for a host. */
function service(command, cwd) {
  const script = `mount --bind ${folder}/hosts /etc/hosts && exec ${command}`;
  const child = spawn('unshare', ['-m', 'sh', '-c', script], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part));
  const ended = new Promise((resolve) => child.on('close', resolve));
  return { child, ended, said: () => said };
}

const server = service(withThese(serverCommand), path.join(folder, 'data'));
const services = [server];
let failed = true;
try {
  while (!server.said().includes('Ready to accept connections')) {
    if (server.child.exitCode !== null) throw new Error(server.said());
    await wait(50);
  }
  for (let replica = 0; replica < replicas; replica++) {
    const worker = service(withThese(workerCommand), folder);
    services.push(worker);
    // Containers have folders of their own to install into; here they share one, so one after the other.
    while (!worker.said().includes('worker ')) {
      if (worker.child.exitCode !== null) throw new Error(worker.said());
      await wait(100);
    }
  }
  const study = ['study', 'universality', '--targets', '6'];
  const run = (args) => service(`${path.join(bin, 'unearth')} ${args.join(' ')}`, folder);
  const local = run([...study, '-o', 'local']);
  const asked = run([...study, '-o', 'asked', '--queue', 'redis://queue']);
  const codes = [await local.ended, await asked.ended];
  const files = readdirSync(path.join(folder, 'local'));
  const same = files.every(
    (name) =>
      existsSync(path.join(folder, 'asked', name)) &&
      readFileSync(path.join(folder, 'asked', name)).equals(
        readFileSync(path.join(folder, 'local', name)),
      ),
  );
  failed = !same || codes.some((code) => code !== 0);
  console.log(
    JSON.stringify(
      { replicas, replaced, codes, same, said: asked.said().trim().split('\n').at(-1) },
      null,
      2,
    ),
  );
} finally {
  // Workers first: one that is told to end waits for its server to say good-bye.
  for (const { child } of services.slice(1)) child.kill('SIGTERM');
  await Promise.all(services.slice(1).map(({ ended }) => ended));
  server.child.kill('SIGTERM');
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
