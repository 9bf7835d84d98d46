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
  pointsOfShard,
  readResults,
  recordLine,
  recordsToCsv,
  resultsHead,
  type Shard,
  writeResults,
} from '../../study/results.js';
import type { StudyName } from '../../study/studies.js';
import { type JsonRecord, pointKey, type Study, type StudyRecord } from '../../study/study.js';
import type { StudyJobOptions } from '../jobs/study.js';
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

function readBytes(file: string, tooLarge = 'name another folder with --output'): Uint8Array {
  if (!existsSync(file)) return new Uint8Array(0);
  return readRegularFile(file, {
    expected: 'the results of a study',
    limit: MAXIMUM_BYTES,
    tooLarge,
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

/** Where a study's records are put; `shard` says that they are those of a part of its points. */
export interface ResultsPlace {
  readonly folder: string;
  readonly force: boolean;
  readonly shard?: Shard;
}

type NamedStudy<Point extends JsonRecord, Result extends JsonRecord> = Study<
  never,
  Point,
  Result
> & { readonly name: StudyName };

/** The results file of a study, or of a shard of it. */
export function resultsFile(name: StudyName, { folder, shard }: ResultsPlace): string {
  const part = shard === undefined ? '' : `.${shard.number}-of-${shard.of}`;
  return inFolder(folder, `${name}${part}.jsonl`);
}

/** The table beside it, after a look at what may be in its place; a shard has none. */
function tableRequest(
  name: StudyName,
  planned: readonly JsonRecord[],
  { folder, force, shard }: ResultsPlace,
): OutputRequest | null {
  if (shard !== undefined) return null;
  const csvHead = `${Object.keys(planned[0] ?? {}).join(',')},`;
  const request = {
    option: '--output',
    file: inFolder(folder, `${name}.csv`),
    force,
    own: textFiles('a table of this study', csvHead),
  };
  checkPlace(request);
  return request;
}

/**
 * In an existing folder, computes what `folder/NAME.jsonl` lacks of the planned points, and writes it
 * and `NAME.csv`; of a shard its points alone, without a table. Returns the records in the order of the plan,
 * and how many of them were there before.
 */
export async function computeStudy<Point extends JsonRecord, Result extends JsonRecord>(
  study: NamedStudy<Point, Result>,
  all: readonly Point[],
  place: ResultsPlace,
  means: Pick<StudyJobOptions, 'threads' | 'queue'>,
): Promise<{ readonly records: StudyRecord<Point, Result>[]; readonly resumed: number }> {
  const { shard } = place;
  const planned = shard === undefined ? all : pointsOfShard(all, shard);
  const file = resultsFile(study.name, place);
  const csvRequest = tableRequest(study.name, all, place);
  const { found, others, wholeLength } = withFileName(file, () =>
    readResults(readBytes(file), study, planned),
  );
  const results = new Map(found);
  const missing = planned.filter((point) => !results.has(pointKey(point)));
  const output = openResults(file, wholeLength);
  try {
    if (wholeLength === 0) output.append(resultsHead(study.name));
    if (missing.length > 0) {
      await runInWorker(
        'study',
        { study: study.name, points: missing, before: results.size, ...means },
        {
          label: study.name,
          hear({ index, result }) {
            const record = { point: missing[index], result: result as Result };
            output.append(recordLine(record));
            results.set(pointKey(record.point), record);
          },
        },
      );
    }
  } finally {
    output.close();
  }
  const records = planned.flatMap((point) => results.get(pointKey(point)) ?? []);
  // Its own: it was read, or made, before the work.
  writeText({ option: '--output', file, force: true }, writeResults(study.name, records, others));
  if (csvRequest !== null) writeText(csvRequest, recordsToCsv(records));
  return { records, resumed: planned.length - missing.length };
}

/** Results files of a study in a folder and in the folders in it: of shards, and whole ones. */
function resultsFilesIn(name: StudyName, folder: string): string[] {
  const isOne = new RegExp(`^${name}(\\.\\d+-of-\\d+)?\\.jsonl$`);
  const entries = (of: string) => {
    try {
      return readdirSync(of, { withFileTypes: true });
    } catch (error) {
      throw cannotRead(of, error);
    }
  };
  const own = entries(folder);
  const folders = [
    folder,
    ...own.filter((entry) => entry.isDirectory()).map((entry) => inFolder(folder, entry.name)),
  ];
  return folders
    .flatMap((each) =>
      entries(each)
        .filter((entry) => !entry.isDirectory() && isOne.test(entry.name))
        .map((entry) => inFolder(each, entry.name)),
    )
    .sort();
}

/** About a file of another shard: it is not the output that is in the way. */
const BAD_SHARD = 'compute this shard again, or take its file out of the folder of --merge';

/**
 * Reads the shards below `from`: the records of the whole study, in the order of the plan, and how many points
 * of other options lie there besides. Throws an `InputError` where a point is missing, or has different
 * results in two files. Nothing is written.
 */
export function readShards<Point extends JsonRecord, Result extends JsonRecord>(
  study: NamedStudy<Point, Result>,
  planned: readonly Point[],
  from: string,
): { readonly records: StudyRecord<Point, Result>[]; readonly others: number } {
  const files = resultsFilesIn(study.name, from);
  let others = 0;
  const results = new Map<string, { record: StudyRecord<Point, Result>; file: string }>();
  for (const file of files) {
    const { found, others: more } = withFileName(file, () =>
      readResults(readBytes(file, BAD_SHARD), study, planned, BAD_SHARD),
    );
    others += more.length;
    for (const [key, record] of found) {
      const known = results.get(key);
      if (known !== undefined && recordLine(known.record) !== recordLine(record)) {
        throw new InputError({
          file,
          place: `the point ${key}`,
          problem: `another result than in ${known.file}`,
          remedy: 'compute it alone (--point) to see which is right, and remove the other file',
        });
      }
      if (known === undefined) results.set(key, { record, file });
    }
  }
  const records = planned.flatMap((point) => results.get(pointKey(point))?.record ?? []);
  if (records.length < planned.length) {
    const number = planned.findIndex((point) => !results.has(pointKey(point))) + 1;
    throw new InputError({
      file: from,
      place: '',
      problem: `${planned.length - records.length} of ${planned.length} points are in none of its ${files.length} results files, the first of them number ${number}`,
      remedy: 'run the shards that are missing, with the same options, and merge again',
    });
  }
  return { records, others };
}

/** Writes records of all points into the files that one run of the whole study writes. */
export function writeStudy<Point extends JsonRecord, Result extends JsonRecord>(
  study: NamedStudy<Point, Result>,
  records: readonly StudyRecord<Point, Result>[],
  place: ResultsPlace,
): void {
  const planned = records.map(({ point }) => point);
  const csvRequest = tableRequest(study.name, planned, place);
  const file = resultsFile(study.name, place);
  // Lines of points with other seeds stay, as they do where a run continues the file.
  const { others } = withFileName(file, () => readResults(readBytes(file), study, planned));
  writeText({ option: '--output', file, force: true }, writeResults(study.name, records, others));
  if (csvRequest !== null) writeText(csvRequest, recordsToCsv(records));
}
