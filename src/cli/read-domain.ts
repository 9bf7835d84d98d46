/** The `--domain` of the command line: a specification, a .vnnlib file, or a file of bounds. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { InputError, withFileName } from '../core/errors.js';
import { parseDomain, readBoxText } from '../target/domain.js';
import type { Domain } from '../target/network.js';
import { readVnnlibBox } from '../target/vnnlib.js';

/** A property file or a list of bounds is text of a line or two per input. */
const MAXIMUM_BYTES = 64 * 2 ** 20;

/**
 * The domain that a specification or an existing file describes, for a network of `inputs` inputs.
 * Throws a `UsageError` for an unknown specification, an `InputError` for a file that is no domain.
 */
export function readDomain(
  specification: string,
  inputs: number,
  notice: (text: string) => void,
): Domain {
  if (/^(all|box:|ball:)/.test(specification) || !existsSync(specification)) {
    return parseDomain(specification, inputs);
  }
  return withFileName(specification, () => {
    const status = statSync(specification);
    if (!status.isFile() || status.size > MAXIMUM_BYTES) {
      throw new InputError({
        place: '',
        problem: 'not a text file of bounds',
        remedy: 'give a .vnnlib file or one "lo hi" pair per line',
      });
    }
    const text = readFileSync(specification, 'utf8');
    if (!specification.toLowerCase().endsWith('.vnnlib')) return readBoxText(text, inputs);
    const { domain, notices } = readVnnlibBox(text, inputs);
    for (const remark of notices) notice(`${specification}: ${remark}`);
    return domain;
  });
}

/** How a domain is told to people. */
export function describeDomain(domain: Domain): string {
  if (domain.kind === 'all') return 'all inputs';
  if (domain.kind === 'ball') return `|x| <= ${domain.radius}`;
  const { lower, upper } = domain;
  if (lower.every((low) => low === lower[0]) && upper.every((high) => high === upper[0])) {
    return `the box [${lower[0]}, ${upper[0]}]^${lower.length}`;
  }
  return `a box of ${lower.length} ranges`;
}
