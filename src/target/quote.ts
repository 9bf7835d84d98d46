/** Names and tokens from a file, made safe to stand in a one-line message. */

/** `text` in quotes: control characters escaped, long texts cut. */
export function quoted(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  // Beyond JSON's own escapes: DEL, C1 controls, and the characters that reorder or break lines.
  const unsafe = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
  return JSON.stringify(short).replace(
    unsafe,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
