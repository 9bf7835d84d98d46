/** Runs the studies for `unearth study`: results, figures and what is said at the end. */
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { UsageError } from '../../core/errors.js';
import { expressivityFigure, sizeFigure, universalityFigure } from '../../figures/study-figures.js';
import { successFigures } from '../../figures/success-curves.js';
import {
  DEFAULT_EXPRESSIVITY,
  type ExpressivityRecord,
  expressivityStudy,
} from '../../study/expressivity.js';
import type { Shard } from '../../study/results.js';
import { sizeStudy } from '../../study/size.js';
import type { StudyName } from '../../study/studies.js';
import { type JsonRecord, pointKey, type Study, type StudyRecord } from '../../study/study.js';
import { successStudy } from '../../study/success.js';
import { universalityStudy } from '../../study/universality.js';
import { inFolder } from '../files/in-folder.js';
import { writeText } from '../files/output-file.js';
import { checkPlace } from '../files/output-place.js';
import {
  computeStudy,
  figureRequest,
  prepareFolder,
  type ResultsPlace,
  readShards,
  resultsFile,
  writeStudy,
} from '../files/study-results.js';
import { placeOf, type QueueFlags } from '../queue-flags.js';
import { counted } from '../text/format.js';
import { printJson, printLine, printLines, printNote } from '../text/print.js';
import {
  type Summary,
  summariseExpressivity,
  summariseSizes,
  summariseSuccess,
  summariseTargets,
} from '../text/study-summary.js';
import { runInWorker } from '../workers/run-in-worker.js';

export interface StudyFlags extends QueueFlags {
  readonly output: string;
  readonly threads: number;
  readonly point?: number;
  readonly check?: number;
  readonly shard?: Shard;
  readonly merge?: string;
  readonly force?: true;
  readonly json?: true;
}

interface StudyCommand<Point extends JsonRecord, Result extends JsonRecord> {
  readonly study: Study<never, Point, Result>;
  readonly planned: readonly Point[];
  /** File name and content. */
  readonly figures: (records: readonly StudyRecord<Point, Result>[]) => ReadonlyMap<string, string>;
  readonly summarise: (records: readonly StudyRecord<Point, Result>[]) => Summary;
}

async function runStudy<Point extends JsonRecord, Result extends JsonRecord>(
  { study, planned, figures, summarise }: StudyCommand<Point, Result>,
  flags: StudyFlags,
): Promise<void> {
  const name = study.name as StudyName;
  if (flags.point !== undefined) {
    await recompute(name, planned, flags.point);
    return;
  }
  const force = flags.force === true;
  // Before anything is made or read.
  const means = meansOf(flags);
  const own = { ...study, name };
  const merged = flags.merge === undefined ? null : readShards(own, planned, flags.merge);
  prepareFolder(flags.output);
  // Before the work: what could be in the way of the figures.
  for (const file of readdirSync(flags.output)) {
    const isFigure = file.startsWith(name) && file.endsWith('.svg');
    if (isFigure) checkPlace(figureRequest(inFolder(flags.output, file), force));
  }
  const place = { folder: flags.output, force };
  if (flags.shard !== undefined) {
    await runShard(own, planned, { ...place, shard: flags.shard }, flags);
    return;
  }
  const { records, resumed } =
    merged === null
      ? await computeStudy(own, planned, place, means)
      : { records: merged.records, resumed: 0 };
  if (merged !== null) {
    writeStudy(own, records, place);
    if (merged.others > 0) {
      printNote(
        `${counted(merged.others, 'point')} of other options in ${flags.merge} ${merged.others === 1 ? 'is' : 'are'} left out`,
      );
    }
  }
  const drawn = [...figures(records)].map(
    ([file, svg]) => [inFolder(flags.output, file), svg] as const,
  );
  for (const [file, svg] of drawn) writeText(figureRequest(file, force), svg);
  const summary = summarise(records);
  const files = [
    ...['jsonl', 'csv'].map((ending) => inFolder(flags.output, `${name}.${ending}`)),
    ...drawn.map(([file]) => file),
  ];
  if (flags.json) {
    printJson({ study: name, points: records.length, resumed, files, ...summary.json });
  } else {
    printLines(summary.lines);
    printLine('');
    const before = resumed > 0 ? `, ${resumed} of them from an earlier run` : '';
    printLine(`${records.length} points${before}: ${files.join(', ')}`);
  }
  if (!summary.holds) process.exitCode = 1;
}

