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

const build = await rolldown({
  cwd: root,
  platform: 'node',
  // All in one folder: what starts a worker finds it beside itself, whichever file it is in.
  input: {
    main: path.join(source, 'main.ts'),
    worker: path.join(source, 'workers', 'worker.ts'),
    thread: path.join(source, 'workers', 'thread.ts'),
    'job-thread': path.join(root, 'src', 'cluster', 'job-thread.ts'),
  },
  // Loaded by few commands, large, without a licence file to pass on, or the user's own to install.
  external: [/^@jax-js\//, /^@bufbuild\//, 'bullmq', 'ioredis'],
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

const packages = new Set(
  output.flatMap(({ moduleIds = [] }) => moduleIds.map(packageOf).filter((at) => at !== undefined)),
);
const notices = [...packages].sort().map((at) => {
  const { name, version, license } = JSON.parse(
    readFileSync(path.join(at, 'package.json'), 'utf8'),
  );
  const file = readdirSync(at).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${name} has no licence file: name it as external`);
  const text = readFileSync(path.join(at, file), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
});
writeFileSync(
  path.join(folder, 'THIRD-PARTY-LICENSES.txt'),
  `The files in this folder contain code of these packages.\n\n${notices.join(`\n${'-'.repeat(72)}\n\n`)}`,
);
