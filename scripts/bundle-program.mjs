/**
 * The command line in few files: `main.js`, and the worker and the thread that it starts, with what they
 * import, packages too, over the compiled ones in `FOLDER/cli/`. From its hundreds of modules every command
 * would take more than half a second of processor time before it begins.
 *
 *   node scripts/bundle-program.mjs FOLDER      called by setup.mjs when it builds
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { rolldown } from 'rolldown';
import { root } from './tools.mjs';

const folder = path.join(path.resolve(process.argv[2]), 'cli');
const source = path.join(root, 'src', 'cli');

// All in one folder: what starts a worker finds it beside itself, whichever file it is in.
const input = {
  main: path.join(source, 'main.ts'),
  worker: path.join(source, 'workers', 'worker.ts'),
  thread: path.join(source, 'workers', 'thread.ts'),
  'job-thread': path.join(root, 'src', 'cluster', 'job-thread.ts'),
};
const entries = new Set(Object.values(input));

/** By module, those that it imports as it is loaded. */
const imports = new Map();
const noteImports = {
  name: 'note-imports',
  buildEnd() {
    for (const id of this.getModuleIds()) {
      imports.set(id, this.getModuleInfo(id)?.importedIds ?? []);
    }
  },
};

/** Modules of `src/` and all that is loaded with them, but for entries, which begin to work when they are. */
function loadedWith(...modules) {
  let loaded;
  return (id) => {
    // A set is walked with what is added on the way.
    loaded ??= new Set(modules.map((each) => path.join(root, 'src', each)));
    for (const each of loaded) for (const other of imports.get(each) ?? []) loaded.add(other);
    return loaded.has(id) && !entries.has(id);
  };
}

/**
 * Files of their own, the first that fits: what a thread begins with, what `find` and `run` take in the main
 * thread, what `run` takes in its worker, what `find` takes there beside it, and two constructions. Opening a
 * file costs as much as compiling many kilobytes of it, and without these there would be a hundred of them in
 * each find. Other commands take most of the same. Readers of models are `find`'s alone: what they set up as
 * they are loaded takes a quarter of the time in which a command begins.
 */
const groups = [
  loadedWith('cli/workers/thread.ts'),
  loadedWith('cli/main.ts', 'cli/commands/find.ts', 'cli/commands/run.ts'),
  loadedWith('cli/workers/worker.ts', 'cli/jobs/run.ts'),
  loadedWith('cli/jobs/find.ts'),
  loadedWith('constructions/skip/skip.ts'),
  loadedWith('constructions/horner/horner.ts'),
].map((test, index, all) => ({ name: `group-${index}`, test, priority: all.length - index }));

const build = await rolldown({
  cwd: root,
  platform: 'node',
  plugins: [noteImports],
  input,
  // Loaded by few commands, large, or the user's own to install.
  external: [/^@jax-js\//, 'bullmq', 'ioredis'],
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  logLevel: 'warn',
  onLog(level, log, handle) {
    // It would be left as it is, and missing where the package is installed.
    if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    handle(level, log);
  },
});
const { output } = await build.write({
  format: 'esm',
  dir: folder,
  chunkFileNames: 'part-[hash].js',
  codeSplitting: { groups },
  comments: { legal: true },
  sourcemap: true,
});
await build.close();

// Files that are started and not imported are none of the bundler's business.
for (const { fileName, code = '' } of output) {
  for (const [, started] of code.matchAll(/new URL\("(\.\/[^"]+)", import\.meta\.url\)/g)) {
    if (existsSync(path.join(folder, started))) continue;
    throw new Error(`${fileName} starts ${started}, which is no entry of bundle-program.mjs`);
  }
}

/** The folder of the package that a module is of; undefined for the project's own. */
function packageOf(id) {
  const at = id.lastIndexOf(`node_modules${path.sep}`);
  if (at < 0) return undefined;
  const [scope, name] = id.slice(at).split(path.sep).slice(1);
  const inside = scope.startsWith('@') ? path.join(scope, name) : scope;
  return path.join(id.slice(0, at), 'node_modules', inside);
}

/** The comment that a file begins with, as text. */
function headOf(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines.slice(0, end).map((line) => line.replace(/^\/\/ ?/, ''));
}

/** Packages without a licence file: files whose heads state whose they are and how licensed, and the licence's text. */
const UNFILED = {
  '@bufbuild/protobuf': {
    heads: ['dist/esm/index.js', 'dist/esm/wire/varint.js'],
    text: path.join(root, 'scripts', 'licences', 'apache-2.0.txt'),
  },
};

/** What a package is licensed under, in full. Throws where it does not say. */
function licenceOf(name, at) {
  const file = readdirSync(at).find((each) => /^licen[cs]e/i.test(each));
  if (file !== undefined) return readFileSync(path.join(at, file), 'utf8').trim();
  if (!Object.hasOwn(UNFILED, name)) {
    throw new Error(`${name} has no licence file: name it as external`);
  }
  const { heads, text } = UNFILED[name];
  const stated = heads.map((each) => headOf(path.join(at, each)).join('\n'));
  return [...stated, readFileSync(text, 'utf8').trim()].join('\n\n');
}

const packages = new Set(
  output.flatMap(({ moduleIds = [] }) => moduleIds.map(packageOf).filter((at) => at !== undefined)),
);
const notices = [...packages].sort().map((at) => {
  const { name, version, license } = JSON.parse(
    readFileSync(path.join(at, 'package.json'), 'utf8'),
  );
  return `${name} ${version} (${license})\n\n${licenceOf(name, at)}\n`;
});
writeFileSync(
  path.join(folder, 'THIRD-PARTY-LICENSES.txt'),
  `The files in this folder contain code of these packages.\n\n${notices.join(`\n${'-'.repeat(72)}\n\n`)}`,
);
