/**
 * The results file of a study on disk: read and continued, a line appended per point, and put into the
 * order of the plan at the end, so that a run that was killed and continued leaves the same file as one
 * that was not.
 */
import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  mkdirSync,
  readdirSync,
  writeSync,
} from 'node:fs';
import { InputError, withFileName } from '../../core/errors.js';
import {
  readResults,
  recordLine,
  recordsToCsv,
  resultsHead,
  writeResults,
} from '../../study/results.js';
import type { StudyName } from '../../study/studies.js';
import { type JsonRecord, pointKey, type Study, type StudyRecord } from '../../study/study.js';
import { cannotRead, cannotWrite, systemCode } from '../system-error.js';
import { runInWorker } from '../workers/run-in-worker.js';
import { inFolder } from './in-folder.js';
import { readRegularFile } from './open-file.js';
import { writeText } from './output-file.js';
import { checkPlace, type OutputRequest, openInPlace, textFiles } from './output-place.js';

/** Far beyond any study; a results file is held in memory. */
const MAXIMUM_BYTES = 2 ** 28;

/** First bytes of every SVG file that this program writes. */
const SVG_HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="';

/** The SVG files that this program writes. */
const FIGURES = textFiles('a figure', SVG_HEAD);

/** The folder of a study's files, made if its own folder exists. */
export function prepareFolder(folder: string): void {
  const refuse = (problem: string, remedy: string): never => {
    throw new InputError({ file: folder, place: '', problem, remedy });
  };
  try {
    if (!existsSync(folder)) mkdirSync(folder);
  } catch (error) {
    refuse(`the folder cannot be made (${systemCode(error)})`, 'make the folder above it first');
  }
  try {
    // Refused now, not after the work, where its files cannot be listed.
    readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') refuse('this is a file', 'name a folder with --output');
    throw cannotRead(folder, error);
  }
}

/** A figure in the folder of a study. */
export function figureRequest(file: string, force: boolean): OutputRequest {
  return { option: '--output', file, force, own: FIGURES };
}

function readBytes(file: string): Uint8Array {
  if (!existsSync(file)) return new Uint8Array(0);
  return readRegularFile(file, {
    expected: 'the results of a study',
    limit: MAXIMUM_BYTES,
    tooLarge: 'name another folder with --output',
  });
}

const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY;

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
      throw cannotWrite(file, error);
    }
  };
  const handle = told(() => openInPlace(file, APPEND));
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
  const file = inFolder(folder, `${study.name}.jsonl`);
  const csvFile = inFolder(folder, `${study.name}.csv`);
  const csvHead = `${Object.keys(planned[0] ?? {}).join(',')},`;
  const csvRequest = {
    option: '--output',
    file: csvFile,
    force,
    own: textFiles('a table of this study', csvHead),
  };
  checkPlace(csvRequest);
  const { found, others, wholeLength } = withFileName(file, () =>
    readResults(readBytes(file), study, planned),
  );
  const results = new Map(found);
  const missing = planned.filter((point) => !results.has(pointKey(point)));
  const output = openResults(file, wholeLength);
  try {
    if (wholeLength === 0) output.append(resultsHead(study.name));
    await runInWorker(
      'study',
      { study: study.name, points: missing, threads, before: results.size },
      {
        label: study.name,
        hear({ index, result }) {
          const record = { point: missing[index], result: result as Result };
          output.append(recordLine(record));
          results.set(pointKey(record.point), record);
        },
      },
    );
  } finally {
    output.close();
  }
  const records = planned.flatMap((point) => results.get(pointKey(point)) ?? []);
  // Its own: it was read, or made, before the work.
  writeText({ option: '--output', file, force: true }, writeResults(study.name, records, others));
  writeText(csvRequest, recordsToCsv(records));
  return { records, resumed: planned.length - missing.length };
}
