/** Our words for what a schema finds wrong are the schema library's own English ones. */
import { describe, expect, it } from 'vitest';
import english from 'zod/v4/locales/en.js';
import { issueText } from '../../src/core/issue-texts.js';
import { z } from '../../src/core/zod.js';

const VALUES: readonly unknown[] = [
  ...[undefined, null, true, 'text', '', 0, -1, 1.5, 7, Number.NaN, Number.POSITIVE_INFINITY, 1n],
  ...[[], [1], [1, 2, 3], {}, { kind: 'a' }, { kind: 'c' }, { kind: 'a', more: 1, other: 2 }],
  () => 1,
];

const SCHEMAS = {
  string: z.string(),
  pattern: z.string().check(z.regex(/^[a-d]$/)),
  long: z.string().check(z.minLength(6)),
  number: z.number(),
  integer: z.int(),
  positive: z.number().check(z.positive()),
  bounded: z.number().check(z.minimum(2), z.maximum(5)),
  boolean: z.boolean(),
  literal: z.literal('a'),
  words: z.enum(['a', 'b']),
  list: z.array(z.number()).check(z.minLength(1), z.maxLength(2)),
  pair: z.tuple([z.number(), z.number()]),
  object: z.strictObject({ kind: z.literal('a') }),
  either: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('a') }),
    z.strictObject({ kind: z.literal('b'), size: z.number() }),
  ]),
  union: z.union([z.string(), z.number()]),
};

describe('the words for an issue', () => {
  it.each(Object.entries(SCHEMAS))('of %s', (_, schema) => {
    const texts = (error: unknown): unknown[] =>
      VALUES.map((value) => {
        const { success, error: found } = schema.safeParse(value, { error } as never);
        return success ? null : found.issues.map(({ message }) => message);
      });
    const own = texts(issueText);
    expect(own).toEqual(texts(english().localeError));
    expect(own.some((messages) => messages !== null)).toBe(true);
  });
});
