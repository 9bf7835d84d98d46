/** Command lines that cannot be parsed, help and the version. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandLine } from './processes.js';

const { unearth } = commandLine('usage');

describe('a command line', () => {
  it.each([
    [[], /give a command: find, verify, .*completion; see unearth --help/],
    [['fnd', 'x.onnx'], /unknown command 'fnd'; did you mean find\?/],
    [['find', '--epsilom', '1', 'x.onnx'], /unknown option '--epsilom'; did you mean --epsilon\?/],
    [['--nope'], /unknown option '--nope'; see unearth --help/],
    [['study'], /give a command: success, .*figures; see unearth study --help/],
    [['study', 'sucess'], /unknown command 'sucess'; did you mean success\?/],
    [['find'], /missing required argument 'model'; see unearth find --help/],
    [['find', 'a', 'b'], /too many arguments for 'find': expected 1 .*; see unearth find --help/],
    [['run', 'x.ticket'], /required option '--input <file>' not specified; see unearth run --help/],
    [['find', 'x', '--epsilon'], /option '--epsilon <e>' argument missing/],
    [['help', 'nope'], /give a command/],
    [['find\u001b[31m\nerror: all is well'], /unknown command 'find\\u001b\[31m\\nerror/],
    [['find', '--\u202ex'], /unknown option '--\\u202ex'/],
  ])('%j that cannot be parsed is told in one line', (args, message) => {
    const { status, stdout, stderr } = unearth(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: [^\p{Cc}\u202e]*\n$/u);
  });

  it('tells the version and help on stdout', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    for (const flag of ['--version', '-V']) {
      expect(unearth(flag)).toEqual({ status: 0, stdout: `unearth ${version}\n`, stderr: '' });
    }
    const help = unearth('help', 'study');
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain('universality');
  });
});
