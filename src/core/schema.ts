/**
 * What is used of a schema, in types of our own: declarations that mention the schema library would ask
 * every user's compiler to read the library's, which need more than ours do.
 */

export interface SchemaError {
  readonly issues: readonly { readonly message: string; readonly path: readonly PropertyKey[] }[];
}

export type Checked<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly error: SchemaError };

/** The words for what is wrong, where the schema itself has none. */
export interface IssueTexts {
  error(issue: unknown): string | { readonly message: string } | null | undefined;
}

/** Says whether a value is a T, and if not why. */
export interface Schema<T> {
  safeParse(value: unknown, texts?: IssueTexts): Checked<T>;
}
