/**
 * Text from files, command lines and networks made safe to be shown: what a terminal would obey instead
 * of showing (control characters, escape sequences), what would break a line in two, and what would
 * reorder it is written as an escape.
 */

/**
 * C0 controls, DEL and C1 controls; the marks, embeddings, overrides and isolates that reorder text; the
 * line and paragraph separators.
 */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

const SHORT: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escaped(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** `text` as one line that shows every character it has. Line breaks are escaped, too. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/**
 * JSON text with the same characters escaped, still the same JSON: outside strings they are only the
 * line breaks and spaces of its layout, which stay.
 */
export function safeJson(json: string): string {
  return json.replace(UNSAFE, (character) => (character === '\n' ? character : escaped(character)));
}
