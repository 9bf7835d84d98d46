/** The completion scripts, executed where their shell is there. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { createProgram } from '../../src/cli/program.js';
import { ENGINES } from '../../src/inference/engine-names.js';
import { commandLine } from './processes.js';

const { folder, unearth } = commandLine('completion');

function hasShell(shell: string): boolean {
  return spawnSync(shell, ['--version']).status === 0;
}

beforeAll(() => {
  writeFileSync(path.join(folder, 'my model.onnx'), '');
  writeFileSync(path.join(folder, 'other.ticket'), '');
  mkdirSync(path.join(folder, 'my results'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { status, stdout, stderr } = unearth('completion', shell);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    writeFileSync(path.join(folder, `unearth.${shell}`), stdout);
  }
});

/** What bash offers for the last of these words, for many lines at once. */
function offered(...lines: readonly (readonly string[])[]): string[][] {
  const script = lines.map(
    (words) =>
      `COMP_WORDS=(unearth ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _unearth; printf '%s\\n' "\${COMPREPLY[@]}" ---`,
  );
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--norc', '-c', `source unearth.bash; complete -p unearth; ${script.join('; ')}`],
    { cwd: folder, encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^complete -F _unearth unearth\n/);
  return stdout
    .split('\n')
    .slice(1)
    .join('\n')
    .split('---\n')
    .slice(0, -1)
    .map((part) => part.split('\n').filter((word) => word !== ''));
}

describe.runIf(hasShell('bash'))('completion in bash', () => {
  it('offers every command, and every option of each', async () => {
    const program = await createProgram([]);
    const commands = program.commands.flatMap((command) =>
      command.commands.length === 0
        ? [{ command, words: [command.name()] }]
        : command.commands.map((each) => ({
            command: each,
            words: [command.name(), each.name()],
          })),
    );
    const [names, ...options] = offered([''], ...commands.map(({ words }) => [...words, '-']));
    expect(names).toEqual(Object.keys(COMMANDS));
    expect(options).toHaveLength(commands.length);
    commands.forEach(({ command }, index) => {
      for (const { short, long } of command.options) {
        if (short !== undefined) expect(options[index]).toContain(short);
        expect(options[index]).toContain(long);
      }
      expect(options[index]).toContain('--help');
    });
  });

  it('completes words, values and files where each belongs', () => {
    const cases: [string[], string[]][] = [
      [['fi'], ['figures', 'find']],
      [
        ['study', ''],
        ['success', 'size', 'expressivity', 'universality', 'figures'],
      ],
      [['study', 'su'], ['success']],
      [['run', 'other.ticket', '--engine', ''], [...ENGINES]],
      [['run', 'other.ticket', '--engine', '=', 'fo'], ['folded']],
      [['run', '--engine', '='], [...ENGINES]],
      [['run', '--eng'], ['--engine']],
      [['run', '--batch', ''], []],
      [
        ['find', 'my'],
        ['my model.onnx', 'my results'],
      ],
      [['find', 'x.onnx', '--domain', 'oth'], ['other.ticket']],
      [['verify', 'find', '--mod'], ['--model']],
      [['study', 'size', '-o', ''], ['my results']],
      [['search', '--log', 'unearth.f'], ['unearth.fish']],
      [
        ['completion', ''],
        ['bash', 'zsh', 'fish'],
      ],
      [['--ver'], ['--version']],
      [['nonsense', '--x'], []],
    ];
    const found = offered(...cases.map(([words]) => words));
    cases.forEach(([words, wanted], index) => {
      expect({ words, found: found[index]?.toSorted() }).toEqual({
        words,
        found: wanted.toSorted(),
      });
    });
  });
});

describe('completion', () => {
  it.each([
    ['zsh', ['-n']],
    ['fish', ['--no-config', '-n']],
  ] as const)('is a script that %s reads', (shell, flags) => {
    if (!hasShell(shell)) return;
    const { status, stderr } = spawnSync(shell, [...flags, `unearth.${shell}`], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('knows three shells', () => {
    expect(unearth('completion', 'tcsh')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: completion tcsh: choose bash, zsh, fish\n',
    });
  });
});
