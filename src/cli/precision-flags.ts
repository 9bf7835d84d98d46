/** The flags that say how exact the integers are to be, and on which inputs. */
import type { Command } from 'commander';
import { UsageError } from '../core/errors.js';
import type { PrecisionRequest } from '../precision/precision.js';
import { oneOf, positiveNumber, wholeNumber } from './options.js';

export interface PrecisionFlags {
  readonly lossless?: true;
  readonly bits?: number;
  readonly precision?: 'paper';
  readonly epsilon?: number;
  readonly effort?: number;
  readonly sampled?: string;
  readonly confidence?: number;
  readonly share?: number;
  readonly domain?: string;
}

/** Adds the options to a command; `--precision` only where the paper's own digits are offered. */
export function addPrecisionOptions(command: Command, { paper }: { paper: boolean }): Command {
  command
    .option('--lossless', 'integers that are the weights exactly (default)')
    .option('--bits <n>', 'n fractional bits in every layer', wholeNumber('--bits', 0, 1000));
  if (paper) {
    command.option(
      '--precision <mode>',
      "paper: Lemma 2's decimal digits for --epsilon",
      oneOf('--precision', ['paper']),
    );
  }
  return command
    .option(
      '--epsilon <e>',
      'the fewest bits whose error on the domain is certified to be at most e',
      positiveNumber('--epsilon'),
    )
    .option(
      '--effort <seconds>',
      'with --epsilon: about how long to look for fewer bits (counted in steps, not by the clock)',
      positiveNumber('--effort'),
    )
    .option(
      '--domain <domain>',
      'all, box:lo,hi, ball:r, a .vnnlib file, a file of "lo hi" lines; find: around:IMAGES,r[,lo,hi]',
    );
}

/** The precision that the flags ask for. Throws a `UsageError` where they contradict each other. */
export function requestedPrecision({
  lossless,
  bits,
  precision,
  epsilon,
  effort,
}: PrecisionFlags): PrecisionRequest {
  const asked = [lossless !== undefined, bits !== undefined, epsilon !== undefined];
  if (asked.filter(Boolean).length > 1) {
    throw new UsageError('--lossless, --bits and --epsilon exclude each other: give one');
  }
  if (effort !== undefined && (epsilon === undefined || precision === 'paper')) {
    throw new UsageError('--effort is for an error that is certified: give --epsilon E');
  }
  if (precision === 'paper') {
    if (epsilon === undefined) throw new UsageError('--precision paper needs --epsilon E');
    return { mode: 'paper', epsilon };
  }
  if (epsilon !== undefined) {
    return { mode: 'certified', epsilon, ...(effort !== undefined && { effort }) };
  }
  return bits === undefined ? { mode: 'lossless' } : { mode: 'bits', bits };
}
