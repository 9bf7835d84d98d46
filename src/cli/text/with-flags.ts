/**
 * The library's words in those of the command line: its messages say `option "memory"`, or with a value
 * `option "compute: double"`, which a user of the command line writes as a flag; and bytes, with what is
 * written there behind them: `3221225472 (3G)`.
 */

/** `mostEdges` is `--most-edges`. */
function flag(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A message of the library with its options written as flags. */
export function withFlags(message: string): string {
  return message
    .replace(/option "([a-zA-Z]+)(?:: ([^"]+))?"/g, (_, option: string, value?: string) => {
      // The forms of an export are flags of their own.
      if (option === 'form' && value !== undefined) return flag(value);
      return value === undefined ? flag(option) : `${flag(option)} ${value}`;
    })
    .replace(/\b\d+ \((\d+[MG])\)/g, '$1');
}
