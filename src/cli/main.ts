#!/usr/bin/env node
/** The command line: parses, calls, and turns every outcome into its exit code. */
import process from 'node:process';
import { InputError, UsageError } from '../core/errors.js';
import { printRemark } from './print.js';
import { createProgram, isAnswered } from './program.js';
import { Interrupted } from './run-job.js';

const BAD_USAGE = 2;
const INTERNAL = 70;
const INTERRUPTED = 130;

/** The exit code of an error, told in one line on stderr. */
function reportError(error: unknown, debug: boolean): number {
  if (isAnswered(error)) return 0;
  if (error instanceof Interrupted) {
    printRemark(error.message);
    return INTERRUPTED;
  }
  const known = error instanceof InputError || error instanceof UsageError;
  const message = error instanceof Error ? error.message : String(error);
  const prefix = known ? 'error' : 'internal error, please report it';
  printRemark(`${prefix}: ${message}`);
  if (debug && error instanceof Error) {
    for (const line of (error.stack ?? '').split('\n')) printRemark(line);
  }
  return known ? BAD_USAGE : INTERNAL;
}

// A reader that closes the pipe early (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const program = await createProgram(process.argv.slice(2));
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, program.opts().debug === true);
}
