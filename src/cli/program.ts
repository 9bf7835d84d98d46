/** The commander program: the commands with their options, and what it says of a line it cannot parse. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { UsageError } from '../core/errors.js';
import { COMMANDS } from './commands/index.js';

/** The version that package.json states. */
function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** One line in place of commander's: what it says of an argument it cannot use, and where help is. */
function usageErrorOf(error: CommanderError, command: Command): UsageError {
  const path: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) path.unshift(at.name());
  const help = `see ${path.join(' ')} --help`;
  // Commander shows its help where a subcommand is missing.
  if (error.code === 'commander.help') {
    const names = command.commands.map((each) => each.name()).join(', ');
    return new UsageError(`give a command: ${names}; ${help}`);
  }
  const [problem = '', suggestion = ''] = error.message
    .replace(/^error: /, '')
    .replace(/\. Expected (.*)\.$/, ': expected $1')
    .split(/\n(?=\(Did you mean )/);
  const meant = suggestion.replace(/^\(Did you mean (.*)\?\)$/s, '; did you mean $1?');
  return new UsageError(`${problem}${meant === '' ? `; ${help}` : meant}`);
}

/** Has a command and those below it throw a `UsageError` of one line, and print nothing but help. */
function settle(command: Command): void {
  command.configureOutput({ writeErr: () => undefined }).exitOverride((error) => {
    // Help and version that were asked for are on stdout by now.
    throw error.exitCode === 0 ? error : usageErrorOf(error, command);
  });
  command.commands.forEach(settle);
}

/** The program for the words of a command line. Only the command that is asked for is loaded. */
export async function createProgram(words: readonly string[]): Promise<Command> {
  const program = new Command('unearth')
    .description('Find a trained ReLU network inside a seeded random network of +1 and -1 weights.')
    .version(`unearth ${packageVersion()}`, '-V, --version', 'print the version')
    .option('--debug', 'show stack traces');
  // A word that is none of the command's own (a file called `run`) loads a command in vain, no more. The
  // list of all commands, asked for before any of them, shows their arguments, so it needs them all.
  const first = words.find(
    (word) => ['-h', '--help'].includes(word) || Object.hasOwn(COMMANDS, word),
  );
  const asked = words.filter((word) => Object.hasOwn(COMMANDS, word));
  const isAll =
    asked.length === 0 ||
    first?.startsWith('-') === true ||
    asked.some((word) => COMMANDS[word]?.needsAll);
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(description);
    if (isAll || asked.includes(name)) (await load())(command);
  }
  settle(program);
  return program;
}

/** Whether an error only ends a line that was answered: `--help`, `--version`. */
export function isAnswered(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}
