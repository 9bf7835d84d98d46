/**
 * The results file of a study on disk: read and continued, a line appended per point, and put into the
 * order of the plan at the end, so that a run that was killed and continued leaves the same file as one
 * that was not.
 */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { InputError, withFileName } from '../core/errors.js';
import {
  readResults,
  recordLine,
  recordsToCsv,
  resultsHead,
  writeResults,
} from '../study/results.js';
import type { StudyName } from '../study/studies.js';
import { type JsonRecord, pointKey, type Study, type StudyRecord } from '../study/study.js';
import { checkReplaceable, temporaryName, writeParts } from './output-file.js';
import { runPool } from './study-pool.js';

/** Far beyond any study; a results file is held in memory. */
const MAXIMUM_BYTES = 2 ** 28;

/** First bytes of every SVG file that this program writes. */
const SVG_HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="';

/** The folder of a study's files, made if its own folder exists. */
export function prepareFolder(folder: string): void {
  if (existsSync(folder)) {
    if (statSync(folder).isDirectory()) return;
    throw new InputError({
      file: folder,
      place: '',
      problem: 'this is a file',
      remedy: 'name a folder with --output',
    });
  }
  try {
    mkdirSync(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError({
      file: folder,
      place: '',
      problem: `the folder cannot be made (${code})`,
      remedy: 'make the folder above it first',
    });
  }
}

/** Writes a file of the study beside its place and renames it. */
export function writeText(file: string, text: string): void {
  writeParts(file, temporaryName(file), [new TextEncoder().encode(text)]);
}

/** Throws an `InputError` if an SVG file of that name is not this program's. */
export function checkFigure(file: string, force: boolean): void {
  checkReplaceable(
    file,
    force,
    (head) => new TextDecoder().decode(head) === SVG_HEAD,
    SVG_HEAD.length,
  );
}

function readBytes(file: string): Uint8Array {
  if (!existsSync(file)) return new Uint8Array(0);
  const status = statSync(file);
  if (!status.isFile() || status.size > MAXIMUM_BYTES) {
    throw new InputError({
      place: '',
      problem: status.isFile() ? `${status.size} bytes are too many` : 'not a regular file',
      remedy: 'name another folder with --output',
    });
  }
  return readFileSync(file);
}

/** A results file that lines are appended to. Each throws an `InputError` where the disk does not. */
interface ResultsFile {
  append(line: string): void;
  close(): void;
}

/** Opens the file and cuts it to its whole lines. */
function openResults(file: string, wholeLength: number): ResultsFile {
  const told = <T>(write: () => T): T => {
    try {
      return write();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new InputError({
        file,
        place: '',
        problem: `it cannot be written (${code})`,
        remedy: 'check the folder and the space left on it',
      });
    }
  };
  const handle = told(() => openSync(file, 'a'));
  told(() => ftruncateSync(handle, wholeLength));
  return {
    // One write per line: a kill leaves whole lines and at most one half.
    append: (line) => void told(() => writeSync(handle, `${line}\n`)),
    close: () => closeSync(handle),
  };
}

/**
 * In an existing folder, computes what `folder/NAME.jsonl` lacks of the planned points, and writes it
 * and `NAME.csv`. Returns all records in the order of the plan, and how many of them were there before.
 */
export async function computeStudy<Point extends JsonRecord, Result extends JsonRecord>(
  study: Study<never, Point, Result> & { readonly name: StudyName },
  planned: readonly Point[],
  { folder, threads, force }: { folder: string; threads: number; force: boolean },
): Promise<{ readonly records: StudyRecord<Point, Result>[]; readonly resumed: number }> {
  const file = path.join(folder, `${study.name}.jsonl`);
  const csvFile = path.join(folder, `${study.name}.csv`);
  const csvHead = `${Object.keys(planned[0] ?? {}).join(',')},`;
  checkReplaceable(
    csvFile,
    force,
    (head) => new TextDecoder().decode(head) === csvHead,
    csvHead.length,
  );
  const { found, others, wholeLength } = withFileName(file, () =>
    readResults(readBytes(file), study, planned),
  );
  const results = new Map(found);
  const missing = planned.filter((point) => !results.has(pointKey(point)));
  const output = openResults(file, wholeLength);
  try {
    if (wholeLength === 0) output.append(resultsHead(study.name));
    await runPool({
      study: study.name,
      points: missing,
      threads,
      before: results.size,
      onResult(index, value) {
        const record = { point: missing[index], result: value as Result };
        output.append(recordLine(record));
        results.set(pointKey(record.point), record);
      },
    });
  } finally {
    output.close();
  }
  const records = planned.flatMap((point) => results.get(pointKey(point)) ?? []);
  writeText(file, writeResults(study.name, records, others));
  writeText(csvFile, recordsToCsv(records));
  return { records, resumed: planned.length - missing.length };
}
