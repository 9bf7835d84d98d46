/** What reading the model left out or rounded, as JSON in a ticket's envelope; only where there is some. */
import { z } from '../core/zod.js';
import type { Reading } from '../target/network.js';
import type { JsonValue } from './json.js';
import { listOf } from './schemas.js';

/** Operators have few names; a record of more is none. */
const MOST_OPERATORS = 32;

const isOperator = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(value);
const operators = listOf('names of operators', MOST_OPERATORS, isOperator);

export const readingSchema = z.pipe(
  z
    .strictObject({
      leftOut: operators,
      rounded: operators,
      relativeChange: z.optional(z.number().check(z.positive())),
    })
    .check(
      z.refine(({ leftOut, rounded }) => leftOut.length + rounded.length > 0, {
        error: 'it records nothing',
      }),
      z.refine(
        ({ rounded, relativeChange }) => rounded.length > 0 || relativeChange === undefined,
        { error: 'it bounds a change and records no rounding' },
      ),
    ),
  z.transform(
    ({ leftOut, rounded, relativeChange }): Reading => ({
      leftOut,
      rounded,
      ...(relativeChange !== undefined && { relativeChange }),
    }),
  ),
);

/** Fields in the order in which they are written. */
export function readingJson({ leftOut, rounded, relativeChange }: Reading): JsonValue {
  return { leftOut, rounded, ...(relativeChange !== undefined && { relativeChange }) };
}
