/** How a command is told of a queue: its address, and the password by a variable or a file. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { type Command, Option } from 'commander';
import { PASSWORD_VARIABLE, type QueuePlace, queuePlace } from '../cluster/place.js';
import { InputError } from '../core/errors.js';
import { cannotRead } from './system-error.js';

export interface QueueFlags {
  readonly queue?: string;
  readonly passwordFile?: string;
}

const MOST_PASSWORD = 4096;

function passwordFrom(file: string | undefined): string | undefined {
  if (file === undefined) return process.env[PASSWORD_VARIABLE];
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw cannotRead(file, error);
  }
  const password = text.replace(/\r?\n$/, '');
  if (password.length > 0 && password.length <= MOST_PASSWORD && !/[\r\n]/.test(password)) {
    return password;
  }
  throw new InputError({
    file,
    place: '',
    problem: 'this is no password of one line',
    remedy: `write it there alone, or into the variable ${PASSWORD_VARIABLE}`,
  });
}

/** The queue that the flags name; undefined where they name none. */
export function placeOf({ queue, passwordFile }: QueueFlags): QueuePlace | undefined {
  return queue === undefined ? undefined : queuePlace(queue, passwordFrom(passwordFile));
}

/** Adds the flags to a command; where it cannot do without, `--queue` is required. */
export function addQueueFlags(command: Command, use: string, required = false): Command {
  const queue = new Option('--queue <url>', use);
  return command
    .addOption(required ? queue.makeOptionMandatory() : queue)
    .option(
      '--password-file <file>',
      `a file with the queue's password (default: the variable ${PASSWORD_VARIABLE})`,
    );
}
