/**
 * Schemas in the few forms that a ticket's records have, with the schema library's words for what is wrong.
 * That library is in none of what a page loads to read a ticket: it would be a fifth of it.
 */
import { quotedWords, receivedInstead } from './issue-texts.js';
import type { Schema } from './schema.js';

interface Issue {
  readonly message: string;
  readonly path: readonly PropertyKey[];
}

/** A schema that says what is wrong first, if anything is; a value that it takes stays as it is. */
export interface Form<T> extends Schema<T> {
  wrong(value: unknown): Issue | undefined;
}

/** Of a key that an object need not have. */
export interface OptionalForm<T> extends Form<T | undefined> {
  readonly isOptional: true;
}

/** What a form takes. */
export type Formed<F> = F extends Schema<infer T> ? T : never;

type Fields = Readonly<Record<string, Form<unknown>>>;

type ObjectOf<F extends Fields> = {
  readonly [Key in keyof F as F[Key] extends OptionalForm<unknown> ? never : Key]: Formed<F[Key]>;
} & {
  readonly [Key in keyof F as F[Key] extends OptionalForm<unknown> ? Key : never]?: Formed<F[Key]>;
};

function form<T>(wrong: (value: unknown) => Issue | undefined): Form<T> {
  return {
    wrong,
    safeParse(value) {
      const issue = wrong(value);
      if (issue !== undefined) return { success: false, error: { issues: [issue] } };
      return { success: true, data: value as T };
    },
  };
}

function issue(message: string): Issue {
  return { message, path: [] };
}

/** An issue of what stands at a key. */
function within(key: PropertyKey, found: Issue | undefined): Issue | undefined {
  return found && { ...found, path: [key, ...found.path] };
}

/** What a check that says nothing else takes. */
export function custom<T>(is: (value: unknown) => boolean, error = 'Invalid input'): Form<T> {
  return form((value) => (is(value) ? undefined : issue(error)));
}

export const boolean: Form<boolean> = form((value) =>
  typeof value === 'boolean' ? undefined : issue(receivedInstead('boolean', value)),
);

/** A text, of this pattern if one is given. */
export function text(pattern?: RegExp): Form<string> {
  return form((value) => {
    if (typeof value !== 'string') return issue(receivedInstead('string', value));
    if (pattern === undefined || pattern.test(value)) return undefined;
    return issue(`Invalid string: must match pattern ${pattern}`);
  });
}

interface Limits {
  readonly least?: number;
  readonly above?: number;
  readonly most?: number;
}

function outside(value: number, { least, above, most }: Limits, what = 'number') {
  if (least !== undefined && value < least) {
    return issue(`Too small: expected ${what} to be >=${least}`);
  }
  if (above !== undefined && value <= above) {
    return issue(`Too small: expected ${what} to be >${above}`);
  }
  if (most !== undefined && value > most) {
    return issue(`Too big: expected ${what} to be <=${most}`);
  }
  return undefined;
}

function notFinite(value: unknown): Issue | undefined {
  return Number.isFinite(value) ? undefined : issue(receivedInstead('number', value));
}

/** A finite number. */
export function number(limits: Limits = {}): Form<number> {
  return form((value) => notFinite(value) ?? outside(value as number, limits));
}

const SAFE: Limits = { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER };

/** A whole number of `least .. most`, and in any case one that a float64 tells from its neighbours. */
export function int(least?: number, most?: number): Form<number> {
  return form((value) => {
    const other = notFinite(value);
    if (other !== undefined) return other;
    if (!Number.isInteger(value)) return issue(receivedInstead('int', value));
    return (
      outside(value as number, SAFE, 'int') ??
      outside(value as number, {
        ...(least !== undefined && { least }),
        ...(most !== undefined && { most }),
      })
    );
  });
}

/** One of these words. */
export function oneOf<const Words extends readonly string[]>(...words: Words): Form<Words[number]> {
  return form((value) => {
    if (words.includes(value as string)) return undefined;
    if (words.length === 1) return issue(`Invalid input: expected ${quotedWords(words, '')}`);
    return issue(`Invalid option: expected one of ${quotedWords(words, '|')}`);
  });
}

/** A list of at most so many items. */
export function list<T>(item: Form<T>, most = Number.POSITIVE_INFINITY): Form<readonly T[]> {
  return form((value) => {
    if (!Array.isArray(value)) return issue(receivedInstead('array', value));
    if (value.length > most) return issue(`Too big: expected array to have <=${most} items`);
    return firstOf(value, () => item);
  });
}

/** A pair. */
export function pair<T>(item: Form<T>): Form<readonly [T, T]> {
  return form((value) => {
    if (!Array.isArray(value)) return issue(receivedInstead('tuple', value));
    if (value.length < 2) return issue('Too small: expected array to have >=2 items');
    if (value.length > 2) return issue('Too big: expected array to have <=2 items');
    return firstOf(value, () => item);
  });
}

/** What is wrong first of items, each by the form for its place. */
function firstOf(
  values: readonly unknown[],
  formAt: (index: number) => Form<unknown>,
): Issue | undefined {
  for (const [index, value] of values.entries()) {
    const found = formAt(index).wrong(value);
    if (found !== undefined) return within(index, found);
  }
  return undefined;
}

export function optional<T>(own: Form<T>): OptionalForm<T> {
  const wrong = (value: unknown) => (value === undefined ? undefined : own.wrong(value));
  return { ...form<T | undefined>(wrong), isOptional: true };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectForm<F extends Fields>(fields: F, isStrict: boolean): Form<ObjectOf<F>> {
  return form((value) => {
    if (!isObject(value)) return issue(receivedInstead('object', value));
    for (const [key, own] of Object.entries(fields)) {
      const found = own.wrong(Object.hasOwn(value, key) ? value[key] : undefined);
      if (found !== undefined) return within(key, found);
    }
    const others = isStrict ? Object.keys(value).filter((key) => !Object.hasOwn(fields, key)) : [];
    if (others.length === 0) return undefined;
    return issue(`Unrecognized key${others.length > 1 ? 's' : ''}: ${quotedWords(others, ', ')}`);
  });
}

/** An object of these keys and no others. */
export function object<F extends Fields>(fields: F): Form<ObjectOf<F>> {
  return objectForm(fields, true);
}

/** An object of these keys and any others. */
export function looseObject<F extends Fields>(
  fields: F,
): Form<ObjectOf<F> & Readonly<Record<string, unknown>>> {
  return objectForm(fields, false) as Form<ObjectOf<F> & Readonly<Record<string, unknown>>>;
}

/** Objects of several kinds; the word at `key` says of which. */
export function kinds<F extends Readonly<Record<string, Form<unknown>>>>(
  key: string,
  forms: F,
): Form<Formed<F[keyof F]>> {
  return form((value) => {
    if (!isObject(value)) return issue(receivedInstead('object', value));
    const kind = value[key];
    if (typeof kind === 'string' && Object.hasOwn(forms, kind)) return forms[kind]?.wrong(value);
    const known = Object.keys(forms).map((each) => `'${each}'`);
    return within(key, issue(`Invalid discriminator value. Expected ${known.join(' | ')}`));
  });
}

/** What a form takes and a check too. */
export function refined<T>(own: Form<T>, is: (value: T) => boolean, error: string): Form<T> {
  return form((value) => own.wrong(value) ?? (is(value as T) ? undefined : issue(error)));
}
