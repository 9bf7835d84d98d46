/**
 * JSON from a hostile file: text of bounded length and depth in which no object names a key twice
 * (`JSON.parse` would silently take the last one) or uses `__proto__`. And the way back for numbers:
 * shortest text that reads back as the same float64, -0 included.
 */
import { InputError } from '../core/errors.js';
import type { SchemaError } from '../core/schema.js';

const MAXIMUM_DEPTH = 16;
/** A ticket of 100,000 layers has up to 200,000 tensors. */
const MAXIMUM_KEYS = 2 ** 18;
const DAMAGED = 'the file is damaged or was not made by this program; take an intact copy';

/** A string from a file as it may be shown: quoted, control characters escaped, cut to size. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Index just behind the string that starts at `start`, or the text's length. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function keyOf(raw: string): string {
  if (!raw.includes('\\')) return raw.slice(1, -1);
  try {
    return String(JSON.parse(raw));
  } catch {
    // The parser proper will name the fault.
    return raw;
  }
}

/** Walks the text once; it need not be valid JSON, which the parser proper finds out. */
function checkStructure(text: string, refuse: (problem: string) => never): void {
  // Per open bracket: the keys so far, or undefined in a list.
  const open: (Set<string> | undefined)[] = [];
  let expectKey = false;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        expectKey = text[at] === '{';
        open.push(expectKey ? new Set() : undefined);
        if (open.length > MAXIMUM_DEPTH) refuse(`nested deeper than ${MAXIMUM_DEPTH} levels`);
        break;
      case '}':
      case ']':
        open.pop();
        expectKey = false;
        break;
      case ',':
        expectKey = open.at(-1) !== undefined;
        break;
      case '"': {
        const end = endOfString(text, at);
        const keys = open.at(-1);
        if (expectKey && keys !== undefined) {
          const key = keyOf(text.slice(at, end));
          if (keys.has(key)) refuse(`key ${quoted(key)} appears twice`);
          if (key === '__proto__') refuse(`key ${quoted(key)} is not allowed`);
          if (keys.size === MAXIMUM_KEYS) refuse(`an object of more than ${MAXIMUM_KEYS} keys`);
          keys.add(key);
          expectKey = false;
        }
        at = end - 1;
        break;
      }
    }
  }
}

/** The first thing a schema found wrong, as text that may be shown. */
export function describeIssue(error: SchemaError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'is wrong';
  const message = quoted(issue.message).slice(1, -1);
  return issue.path.length === 0
    ? message
    : `${quoted(issue.path.map(String).join('.'))}: ${message}`;
}

/** Parses JSON; `place` names the text in the `InputError` for anything that is not allowed. */
export function parseJson(text: string, place: string): unknown {
  const refuse = (problem: string): never => {
    throw new InputError({ place, problem, remedy: DAMAGED });
  };
  checkStructure(text, refuse);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return refuse('is not valid JSON');
  }
}

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Compact JSON. Numbers must be finite (RangeError), and keep the sign of -0. */
export function jsonText(value: JsonValue): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be written as JSON`);
    return Object.is(value, -0) ? '-0' : String(value);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const entries = Object.entries(value).map(
    ([key, entry]: [string, JsonValue]) => `${JSON.stringify(key)}:${jsonText(entry)}`,
  );
  return `{${entries.join(',')}}`;
}
