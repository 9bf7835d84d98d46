/**
 * What a schema's issues say, in the words of the schema library's own English texts; those, with every
 * format and language feature in them, would be a good part of what a page loads.
 */
import type { core } from 'zod/mini';

export function quotedWords(values: readonly unknown[], between: string): string {
  return values
    .map((value) => (typeof value === 'string' ? `"${value}"` : String(value)))
    .join(between);
}

/** That a value is of another type than expected. */
export function receivedInstead(expected: string, value: unknown): string {
  return `Invalid input: expected ${expected}, received ${typeOf(value)}`;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return Array.isArray(value) ? 'array' : typeof value;
}

/** `array to have <=3 items`. */
function limit(origin: string, relation: string, bound: unknown): string {
  const unit = { array: 'items', string: 'characters', map: 'entries' }[origin];
  return `${origin} to ${unit === undefined ? 'be' : 'have'} ${relation}${bound}${unit === undefined ? '' : ` ${unit}`}`;
}

export function issueText(issue: core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return receivedInstead(issue.expected, issue.input);
    case 'invalid_value':
      return issue.values.length === 1
        ? `Invalid input: expected ${quotedWords(issue.values, '')}`
        : `Invalid option: expected one of ${quotedWords(issue.values, '|')}`;
    case 'too_big':
      return `Too big: expected ${limit(issue.origin, issue.inclusive ? '<=' : '<', issue.maximum)}`;
    case 'too_small':
      return `Too small: expected ${limit(issue.origin, issue.inclusive ? '>=' : '>', issue.minimum)}`;
    case 'invalid_format':
      return `Invalid string: must match pattern ${issue.pattern}`;
    case 'unrecognized_keys':
      return `Unrecognized key${issue.keys.length > 1 ? 's' : ''}: ${quotedWords(issue.keys, ', ')}`;
    case 'invalid_union':
      return Array.isArray(issue.options)
        ? `Invalid discriminator value. Expected ${issue.options.map((one) => `'${one}'`).join(' | ')}`
        : 'Invalid input';
    default:
      return 'Invalid input';
  }
}
