/**
 * Brings a checkout to where it can run: Node's version, the locked dependencies, the build in
 * `dist/`. Called by every npm script of the project, so each step first looks whether there is
 * anything to do. Node built-ins only: it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { withLock } from './setup-lock.mjs';
import { root, tools } from './tools.mjs';

const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.unearth-setup.json');
const dist = path.join(root, 'dist');
const nextDist = path.join(root, 'dist.next');
const machine = `${process.platform}-${process.arch}`;

/** A failure that is told in one line, with what to do about it. */
class SetupError extends Error {}

function say(text) {
  process.stderr.write(`unearth set-up: ${text}\n`);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function readStamp() {
  return readJson(stampFile) ?? {};
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(
      `Node ${process.versions.node} is too old; install Node 20.19 or newer and run this again`,
    );
  }
}

/**
 * Why the dependencies must be installed, or undefined. npm records what it installed in
 * `node_modules/.package-lock.json`, also when a person ran it by hand, so that is what the lockfile
 * is compared with. Packages for other platforms are optional and may be absent.
 */
function installReason() {
  const locked = readJson(path.join(root, 'package-lock.json'));
  if (locked?.packages === undefined) {
    throw new SetupError('package-lock.json is missing or damaged; restore it from the repository');
  }
  const installed = readJson(path.join(modules, '.package-lock.json'))?.packages;
  if (installed === undefined) return 'nothing is installed yet';
  const stamp = readStamp();
  if (stamp.machine !== undefined && stamp.machine !== machine) {
    return `what is installed is for ${stamp.machine}`;
  }
  for (const [place, wanted] of Object.entries(locked.packages)) {
    if (place === '') continue;
    const found = installed[place];
    if (found === undefined || !existsSync(path.join(root, place, 'package.json'))) {
      if (wanted.optional === true || wanted.devOptional === true) continue;
      return `${place} is missing`;
    }
    if (found.version !== wanted.version || found.integrity !== wanted.integrity) {
      return `${place} is not the locked version`;
    }
  }
  return undefined;
}

/** npm as a JavaScript file for this Node if it can be found so, else as a command on PATH. */
function npmCommand() {
  const candidates = [
    // Set by npm for the scripts it runs; another package manager puts itself there.
    process.env.npm_execpath,
    path.join(path.dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js'),
    path.join(path.dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js'),
  ];
  const cli = candidates.find(
    (file) => file !== undefined && path.basename(file) === 'npm-cli.js' && existsSync(file),
  );
  if (cli !== undefined) return { command: process.execPath, first: [cli], shell: false };
  // npm is a .cmd file on Windows, which only a shell starts; the arguments below are plain words.
  return { command: 'npm', first: [], shell: process.platform === 'win32' };
}

function install() {
  const reason = installReason();
  if (reason === undefined) return;
  say(`installing the locked dependencies with npm ci (${reason})`);
  const { command, first, shell } = npmCommand();
  const args = ['ci', '--include=dev', '--include=optional', '--ignore-scripts'];
  args.push('--no-audit', '--no-fund', '--loglevel=error');
  const result = spawnSync(command, [...first, ...args], {
    cwd: root,
    shell,
    // npm's own words go to stderr: stdout belongs to the command that called the set-up.
    stdio: ['ignore', 2, 2],
  });
  if (result.error !== undefined) {
    throw new SetupError(`npm could not be started (${result.error.message}); put npm on PATH`);
  }
  if (result.status !== 0) {
    throw new SetupError(
      `npm ci failed (${result.signal ?? `exit code ${result.status}`}, its own words are above); ` +
        'check that the package registry is reachable and run this again',
    );
  }
  const still = installReason();
  if (still !== undefined) {
    throw new SetupError(
      `npm ci ran, yet ${still}; delete node_modules and run this again, and check npm's settings with 'npm config list'`,
    );
  }
}

function sourceFiles() {
  return readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** A digest of everything that the build depends on. */
function buildDigest(sources) {
  const hash = createHash('sha256');
  const inputs = [...sources, 'tsconfig.json', 'tsconfig.build.json', 'package.json'];
  const built = ['scripts/bundle-program.mjs', 'package-lock.json'];
  for (const file of [...inputs, ...built, 'node_modules/typescript/package.json']) {
    const bytes = readFileSync(path.join(root, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

function outputOf(source) {
  return path.join(dist, path.relative('src', source)).replace(/\.ts$/, '.js');
}

function build() {
  const sources = sourceFiles();
  const digest = buildDigest(sources);
  const compiled = sources.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  const complete = compiled.every((file) => existsSync(outputOf(file)));
  if (complete && readStamp().build === digest) return;
  say('building dist/');
  // Built beside and then swapped in, so that outputs of deleted sources go and a failed build
  // leaves the last good one.
  rmSync(nextDist, { recursive: true, force: true });
  const steps = [
    { name: 'tsc', args: [tools.tsc, '-p', 'tsconfig.build.json', '--outDir', nextDist] },
    { name: 'the bundler', args: [tools.bundleProgram, nextDist] },
  ];
  for (const { name, args } of steps) {
    const result = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
    if (result.status === 0) continue;
    rmSync(nextDist, { recursive: true, force: true });
    throw new SetupError(`the build failed; mend the errors of ${name} above and run this again`);
  }
  rmSync(dist, { recursive: true, force: true });
  renameSync(nextDist, dist);
  writeFileSync(stampFile, `${JSON.stringify({ machine, build: digest })}\n`);
}

try {
  checkNode();
  withLock(root, say, () => {
    install();
    build();
  });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
