/** Our own forms take what the schema library's take, and say of the rest what that says first. */
import { describe, expect, it } from 'vitest';
import {
  boolean,
  custom,
  type Form,
  int,
  kinds,
  list,
  looseObject,
  number,
  object,
  oneOf,
  optional,
  pair,
  refined,
  text,
} from '../../src/core/forms.js';
import { checkedWith, z } from '../../src/core/zod.js';

const SCALARS: readonly unknown[] = [
  ...[undefined, null, true, 'a', 'word', '', 0, -1, 1, 1.5, 2, 7, 2 ** 53, -(2 ** 60), 1e300],
  ...[Number.NaN, Number.POSITIVE_INFINITY, 1n],
];

const VALUES: readonly unknown[] = [
  ...SCALARS,
  ...[[], {}, [1], [1, 'a'], [1, 2, 'a'], ['a', 2], [1, 2]],
  // An object of one key and of two, with every scalar there, as it should be and as it should not.
  ...SCALARS.flatMap((value) => [
    { kind: value },
    { kind: 'a', size: value },
    { kind: 'b', size: value, more: 1 },
    { kind: 'b', size: 1, more: value, other: 2 },
    { kind: 'a', inner: { size: value } },
    { kind: 'a', inner: [value, value] },
  ]),
];

const isPair = (value: unknown): boolean => Array.isArray(value) && value.length === 2;

const PAIRS: Readonly<Record<string, readonly [Form<unknown>, z.ZodMiniType]>> = {
  text: [text(), z.string()],
  pattern: [text(/^[a-d]$/), z.string().check(z.regex(/^[a-d]$/))],
  number: [number(), z.number()],
  limits: [number({ above: 0, most: 5 }), z.number().check(z.positive(), z.maximum(5))],
  least: [number({ least: 2 }), z.number().check(z.minimum(2))],
  int: [int(), z.int()],
  'int of a range': [int(0, 5), z.int().check(z.minimum(0), z.maximum(5))],
  boolean: [boolean, z.boolean()],
  word: [oneOf('a'), z.literal('a')],
  words: [oneOf('a', 'b'), z.enum(['a', 'b'])],
  list: [list(int(), 2), z.array(z.int()).check(z.maxLength(2))],
  pair: [pair(number()), z.tuple([z.number(), z.number()])],
  custom: [custom(isPair, 'no pair'), z.custom(isPair, { error: 'no pair' })],
  'custom without words': [custom(isPair), z.custom(isPair)],
  object: [
    object({ kind: oneOf('a'), size: optional(number()) }),
    z.strictObject({ kind: z.literal('a'), size: z.optional(z.number()) }),
  ],
  'object in an object': [
    object({ kind: text(), inner: object({ size: int(1) }) }),
    z.strictObject({
      kind: z.string(),
      inner: z.strictObject({ size: z.int().check(z.minimum(1)) }),
    }),
  ],
  'list in an object': [
    object({ kind: text(), inner: list(oneOf('a')) }),
    z.strictObject({ kind: z.string(), inner: z.array(z.literal('a')) }),
  ],
  'object of more keys': [
    looseObject({ kind: text(), size: optional(int()) }),
    z.looseObject({ kind: z.string(), size: z.optional(z.int()) }),
  ],
  kinds: [
    kinds('kind', {
      a: object({ kind: oneOf('a') }),
      b: object({ kind: oneOf('b'), size: number(), more: optional(int(1)) }),
    }),
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('a') }),
      z.strictObject({
        kind: z.literal('b'),
        size: z.number(),
        more: z.optional(z.int().check(z.minimum(1))),
      }),
    ]),
  ],
  refined: [
    refined(object({ kind: text() }), ({ kind }) => kind.length > 2, 'too short'),
    z
      .strictObject({ kind: z.string() })
      .check(z.refine(({ kind }) => kind.length > 2, { error: 'too short' })),
  ],
};

describe('a form', () => {
  it.each(Object.entries(PAIRS))('of %s', (_, [own, theirs]) => {
    const seen = { taken: 0, refused: 0 };
    for (const value of VALUES) {
      const [mine, other] = [own.safeParse(value), checkedWith(theirs, value)];
      if (mine.success || other.success) {
        expect([mine.success, other.success]).toEqual([true, true]);
        expect(mine.success && mine.data).toEqual(other.success && other.data);
        seen.taken++;
        continue;
      }
      const [first] = other.error.issues;
      const { message, path } = first ?? { message: '', path: [] };
      expect(
        mine.error.issues,
        JSON.stringify(value, (__, each) => String(each)),
      ).toEqual([{ message, path }]);
      seen.refused++;
    }
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(0);
  });
});
