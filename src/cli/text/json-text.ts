/**
 * JSON in pieces: a report with millions of numbers can be longer than any string may be (2^29
 * characters), and need not stand in memory as a text.
 */

/** Characters of a piece, or a little more. */
const PIECE = 2 ** 16;

/** The pieces of `JSON.stringify(value, null, 2)`, for what has no `toJSON` and is no function. */
export function* jsonPieces(value: unknown): Generator<string> {
  let piece = '';
  for (const text of texts(value, '')) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function* texts(value: unknown, indent: string): Generator<string> {
  if (typeof value !== 'object' || value === null) {
    yield JSON.stringify(value) ?? 'null';
    return;
  }
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const [open, close] = isList ? '[]' : '{}';
  let before = open;
  for (const [key, entry] of isList ? value.entries() : Object.entries(value)) {
    if (!isList && entry === undefined) continue;
    yield `${before}\n${inner}${isList ? '' : `${JSON.stringify(key)}: `}`;
    yield* texts(entry, inner);
    before = ',';
  }
  yield before === open ? `${open}${close}` : `\n${indent}${close}`;
}
