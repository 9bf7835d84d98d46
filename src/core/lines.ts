/** The lines of a text one by one: a text of sixty million line ends is never a list of as many lines. */
export interface TextLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** `\n`, `\r\n` and `\r` end a line; what follows the last of them is a line if it is not empty. */
export function* linesOf(text: string): Generator<TextLine> {
  const lineEnd = /\r\n|\n|\r/g;
  let start = 0;
  let number = 0;
  while (start < text.length) {
    lineEnd.lastIndex = start;
    const found = lineEnd.exec(text);
    number++;
    yield { text: text.slice(start, found?.index), number };
    start = found === null ? text.length : lineEnd.lastIndex;
  }
}
