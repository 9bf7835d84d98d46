/**
 * `npm run watch`: on every saved change in `src/` or `test/`, the tests that name the changed file in
 * an import run at once; what they reach by detours is left to `npm test`. Beside it the compiler keeps
 * `dist/` up to date, for tests that start the program. Ends with Ctrl-C.
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

/** Files below `test/` that import `file` (a path relative to the project's folder), or are it. */
function testsOf(file) {
  const tests = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => path.join('test', name))
    .filter((name) => name.endsWith('.test.ts'));
  if (file.endsWith('.test.ts')) return existsSync(path.join(root, file)) ? [file] : [];
  return tests.filter((test) => {
    const text = readFileSync(path.join(root, test), 'utf8');
    return [...text.matchAll(/'(\.{1,2}\/[^']+)\.js'/g)].some(
      ([, name]) => `${path.join(path.dirname(test), name)}.ts` === file,
    );
  });
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
