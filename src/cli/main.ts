#!/usr/bin/env node
/** The command line: parses, calls, and turns every outcome into its exit code. */
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { InputError, UsageError } from '../core/errors.js';
import { COMMANDS } from './commands/index.js';
import { Interrupted } from './run-job.js';

const BAD_USAGE = 2;
const INTERNAL = 70;
const INTERRUPTED = 130;

/** The exit code of an error, told in one line on stderr. */
function reportError(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_USAGE;
  if (error instanceof Interrupted) {
    process.stderr.write(`${error.message}\n`);
    return INTERRUPTED;
  }
  const known = error instanceof InputError || error instanceof UsageError;
  const message = error instanceof Error ? error.message : String(error);
  const prefix = known ? 'error' : 'internal error, please report it';
  process.stderr.write(`${prefix}: ${message}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return known ? BAD_USAGE : INTERNAL;
}

const program = new Command('unearth')
  .description('Find a trained ReLU network inside a seeded random network of +1 and -1 weights.')
  .option('--debug', 'show stack traces')
  .exitOverride();
// A word that is none of the command's own (a file called `run`) loads a command in vain, no more. The
// list of all commands, asked for before any of them, shows their arguments, so it needs them all.
const words = process.argv.slice(2);
const first = words.find(
  (word) => ['-h', '--help'].includes(word) || Object.hasOwn(COMMANDS, word),
);
const asked = first?.startsWith('-') ? [] : words.filter((word) => Object.hasOwn(COMMANDS, word));
for (const [name, { description, load }] of Object.entries(COMMANDS)) {
  // Subcommands inherit exitOverride only if it is set on them too.
  const command = program.command(name).description(description).exitOverride();
  if (asked.length === 0 || asked.includes(name)) (await load())(command);
}

// A reader that closes the pipe early (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, program.opts().debug === true);
}
