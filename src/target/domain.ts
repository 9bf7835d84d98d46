/**
 * Domains as the user writes them: a specification on the command line, or a text file with one
 * `lo hi` pair per input. Bounds are rounded outwards, so that the domain read holds the one written.
 */
import { checkText, checkWhole } from '../core/arguments.js';
import { InputError, UsageError } from '../core/errors.js';
import { linesOf } from '../core/lines.js';
import { decimalDown, decimalUp, isDecimal } from './decimal.js';
import type { Domain } from './network.js';
import { quoted } from './quote.js';

export type BoxDomain = Extract<Domain, { kind: 'box' }>;

const FORMS = 'write box:lo,hi or ball:r or all';

/**
 * The domain of a specification `box:lo,hi` (the same bounds for each of `inputs` coordinates),
 * `ball:r` (Euclidean, around 0) or `all`. Throws a `UsageError` that says what is wrong.
 */
export function parseDomain(specification: string, inputs: number): Domain {
  checkText('domain', specification);
  checkWhole('inputs', inputs, 1, 2 ** 32);
  const text = specification.trim();
  if (text === 'all') return { kind: 'all' };
  const [, kind, rest = ''] = /^(box|ball):(.*)$/s.exec(text) ?? [];
  const numbers = rest.split(',').map((part) => part.trim());
  const wrong = numbers.find((part) => !isDecimal(part));
  if (kind === undefined) throw new UsageError(`the domain ${quoted(text)} is unknown; ${FORMS}`);
  if (wrong !== undefined) {
    throw new UsageError(`in the domain ${quoted(text)}, ${quoted(wrong)} is no number; ${FORMS}`);
  }
  if (numbers.length !== (kind === 'box' ? 2 : 1)) {
    throw new UsageError(`the domain ${quoted(text)} has ${numbers.length} numbers; ${FORMS}`);
  }
  const [first = '', second = ''] = numbers;
  if (kind === 'ball') {
    const radius = decimalUp(first);
    if (!(radius > 0) || !Number.isFinite(radius)) {
      throw new UsageError(`the radius ${quoted(first)} is not positive; ${FORMS}`);
    }
    return { kind: 'ball', radius };
  }
  const lower = decimalDown(first);
  const upper = decimalUp(second);
  if (!Number.isFinite(lower) || !Number.isFinite(upper) || Number(first) > Number(second)) {
    throw new UsageError(
      `the domain ${quoted(text)} is empty or too large; write box:lo,hi, lo <= hi`,
    );
  }
  return {
    kind: 'box',
    lower: new Float64Array(inputs).fill(lower),
    upper: new Float64Array(inputs).fill(upper),
  };
}

/**
 * The box of a text file: one line `lo hi` per input, in order; blank lines and lines that start with
 * `#` are skipped. Throws an `InputError` that names the line.
 */
export function readBoxText(text: string, inputs: number): BoxDomain {
  checkText('text', text);
  checkWhole('inputs', inputs, 1, 2 ** 32);
  const lower: number[] = [];
  const upper: number[] = [];
  for (const line of linesOf(text)) {
    const trimmed = line.text.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const place = `line ${line.number}`;
    const numbers = trimmed.split(/[\s,]+/, 3);
    const [low = '', high = ''] = numbers;
    if (numbers.length !== 2 || !isDecimal(low) || !isDecimal(high)) {
      throw new InputError({
        place,
        problem: `${quoted(trimmed)} is not a pair of numbers`,
        remedy: 'write one "lo hi" pair per input',
      });
    }
    lower.push(decimalDown(low));
    upper.push(decimalUp(high));
    if (
      !Number.isFinite(lower.at(-1)) ||
      !Number.isFinite(upper.at(-1)) ||
      Number(low) > Number(high)
    ) {
      throw new InputError({
        place,
        problem: `the bounds ${quoted(trimmed)} are empty or too large`,
        remedy: 'write the smaller bound first',
      });
    }
    if (lower.length > inputs) throw wrongCount(place, 'more than', inputs);
  }
  if (lower.length < inputs) throw wrongCount('end of file', `only ${lower.length} of`, inputs);
  return { kind: 'box', lower: Float64Array.from(lower), upper: Float64Array.from(upper) };
}

function wrongCount(place: string, amount: string, inputs: number): InputError {
  return new InputError({
    place,
    problem: `there are ${amount} ${inputs} pairs`,
    remedy: `the network has ${inputs} inputs: write one "lo hi" pair for each`,
  });
}
