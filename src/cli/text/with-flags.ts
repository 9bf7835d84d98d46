/**
 * The library's words in those of the command line: its messages say `option "memory"`, or with a value
 * `option "compute: double"`, which a user of the command line writes as a flag.
 */

/** `mostEdges` is `--most-edges`. */
function flag(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A message of the library with its options written as flags. */
export function withFlags(message: string): string {
  return message.replace(
    /option "([a-zA-Z]+)(?:: ([^"]+))?"/g,
    (_, option: string, value?: string) =>
      value === undefined ? flag(option) : `${flag(option)} ${value}`,
  );
}
