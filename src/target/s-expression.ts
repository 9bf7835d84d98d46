/** The parentheses of SMT-LIB and VNN-LIB texts: atoms and lists, with the line where each starts. */
import { InputError } from '../core/errors.js';
import { quoted } from './quote.js';

/** An atom or a list of expressions, never both. */
export interface Expression {
  readonly line: number;
  readonly atom?: string;
  readonly items?: readonly Expression[];
}

/**
 * All top-level lists of a text; `;` starts a comment. Throws an `InputError` for parentheses that do
 * not match and for atoms outside of any.
 */
export function readExpressions(text: string): Expression[] {
  const all: Expression[] = [];
  const open: { line: number; items: Expression[] }[] = [];
  let line = 1;
  // Line ends, comments, parentheses, |quoted symbols|, "strings", and other atoms.
  const token = /\n|;[^\n]*|[()]|\|[^|]*\||"[^"]*"|[^\s();|"]+|[|"]/g;
  for (const [piece] of text.matchAll(token)) {
    if (piece === '\n') {
      line++;
    } else if (piece === '(') {
      open.push({ line, items: [] });
    } else if (piece === ')') {
      const closed = open.pop();
      if (closed === undefined) throw mismatch(line, 'there is a ")" without its "("');
      (open.at(-1)?.items ?? all).push(closed);
    } else if (!piece.startsWith(';')) {
      const list = open.at(-1);
      if (list === undefined)
        throw mismatch(line, `${quoted(piece)} stands outside of parentheses`);
      if (piece === '|' || piece === '"') throw mismatch(line, `a ${piece} is never closed`);
      // SMT-LIB's |name| is the symbol name.
      list.items.push({ line, atom: piece.replace(/^\|(.*)\|$/s, '$1') });
      line += piece.split('\n').length - 1;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) throw mismatch(unclosed.line, 'a "(" is never closed');
  return all;
}

function mismatch(line: number, problem: string): InputError {
  return new InputError({
    place: `line ${line}`,
    problem,
    remedy: 'check that the file is complete and is a .vnnlib file',
  });
}
