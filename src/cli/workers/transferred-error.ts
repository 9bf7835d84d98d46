/** Errors on their way between threads, which classes do not survive. */
import { InputError, UsageError } from '../../core/errors.js';
import { typedError } from '../system-error.js';

/** An error as data. */
export type TransferredError =
  | {
      readonly kind: 'input';
      readonly file: string;
      readonly place: string;
      readonly problem: string;
      readonly remedy: string;
    }
  | { readonly kind: 'usage'; readonly message: string }
  | { readonly kind: 'internal'; readonly message: string; readonly stack: string };

export function transferError(thrown: unknown): TransferredError {
  const error = typedError(thrown);
  if (error instanceof InputError) {
    const { file, place, problem, remedy } = error;
    return { kind: 'input', file, place, problem, remedy };
  }
  if (error instanceof UsageError) return { kind: 'usage', message: error.message };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'internal', message, stack: stack ?? '' };
}

export function restoreError(error: TransferredError): Error {
  if (error.kind === 'input') return new InputError(error);
  if (error.kind === 'usage') return new UsageError(error.message);
  const restored = new Error(error.message);
  restored.stack = error.stack;
  return restored;
}
