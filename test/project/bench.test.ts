/** `npm run bench` says what it cannot do before it installs anything: one line, exit code 2. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';

const script = path.resolve('scripts/bench.mjs');

describe('npm run bench', () => {
  it.each([
    [['nope'], /there is no case "nope", only digits, mnist-13, .*; available: digits$/],
    [['digits', 'mnist-13'], /mnist-13 needs .*mnist_256x2\.onnx: set UNEARTH_SHARED .*: digits$/],
    [['acasxu'], /acasxu needs .*; available: digits$/],
    [['--seconds', 'soon'], /--seconds soon: give a number above 0/],
    [['--engines', '('], /--engines \(: give a regular expression/],
    [['--cases'], /Unknown option '--cases'/],
  ])('%j', (args, message) => {
    const { UNEARTH_SHARED: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      env,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^error: bench: [^\n]+\n$/);
    expect(stderr.trimEnd()).toMatch(message);
  });
});
