/**
 * What is used of a schema, in types of our own: declarations that mention the schema library would ask
 * every user's compiler to read the library's, which need more than ours do.
 */

export interface SchemaError {
  readonly issues: readonly { readonly message: string; readonly path: readonly PropertyKey[] }[];
}

/** Says whether a value is a T, and if not why. */
export interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: SchemaError };
}
