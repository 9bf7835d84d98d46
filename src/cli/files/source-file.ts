/** A source's plan on disk: the shape that `plan --source` writes and `find --source` uses. */

import { SOURCE_FORMAT } from '../../constructions/class-record.js';
import { formatPlan, parsePlan, type RecordedPlan } from '../../constructions/source-record.js';
import { InputError, withFileName } from '../../core/errors.js';
import { KIND_HEAD_BYTES, refuseOtherKinds } from '../../core/file-kinds.js';
import { readRegularFile } from './open-file.js';
import { type Output, writeParts } from './output-file.js';
import type { OwnFiles } from './output-place.js';

const MAXIMUM_BYTES = 2 ** 24;
const EXPECTED = 'a file written by unearth plan --source';
const HEAD = new TextEncoder().encode(`{"format":"${SOURCE_FORMAT.split('/')[0]}/`);

function isSourceFile(head: Uint8Array): boolean {
  return HEAD.every((byte, index) => byte === head[index]);
}

export const SOURCES: OwnFiles = { what: 'a source', headBytes: HEAD.length, is: isSourceFile };

/** Writes the plan; returns the bytes written. */
export function writeSourceFile(output: Output, plan: RecordedPlan): number {
  return writeParts(output, [new TextEncoder().encode(formatPlan(plan))]);
}

/** Reads a plan. Throws an `InputError` that names file and place. */
export function readSourceFile(file: string): RecordedPlan {
  return withFileName(file, () => {
    const bytes = readRegularFile(file, {
      expected: EXPECTED,
      limit: MAXIMUM_BYTES,
      tooLarge: `give ${EXPECTED}`,
    });
    refuseOtherKinds(
      bytes.subarray(0, KIND_HEAD_BYTES),
      ['source', 'text'],
      'a source from `unearth plan --source`',
    );
    try {
      return parsePlan(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new InputError({
        place: '',
        problem: 'it is not text',
        remedy: `give ${EXPECTED}`,
      });
    }
  });
}
