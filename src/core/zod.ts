/**
 * The schema library in its small form, with messages in English: without them it says of everything that
 * it is invalid. They are given to each check, not set for the whole program: that would be an effect of
 * an import, which bundlers may leave out, and it would speak for the schemas of others too.
 */

import { z as library } from 'zod/mini';
import { issueText } from './issue-texts.js';
import type { Checked, Schema } from './schema.js';

export * as z from 'zod/mini';

const inEnglish = { error: issueText };

/** A schema that is not the library's, within one that is. */
export function nested<T>(schema: Schema<T>) {
  return library.custom<T>().check(({ value, issues }) => {
    const checked = schema.safeParse(value);
    if (checked.success) return;
    for (const { message, path } of checked.error.issues) {
      issues.push({ code: 'custom', input: value, message, path: [...path] });
    }
  });
}

/** Holds a value against a schema. */
export function checkedWith<T>(schema: Schema<T>, value: unknown): Checked<T> {
  return schema.safeParse(value, inEnglish);
}
