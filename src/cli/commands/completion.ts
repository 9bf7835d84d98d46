/** `unearth completion SHELL`: a script that completes command lines. */
import type { Command } from 'commander';
import { bashScript } from '../completion/bash.js';
import { fishScript } from '../completion/fish.js';
import { type CommandGrammar, grammarOf } from '../completion/grammar.js';
import { zshScript } from '../completion/zsh.js';
import { oneOf } from '../options.js';
import { printLines } from '../text/print.js';

const SCRIPTS: Readonly<Record<'bash' | 'zsh' | 'fish', (root: CommandGrammar) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

type Shell = keyof typeof SCRIPTS;

function completion(shell: Shell, _: object, command: Command): void {
  const program = command.parent;
  if (program === null) throw new Error('completion is no program of its own');
  printLines(SCRIPTS[shell](grammarOf(program)).trimEnd().split('\n'));
}

export function configureCompletion(command: Command): void {
  const shells = Object.keys(SCRIPTS) as Shell[];
  command.argument('<shell>', shells.join(', '), oneOf('completion', shells)).action(completion);
}
