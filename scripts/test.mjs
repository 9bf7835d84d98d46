/**
 * `npm test`: type check, lint and format check, then the tests. Every check counts as one test in
 * the closing line `N passed, N failed`. Arguments go to vitest, which then runs alone:
 * `npm test -- test/data`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { runNode, tools } from './tools.mjs';

const checks = [
  { name: 'type check', script: tools.tsc, args: ['-p', 'tsconfig.json', '--noEmit'] },
  {
    name: 'type check of the explorer',
    script: tools.tsc,
    args: ['-p', 'web/tsconfig.json', '--noEmit'],
  },
  {
    name: 'lint, import directions and format',
    script: tools.biome,
    args: ['ci', '--error-on-warnings', '--max-diagnostics=200', '.'],
  },
];

const total = { passed: 0, failed: 0, skipped: 0 };

function heading(text) {
  process.stdout.write(`\n== ${text}\n`);
}

async function runCheck({ name, script, args }) {
  heading(name);
  const code = await runNode(script, args);
  if (code >= 128) process.exit(code);
  process.stdout.write(code === 0 ? `${name}: passed\n` : `${name}: FAILED (exit code ${code})\n`);
  if (code === 0) total.passed += 1;
  else total.failed += 1;
}

/** Adds the counts of vitest's JSON report; what broke before a test could run is a failure too. */
function countReport(file, code) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    process.stdout.write(`vitest ended with exit code ${code} and left no report\n`);
    total.failed += 1;
    return;
  }
  const brokenFiles = report.testResults.filter(
    (result) => result.status === 'failed' && !hasFailedTest(result),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  total.passed += report.numPassedTests;
  total.skipped += report.numPendingTests + report.numTodoTests;
  // An error outside every test (an unhandled rejection, say) shows in the exit code alone.
  total.failed += failed === 0 && code !== 0 ? 1 : failed;
  if (report.numTotalTests === 0) total.failed += 1;
}

function hasFailedTest(result) {
  return result.assertionResults.some((assertion) => assertion.status === 'failed');
}

async function runTests(args) {
  heading('tests');
  const folder = mkdtempSync(path.join(tmpdir(), 'unearth-test-'));
  const report = path.join(folder, 'report.json');
  try {
    const code = await runNode(
      tools.vitest,
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
      { env: { ...process.env, NODE_ENV: 'test' } },
    );
    if (code >= 128) process.exit(code);
    countReport(report, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const filters = process.argv.slice(2);
if (filters.length === 0) {
  for (const check of checks) await runCheck(check);
}
await runTests(filters);

const skipped = total.skipped === 0 ? '' : `, ${total.skipped} skipped`;
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
