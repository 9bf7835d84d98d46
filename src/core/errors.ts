/**
 * The typed errors of the library. Everything a user can cause is one of these; anything else that
 * is thrown is a defect of unearth itself (the command line exits with 70 for it).
 */

/** A file or value from outside that cannot be used: names file, place and remedy. */
export class InputError extends Error {
  override readonly name = 'InputError';
  /** Path or description of the offending input, empty until a reader that knows it fills it in. */
  readonly file: string;
  /** Where in the input: a node, a layer, a line, a byte. */
  readonly place: string;
  /** What is wrong there. */
  readonly problem: string;
  /** What the user can do about it. */
  readonly remedy: string;

  constructor(details: { file?: string; place: string; problem: string; remedy: string }) {
    const { file = '', place, problem, remedy } = details;
    const where = [file, place].filter((part) => part !== '');
    super(`${[...where, problem].join(': ')}; ${remedy}`);
    this.file = file;
    this.place = place;
    this.problem = problem;
    this.remedy = remedy;
  }

  /** The same error with the file's name filled in, if it had none. */
  inFile(file: string): InputError {
    if (this.file !== '') return this;
    const { place, problem, remedy } = this;
    // A name of nothing is shown as one.
    return new InputError({ file: file === '' ? '""' : file, place, problem, remedy });
  }
}

/** A call or a command line that asks for something that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Things that are right by themselves and do not belong together: a model and another model's ticket,
 * a network and a domain of another dimension. Who knows the files says which one to replace; a plain
 * RangeError, unlike it, is a defect.
 */
export class MisfitError extends RangeError {
  override readonly name = 'MisfitError';
}

/** Runs a reader and fills the file's name into any `InputError` it throws. */
export function withFileName<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InputError ? error.inFile(file) : error;
  }
}