/** Threads, or a queue. */
function meansOf(flags: StudyFlags) {
  const { threads, check } = flags;
  const place = placeOf(flags);
  if (place === undefined) {
    if (check !== undefined) throw new UsageError('--check needs --queue');
    return { threads };
  }
  return { threads, queue: { place, check: check ?? 0 } };
}

/** Computes a part of the points: results alone, which figures and sums are made of once all are there. */
async function runShard<Point extends JsonRecord, Result extends JsonRecord>(
  study: Study<never, Point, Result> & { readonly name: StudyName },
  planned: readonly Point[],
  place: ResultsPlace & { readonly shard: Shard },
  flags: StudyFlags,
): Promise<void> {
  const { number, of } = place.shard;
  const { records, resumed } = await computeStudy(study, planned, place, meansOf(flags));
  const file = resultsFile(study.name, place);
  const points = records.length;
  if (flags.json) {
    printJson({ study: study.name, shard: { number, of }, points, resumed, files: [file] });
    return;
  }
  const before = resumed > 0 ? `, ${resumed} of them from an earlier run` : '';
  printLine(`shard ${number} of ${of}: ${points} of ${planned.length} points${before}: ${file}`);
  printLine(`when all are there: unearth study ${study.name} --merge ${flags.output}`);
}

/** Computes one point of the plan alone, from its parameters and seeds, and prints its line. */
async function recompute(
  study: StudyName,
  planned: readonly JsonRecord[],
  number: number,
): Promise<void> {
  const point = planned[number - 1];
  if (point === undefined) {
    throw new UsageError(`--point ${number}: the study has ${planned.length} points`);
  }
  let result: JsonRecord = {};
  // In a worker, so that it shows its progress and can be interrupted.
  await runInWorker(
    'study',
    { study, points: [point], threads: 1, before: 0 },
    {
      label: study,
      hear: (news) => {
        result = news.result;
      },
    },
  );
  printLine(JSON.stringify({ point: JSON.parse(pointKey(point)), result }));
}

interface Constructions {
  readonly constructions?: readonly string[];
}

function chosen({ constructions }: Constructions): Constructions {
  return constructions === undefined ? {} : { constructions };
}

export function runSuccess(
  flags: StudyFlags & Constructions & { readonly seeds: number; readonly seed: number },
): Promise<void> {
  const { seeds, seed } = flags;
  return runStudy(
    {
      study: successStudy,
      planned: successStudy.plan({ seeds, firstSeed: seed, ...chosen(flags) }),
      figures: successFigures,
      summarise: summariseSuccess,
    },
    flags,
  );
}

export function runSize(flags: StudyFlags & Constructions): Promise<void> {
  return runStudy(
    {
      study: sizeStudy,
      planned: sizeStudy.plan(chosen(flags)),
      figures: (records) => new Map([['size.svg', sizeFigure(records)]]),
      summarise: summariseSizes,
    },
    flags,
  );
}

export function runExpressivity(flags: StudyFlags): Promise<void> {
  return runStudy(
    {
      study: expressivityStudy,
      planned: expressivityStudy.plan(DEFAULT_EXPRESSIVITY),
      figures: (records: readonly ExpressivityRecord[]) =>
        new Map([['expressivity.svg', expressivityFigure(records)]]),
      summarise: summariseExpressivity,
    },
    flags,
  );
}

export function runUniversality(
  flags: StudyFlags & { readonly targets: number; readonly seed: number },
): Promise<void> {
  const { targets, seed } = flags;
  return runStudy(
    {
      study: universalityStudy,
      planned: universalityStudy.plan({ targets, seed }),
      figures: (records) => new Map([['universality.svg', universalityFigure(records)]]),
      summarise: summariseTargets,
    },
    flags,
  );
}
