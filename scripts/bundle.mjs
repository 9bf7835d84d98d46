/**
 * One ES module of the public API for a page: `npm run bundle` writes it to `build/unearth.js`. It
 * is built from the sources, and refused if anything in it would need Node.
 */
import { isBuiltin } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { root } from './tools.mjs';

/** Stops the build at the first import of a Node built-in, with who imports it. */
const refuseBuiltins = {
  name: 'refuse-node-builtins',
  resolveId(specifier, importer) {
    if (!isBuiltin(specifier)) return null;
    const from = importer === undefined ? 'the entry' : path.relative(root, importer);
    throw new Error(`${from} imports '${specifier}', which a browser does not have`);
  },
};

/** The chunks of a build of the module `entry`. */
async function chunksOf(entry, input, output) {
  const build = await rolldown({
    input: entry,
    cwd: root,
    platform: 'browser',
    plugins: [refuseBuiltins],
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    logLevel: 'warn',
    onLog(level, log, handle) {
      // An unresolved import would be left in the bundle, where a page cannot load it.
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      handle(level, log);
    },
    ...input,
  });
  try {
    return (await build.generate({ format: 'esm', ...output })).output;
  } finally {
    await build.close();
  }
}

/** Bundles the module `entry` (default: the public API) and returns the code, minified if wanted. */
export async function bundle(entry = path.join(root, 'src', 'index.ts'), minify = false) {
  // What is imported on demand goes into the same module; the code asks for it from itself.
  const output = await chunksOf(entry, {}, { codeSplitting: false, minify });
  const [chunk] = output;
  const others = [...chunk.imports, ...chunk.dynamicImports].filter(
    (name) => name !== chunk.fileName,
  );
  if (output.length !== 1 || others.length > 0) {
    throw new Error('the bundle is not one self-contained module');
  }
  return chunk.code;
}

/**
 * The module `entry` as a page's own build would have it, minified: what it loads at once and, in files of
 * their own, what is imported on demand. Like a page's script it may export more than was asked for, so
 * that shared code stays in it.
 */
export async function bundleFiles(entry) {
  const input = { preserveEntrySignatures: 'allow-extension' };
  const chunks = await chunksOf(entry, input, { minify: true });
  const imports = new Map(chunks.map((chunk) => [chunk.fileName, chunk.imports]));
  const main = chunks.find(({ isEntry }) => isEntry).fileName;
  // A set is walked with what is added on the way.
  const first = new Set([main]);
  for (const name of first) for (const other of imports.get(name)) first.add(other);
  return chunks.map(({ fileName, code, moduleIds }) => ({
    name: fileName,
    code,
    isEntry: fileName === main,
    atOnce: first.has(fileName),
    modules: moduleIds.map((id) => path.relative(root, id).split(path.sep).join('/')),
  }));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { mkdirSync, writeFileSync } = await import('node:fs');
  const folder = path.join(root, 'build');
  const code = await bundle();
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'unearth.js'), code);
  process.stdout.write(`build/unearth.js: ${Buffer.byteLength(code)} bytes\n`);
}
