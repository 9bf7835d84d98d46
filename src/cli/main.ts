#!/usr/bin/env node
/** The command line: parses, calls, and turns every outcome into its exit code. */
import process from 'node:process';
import { InputError, UsageError } from '../core/errors.js';
import { exitCodeOf, Interrupted } from './exit-guard.js';
import { createProgram, isAnswered } from './program.js';
import { guardStreams } from './standard-streams.js';
import { typedError } from './system-error.js';
import { printRemark } from './text/print.js';
import { withFlags } from './text/with-flags.js';

const BAD_USAGE = 2;
const INTERNAL = 70;

/** The exit code of an error, told in one line on stderr. */
function reportError(thrown: unknown, debug: boolean): number {
  if (isAnswered(thrown)) return 0;
  const error = typedError(thrown);
  if (error instanceof Interrupted) {
    printRemark(error.message);
    return exitCodeOf(error.signal);
  }
  const known = error instanceof InputError || error instanceof UsageError;
  const message = withFlags(error instanceof Error ? error.message : String(error));
  const prefix = known ? 'error' : 'internal error, please report it';
  printRemark(`${prefix}: ${message}`);
  if (debug && error instanceof Error) {
    for (const line of (error.stack ?? '').split('\n')) printRemark(line);
  }
  return known ? BAD_USAGE : INTERNAL;
}

guardStreams();
const program = await createProgram(process.argv.slice(2));
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, program.opts().debug === true);
}
