/**
 * `npm run watch`: on every saved change in `src/` or `test/`, the tests nearest to the changed file by
 * imports run at once; what lies further off is left to `npm test`. Beside it the compiler keeps `dist/` up
 * to date, for tests that start the program. Ends with Ctrl-C.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, watch } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { root, runNode, tools } from './tools.mjs';

/** Saving a file is several events; this many milliseconds without one end it. */
const QUIET = 200;

const compiler = spawn(
  process.execPath,
  [tools.tsc, '-p', path.join(root, 'tsconfig.build.json'), '--watch', '--preserveWatchOutput'],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
process.on('exit', () => compiler.kill());
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

/** Files that each file below `folder` names in an import, all relative to the project's folder. */
function importsBelow(folder) {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((name) => name.endsWith('.ts'));
  return files.map((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const targets = [...text.matchAll(/'(\.{1,2}\/[^']+)\.js'/g)].map(
      ([, name]) => `${path.join(path.dirname(file), name)}.ts`,
    );
    return { file, targets };
  });
}

/**
 * The tests of a file (a path relative to the project's folder): those that import it, or, where none
 * does, those that import what imports it, and so on.
 */
function testsOf(file) {
  if (file.endsWith('.test.ts')) return existsSync(path.join(root, file)) ? [file] : [];
  const all = [...importsBelow('src'), ...importsBelow('test')];
  const seen = new Set([file]);
  for (let reached = [file]; reached.length > 0; ) {
    const users = all.filter(({ targets }) => targets.some((target) => reached.includes(target)));
    const tests = users.map((user) => user.file).filter((user) => user.endsWith('.test.ts'));
    if (tests.length > 0) return tests;
    reached = users.map((user) => user.file).filter((user) => !seen.has(user));
    for (const user of reached) seen.add(user);
  }
  return [];
}

const changed = new Set();
let timer;
let running = false;

async function runChanged() {
  if (running || changed.size === 0) return;
  running = true;
  const files = [...changed];
  changed.clear();
  const tests = [...new Set(files.flatMap(testsOf))].sort();
  process.stdout.write(`\n== ${files.join(', ')}: ${tests.length} test files\n`);
  if (tests.length > 0) await runNode(tools.vitest, ['run', '--reporter=dot', ...tests]);
  running = false;
  await runChanged();
}

for (const folder of ['src', 'test']) {
  watch(path.join(root, folder), { recursive: true }, (_, name) => {
    if (name === null || !name.endsWith('.ts')) return;
    changed.add(path.join(folder, name));
    clearTimeout(timer);
    timer = setTimeout(runChanged, QUIET);
  });
}
process.stdout.write('watching src/ and test/; Ctrl-C ends it\n');
