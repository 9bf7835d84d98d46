/** The `--domain` of the command line: a specification, a .vnnlib file, or a file of bounds. */
import { existsSync } from 'node:fs';
import { UsageError, withFileName } from '../../core/errors.js';
import { KIND_HEAD_BYTES, refuseOtherKinds } from '../../core/file-kinds.js';
import type { BallsRecord } from '../../precision/balls.js';
import { parseDomain, readBoxText } from '../../target/domain.js';
import type { Domain } from '../../target/network.js';
import { readVnnlibBox } from '../../target/vnnlib.js';
import { readRegularFile, unpackGzip } from './open-file.js';

/** A property file or a list of bounds is text of a line or two per input. */
const MAXIMUM_BYTES = 64 * 2 ** 20;
const EXPECTED = 'a .vnnlib file or a text of one "lo hi" pair per line';

/**
 * The domain that a specification or an existing file describes, for a network of `inputs` inputs.
 * Throws a `UsageError` for an unknown specification, an `InputError` for a file that is no domain.
 */
export function readDomain(
  specification: string,
  inputs: number,
  notice: (text: string) => void,
): Domain {
  if (/^around:/.test(specification)) {
    throw new UsageError(
      'a domain around inputs is for "find" with an epsilon, and for "certify"; give a box, a ball or all',
    );
  }
  const isForm = /^(all$|box:|ball:)/.test(specification);
  if (isForm || !(looksLikeFile(specification) || existsSync(specification))) {
    return parseDomain(specification, inputs);
  }
  return withFileName(specification, () => {
    const tooLarge = `give ${EXPECTED}`;
    const packed = readRegularFile(specification, {
      expected: EXPECTED,
      limit: MAXIMUM_BYTES,
      tooLarge,
    });
    const bytes = unpackGzip(packed, MAXIMUM_BYTES, tooLarge);
    refuseOtherKinds(bytes.subarray(0, KIND_HEAD_BYTES), ['text', 'empty'], 'a domain', {
      gzip: 'unpack it with gunzip',
    });
    const text = new TextDecoder().decode(bytes);
    if (!/\.vnnlib(\.gz)?$/i.test(specification)) return readBoxText(text, inputs);
    const { domain, notices } = readVnnlibBox(text, inputs);
    for (const remark of notices) notice(`${specification}: ${remark}`);
    return domain;
  });
}

/** Whether only the name of a file can be meant: a folder or an ending in it, and no `form:`. */
function looksLikeFile(specification: string): boolean {
  return /[./\\]/.test(specification) && !/^[a-z]{2,}:/i.test(specification);
}

/** How balls around inputs are told to people. */
export function describeBalls({ samples, radius, divide, clip }: BallsRecord): string {
  const unit = divide === 1 ? '' : ` (numbers over ${divide})`;
  const cut = clip === undefined ? '' : `, cut to [${clip.join(', ')}]`;
  const inputs = samples === 1 ? 'input' : 'inputs';
  return `within ${radius} of ${samples} ${inputs}${unit} in each coordinate${cut}`;
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
