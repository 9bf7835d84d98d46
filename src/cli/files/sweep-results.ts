/**
 * The results of a sweep: a file of JSON lines, one for each run that is done, written as soon as it is. A
 * sweep that was interrupted goes on where the file ends.
 */
import { appendFileSync, existsSync, truncateSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { InputError, withFileName } from '../../core/errors.js';
import { optionsJson } from '../../search/options-record.js';
import type { SweepRun } from '../../search/sweep.js';
import type { SearchReport } from '../jobs/search.js';
import { cannotWrite } from '../system-error.js';
import { readRegularFile } from './open-file.js';
import { checkPlace } from './output-place.js';

/** A line. Of a report only what is relied on is looked at. */
const lineSchema = z.strictObject({
  run: z.string().regex(/^[a-z0-9.-]{1,120}$/),
  options: z.record(z.string(), z.unknown()),
  data: z.string().regex(/^[0-9a-f]{64}$/),
  testData: z.string().regex(/^[0-9a-f]{64}$/),
  report: z.looseObject({
    method: z.string(),
    test: z.object({ correct: z.int().min(0), samples: z.int().min(1) }),
    mask: z.looseObject({ edges: z.int().min(1), kept: z.array(z.int().min(0)) }),
    ticket: z.object({ path: z.string(), bytes: z.int().min(0) }),
  }),
});

const LIMIT = 2 ** 28;

export interface DoneRun {
  readonly run: string;
  readonly data: string;
  readonly testData: string;
  readonly report: SearchReport;
}

export interface SweepResults {
  /** Runs of this sweep that the file has, and whose tickets are there. */
  readonly done: readonly DoneRun[];
  add(run: SweepRun, done: Omit<DoneRun, 'run'>): void;
}

/**
 * Opens the results of such a sweep, or begins them; with `force` whatever is there is replaced. Throws an
 * `InputError` for a file that is none, or of other options.
 */
export function openResults(file: string, runs: readonly SweepRun[], force: boolean): SweepResults {
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw cannotWrite(file, error);
    }
  };
  const goesOn = existsSync(file) && !force;
  const done = goesOn ? readDone(file, runs) : [];
  // So that a sweep of hours does not end with nowhere to write.
  if (!goesOn) checkPlace({ option: '--results', file, force });
  let isBegun = goesOn;
  return {
    done,
    add({ name, options }, { data, testData, report }) {
      const line = { run: name, options: optionsJson(options), data, testData, report };
      const write = isBegun ? appendFileSync : writeFileSync;
      attempt(() => write(file, `${JSON.stringify(line)}\n`));
      isBegun = true;
    },
  };
}

function readDone(file: string, runs: readonly SweepRun[]): DoneRun[] {
  return withFileName(file, () => {
    const refuse = (place: string, problem: string): never => {
      const remedy = 'name another file with --results, or give --force to begin anew';
      throw new InputError({ place, problem, remedy });
    };
    const bytes = readRegularFile(file, {
      expected: 'the results of a sweep',
      limit: LIMIT,
      tooLarge: 'name another file with --results',
    });
    const text = new TextDecoder().decode(bytes);
    // A line that was cut off is of a run that is not done.
    const end = text.lastIndexOf('\n') + 1;
    if (end === 0 && text !== '' && !text.startsWith('{"run":')) {
      refuse('line 1', 'it is not the results of a sweep');
    }
    const lines = text.slice(0, end).split('\n').slice(0, -1);
    const found = lines.map((line, index): DoneRun | null => {
      const place = `line ${index + 1}`;
      const parsed = lineSchema.safeParse(parsedLine(line));
      if (!parsed.success) return refuse(place, 'it is not the result of a run');
      const { run: name, options, data, testData, report } = parsed.data;
      const run = runs.find((each) => each.name === name);
      if (
        run !== undefined &&
        JSON.stringify(options) !== JSON.stringify(optionsJson(run.options))
      ) {
        refuse(place, `${name} was searched for with other options`);
      }
      if (run === undefined || !existsSync(report.ticket.path)) return null;
      return { run: name, data, testData, report: report as unknown as SearchReport };
    });
    const kept = new TextEncoder().encode(text.slice(0, end)).length;
    if (kept < bytes.length) truncateSync(file, kept);
    return found.filter((each) => each !== null);
  });
}

function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
