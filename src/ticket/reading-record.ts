/** What reading the model left out or rounded, as JSON in a ticket's envelope; only where there is some. */
import { type Form, number, object, optional, refined } from '../core/forms.js';
import type { Reading } from '../target/network.js';
import type { JsonValue } from './json.js';
import { listOf } from './schemas.js';

/** Operators have few names; a record of more is none. */
const MOST_OPERATORS = 32;

const isOperator = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(value);
const operators = listOf('names of operators', MOST_OPERATORS, isOperator);

const record = object({
  leftOut: operators,
  rounded: operators,
  relativeChange: optional(number({ above: 0 })),
});

export const readingSchema = refined(
  refined(
    record,
    ({ leftOut, rounded }) => leftOut.length + rounded.length > 0,
    'it records nothing',
  ),
  ({ rounded, relativeChange }) => rounded.length > 0 || relativeChange === undefined,
  'it bounds a change and records no rounding',
) as Form<Reading>;

/** Fields in the order in which they are written. */
export function readingJson({ leftOut, rounded, relativeChange }: Reading): JsonValue {
  return { leftOut, rounded, ...(relativeChange !== undefined && { relativeChange }) };
}
