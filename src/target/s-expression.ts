/** The parentheses of SMT-LIB and VNN-LIB texts: atoms and lists, with the line where each starts. */
import { InputError } from '../core/errors.js';
import { quoted } from './quote.js';

/** An atom or a list of expressions, never both. */
export interface Expression {
  readonly line: number;
  readonly atom?: string;
  readonly items?: readonly Expression[];
}

/** Atoms and lists of one command, up to 240 bytes each: a million bounds in one `or`. */
const MOST_PARTS = 2 ** 22;

/**
 * The top-level lists of a text one by one, so that only one of them is in memory; `;` starts a comment.
 * Throws an `InputError` for parentheses that do not match, for atoms outside of any, and for lists
 * larger than in any property.
 */
export function* readExpressions(text: string): Generator<Expression> {
  const open: { line: number; items: Expression[] }[] = [];
  let line = 1;
  let parts = 0;
  // Line ends, comments, parentheses, |quoted symbols|, "strings", and other atoms.
  const token = /\n|;[^\n]*|[()]|\|[^|]*\||"[^"]*"|[^\s();|"]+|[|"]/g;
  for (const [piece] of text.matchAll(token)) {
    if (piece === '\n') {
      line++;
      continue;
    }
    if (piece.startsWith(';')) continue;
    if (++parts > MOST_PARTS) throw tooLarge(line);
    if (piece === '(') {
      open.push({ line, items: [] });
    } else if (piece === ')') {
      const closed = open.pop();
      if (closed === undefined) throw mismatch(line, 'there is a ")" without its "("');
      const list = open.at(-1);
      if (list === undefined) {
        yield closed;
        parts = 0;
      } else list.items.push(closed);
    } else {
      const list = open.at(-1);
      if (list === undefined)
        throw mismatch(line, `${quoted(piece)} stands outside of parentheses`);
      if (piece === '|' || piece === '"') throw mismatch(line, `a ${piece} is never closed`);
      // SMT-LIB's |name| is the symbol name.
      list.items.push({ line, atom: piece.startsWith('|') ? piece.slice(1, -1) : piece });
      for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', at + 1)) line++;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) throw mismatch(unclosed.line, 'a "(" is never closed');
}

function mismatch(line: number, problem: string): InputError {
  return new InputError({
    place: `line ${line}`,
    problem,
    remedy: 'check that the file is complete and is a .vnnlib file',
  });
}

function tooLarge(line: number): InputError {
  return new InputError({
    place: `line ${line}`,
    problem: `a command has more than ${MOST_PARTS} parts`,
    remedy: 'check the file, or split its asserts',
  });
}
