/** An architecture on disk: layers and sizes without weights, for `plan --shape`. */
import { withFileName } from '../../core/errors.js';
import { KIND_HEAD_BYTES, refuseOtherKinds } from '../../core/file-kinds.js';
import {
  ARCHITECTURE_REMEDY,
  type ArchitectureRecord,
  MOST_ARCHITECTURE_BYTES,
  readArchitecture,
  refuseArchitecture,
} from '../../target/architecture/record.js';
import { readRegularFile } from './open-file.js';

/** Reads an architecture. Throws an `InputError` that names file, place and remedy. */
export function readArchitectureFile(file: string): ArchitectureRecord {
  return withFileName(file, () => {
    const bytes = readRegularFile(file, {
      expected: 'a JSON file of an architecture',
      limit: MOST_ARCHITECTURE_BYTES,
      tooLarge: ARCHITECTURE_REMEDY,
    });
    refuseOtherKinds(bytes.subarray(0, KIND_HEAD_BYTES), ['text'], 'an architecture (JSON)', {
      onnx: 'plan a model without --shape',
    });
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return refuseArchitecture('the file', 'not UTF-8 text');
    }
    return readArchitecture(text);
  });
}
