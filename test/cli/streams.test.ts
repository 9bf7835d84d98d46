/** Standard streams that cannot be written: neither the verdict nor the exit code of bad input changes. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { concatenate } from '../../src/core/concatenate.js';
import { emptiedTicket } from './emptied-ticket.js';
import { commandLine, digits, images } from './processes.js';

const { folder, unearth, shell } = commandLine('streams');
const at = (name: string): string => path.join(folder, name);

const find = `find '${digits}' --bits 4 --domain box:0,1`;
const run = `run four.ticket --input '${images}' --divide 255 --limit 50`;

beforeAll(() => {
  expect(
    unearth('find', digits, '--bits', '4', '--domain', 'box:0,1', '-o', 'four.ticket'),
  ).toMatchObject({
    status: 0,
  });
  writeFileSync(at('bad.ticket'), concatenate(emptiedTicket(readFileSync(at('four.ticket')))));
});

const LOST = /^error: standard output: it cannot be written \(ENOSPC\); make space there$/;

describe.runIf(existsSync('/dev/full') && process.platform !== 'win32')('a full disk', () => {
  it.each([
    'verify four.ticket',
    'verify bad.ticket',
    'inspect four.ticket',
    'inspect four.ticket --json',
    `plan '${digits}'`,
    run,
    `${run} --json`,
    'export four.ticket -o x.onnx --force',
    '--help',
    'find --help',
    '--version',
  ])('behind stdout is exit code 2 and one line: %s', (command) => {
    const { code, stderr } = shell(`status ${command} > /dev/full`);
    // Besides what `run` says of its engine.
    const errors = stderr.split('\n').filter((line) => /^error|^\s+at |internal/.test(line));
    expect(errors.join('\n')).toMatch(LOST);
    expect(code).toBe(2);
  });

  it('behind stderr changes nothing', () => {
    expect(shell('status verify absent 2> /dev/full')).toMatchObject({ code: 2, stdout: '' });
    expect(shell('status verify bad.ticket 2> /dev/full').code).toBe(1);
    expect(shell(`status ${run} 2> /dev/full`).code).toBe(0);
    expect(shell('status verify absent > /dev/full 2>&1').code).toBe(2);
  });

  it('behind stdout does not undo the work: the ticket is written', () => {
    expect(shell(`status ${find} -o written.ticket > /dev/full`).code).toBe(2);
    expect(unearth('verify', 'written.ticket').status).toBe(0);
    rmSync(at('written.ticket'));
  });
});

/** Runs a line whose reader has gone before it begins. */
function unread(line: string) {
  rmSync(at('gone'), { force: true });
  return shell(`{ until [ -e gone ]; do sleep 0.01; done; ${line}; } | { exec <&-; : > gone; }`);
}

describe.runIf(process.platform !== 'win32')('a reader that has gone', () => {
  it.each([
    ['verify bad.ticket', 1],
    ['verify bad.ticket --json', 1],
    ['export bad.ticket -o no.onnx', 1],
    ['verify four.ticket', 0],
    ['inspect four.ticket --json', 0],
    [run, 0],
    ['--help', 0],
    ['verify absent', 2],
    ['fnd', 2],
  ] as const)('changes no verdict: %s | true is %i', (command, expected) => {
    const { code, stderr } = unread(`status ${command}`);
    expect(code).toBe(expected);
    expect(stderr).not.toMatch(/EPIPE|internal|\n\s+at /);
    expect(unread(`status ${command} 2>&1`).code).toBe(expected);
  });

  it('leaves the work whole', () => {
    expect(unread(`status ${find} -o piped.ticket`).code).toBe(0);
    expect(unearth('verify', 'piped.ticket').status).toBe(0);
    expect(unread(`status ${run} --output piped.csv 2>&1`).code).toBe(0);
    expect(readFileSync(at('piped.csv'), 'utf8').trim().split('\n')).toHaveLength(50);
  });
});

describe.runIf(process.platform !== 'win32')('a stream that is closed', () => {
  it('is no error', () => {
    expect(shell('status verify bad.ticket >&-').code).toBe(1);
    expect(shell('status verify absent 2>&-').code).toBe(2);
  });
});
