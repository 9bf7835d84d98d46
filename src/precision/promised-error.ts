/** What a ticket's record of its precision promises. */
import type { BallsRecord } from './balls.js';
import type { BoundMethod } from './certificate.js';
import { decimalRoundedUp } from './decimal-up.js';
import type { PrecisionRecord } from './precision.js';

/** The largest error that a record promises on its domain. */
export interface PromisedError {
  /** A decimal that is not below the bound. */
  readonly epsilon: string;
  /** Per output, where they are bounded one by one. */
  readonly outputs?: readonly string[];
  readonly method: BoundMethod | 'paper';
  /** The balls that it is promised on, where that is not all of the ticket's domain. */
  readonly around?: BallsRecord;
}

/** Null where a record promises nothing. */
export function promisedError(record: PrecisionRecord): PromisedError | null {
  switch (record.mode) {
    case 'lossless':
      return { epsilon: '0', method: 'lossless' };
    case 'bits':
      return null;
    case 'paper':
      return { epsilon: decimalRoundedUp(record.epsilon, 17), method: 'paper' };
    case 'certified':
      return {
        ...{ epsilon: record.certified, outputs: record.outputs, method: record.method },
        ...(record.around && { around: record.around }),
      };
  }
}
