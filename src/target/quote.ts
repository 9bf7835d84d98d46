/** Names and tokens from a file, made safe to stand in a one-line message. */
import { safeText } from '../core/safe-text.js';

/** `text` in quotes: control characters escaped, long texts cut. */
export function quoted(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  // Beyond JSON's own escapes: DEL, C1 controls, and the characters that reorder or break lines.
  return safeText(JSON.stringify(short));
}
