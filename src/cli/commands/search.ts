/** `unearth search DATA`: tickets by training. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import { UsageError } from '../../core/errors.js';
import { searchOptions } from '../../search/options.js';
import { parseSweep, type SweepAxes, type SweepRun, sweepRuns } from '../../search/sweep.js';
import { Interrupted } from '../exit-guard.js';
import { imageShape } from '../files/image-shape.js';
import { type Output, takeOutputs } from '../files/output-file.js';
import {
  checkPlace,
  isOnePlace,
  type OwnFiles,
  refuseSpecialFiles,
} from '../files/output-place.js';
import { TICKETS } from '../files/own-tickets.js';
import { labelledFiles, testFiles } from '../files/read-labelled.js';
import { writeSearchFigure } from '../files/search-figure.js';
import {
  CHECKPOINTS,
  openLog,
  refuseCheckpointOfOther,
  refuseOtherThanCheckpoint,
  searchFiles,
} from '../files/search-files.js';
import { openResults } from '../files/sweep-results.js';
import type { SearchNews, SearchReport } from '../jobs/search.js';
import type { SearchQueue } from '../jobs/search-queue.js';
import { folderName, threadsOption, wholeNumber } from '../options.js';
import { addQueueFlags, placeOf, type QueueFlags } from '../queue-flags.js';
import * as format from '../text/format.js';
import { printJson, printLine, printLines } from '../text/print.js';
import { runInWorker } from '../workers/run-in-worker.js';
import {
  givenByFlags,
  LAST_KEEP_FLAG,
  leavesInputOpen,
  trainingFlagsGiven,
  trainingOptions,
} from './training-flags.js';

/** Besides the flags of training-flags.ts. */
interface SearchFlags extends QueueFlags {
  readonly labels?: string;
  readonly test?: string;
  readonly testLabels?: string;
  readonly limit?: number;
  readonly threads: number;
  readonly keep?: readonly number[];
  readonly sweep?: SweepAxes;
  readonly results?: string;
  readonly resume?: string;
  readonly checkpoint?: string;
  readonly log?: string;
  readonly figure?: string;
  readonly output?: string;
  readonly folder?: string;
  readonly force?: true;
  readonly json?: true;
}

function kebab(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `x.ticket` as `x-keep-0.5.ticket`. */
function sweepTicket(ticket: string, run: string): string {
  return `${ticket.replace(/\.ticket$/, '')}-${run}.ticket`;
}

/** What a search reads and writes. Throws a `UsageError` where flags contradict each other. */
function filesOf(data: string, flags: SearchFlags) {
  const base = path.basename(data).replace(/(-images)?(-idx3-ubyte)?(\.[a-z]+)?(\.gz)?$/i, '');
  const { resume, sweep } = flags;
  // A search that goes on ends where it would have: the checkpoint was named after the ticket.
  const byDefault = resume?.replace(/(\.checkpoint)?$/, '.ticket') ?? `${base || 'search'}.ticket`;
  const ticket = flags.output ?? byDefault;
  const given = trainingFlagsGiven(flags);
  if (resume !== undefined && (given.length > 0 || sweep !== undefined)) {
    const named = [...given, ...(sweep === undefined ? [] : ['--sweep'])].join(', ');
    throw new UsageError(`--resume goes on as the search began: leave out ${named}`);
  }
  if (sweep !== undefined) refuseBeside(flags, sweep);
  if (sweep === undefined && flags.results !== undefined) {
    throw new UsageError('--results is of a sweep: give --sweep');
  }
  const test = testFiles(data, flags.test, flags.testLabels);
  if (sweep !== undefined && test === undefined) {
    throw new UsageError('--sweep compares test accuracies: give test samples with --test FILE');
  }
  return {
    samples: labelledFiles(data, flags.labels, 'train', '--labels'),
    test,
    ticket,
    results: flags.results ?? ticket.replace(/(\.ticket)?$/, '.sweep.jsonl'),
    checkpoint:
      sweep === undefined
        ? (flags.checkpoint ?? resume ?? ticket.replace(/(\.ticket)?$/, '.checkpoint'))
        : undefined,
  };
}

/** Throws a `UsageError` for flags whose place the sweep takes. */
function refuseBeside(flags: SearchFlags, sweep: SweepAxes): void {
  if (sweep.keep !== undefined && flags.keep !== undefined) {
    throw new UsageError('--sweep takes the place of --keep, and makes no checkpoint');
  }
  if (flags.checkpoint !== undefined) throw new UsageError('--sweep makes no checkpoint');
  const { seed, method } = flags as { readonly seed?: unknown; readonly method?: unknown };
  if (sweep.seed !== undefined && seed !== undefined) {
    throw new UsageError('--sweep has seeds: leave out --seed');
  }
  if (sweep.method !== undefined && method !== undefined) {
    throw new UsageError('--sweep has methods: leave out --method');
  }
}

type SearchFileNames = ReturnType<typeof filesOf>;

/** The searches to be run, one for each ticket; none where one is resumed. */
function searchesOf(flags: SearchFlags, { samples, ticket }: SearchFileNames): PlannedSearch[] {
  if (flags.resume !== undefined) return [{ ticket, run: null }];
  const found = leavesInputOpen(flags) ? imageShape(samples.samples) : null;
  const given = givenByFlags(flags, found ?? undefined);
  if (flags.sweep === undefined) {
    return [{ ticket, run: { name: '', options: searchOptions(given) } }];
  }
  return sweepRuns(given, flags.sweep).map((run) => ({
    ticket: sweepTicket(ticket, run.name),
    run,
  }));
}

/** A search to be run, and the name of its ticket; null where it is the checkpoint's. */
interface PlannedSearch {
  readonly ticket: string;
  readonly run: SweepRun | null;
}

/** Options that a search needs again to go on; those of training are in its checkpoint. */
function goOnWith(tickets: readonly string[], flags: SearchFlags): string[] {
  const { labels, test, testLabels, limit, log, figure, force, json } = flags;
  const named = Object.entries({ labels, test, testLabels, limit, log, figure });
  return [
    ...named.flatMap(([flag, value]) => (value === undefined ? [] : [kebab(flag), String(value)])),
    ...tickets.flatMap((ticket) => ['-o', ticket]),
    ...(force ? ['--force'] : []),
    ...(json ? ['--json'] : []),
  ];
}

/** Takes the places of all that a search writes, before it reads anything. */
function takePlaces(
  { samples, test, checkpoint }: SearchFileNames,
  tickets: readonly string[],
  flags: SearchFlags,
) {
  const { figure, log, resume } = flags;
  const force = flags.force === true;
  const named = (option: string, file: string | undefined, own?: OwnFiles) =>
    file === undefined ? undefined : { option, file, force, ...(own && { own }) };
  if (resume !== undefined) refuseOtherThanCheckpoint(resume);
  const goesOnThere =
    resume !== undefined && checkpoint !== undefined && isOnePlace(resume, checkpoint);
  if (checkpoint !== undefined && !force && !goesOnThere) refuseCheckpointOfOther(checkpoint);
  const inputs = [
    { option: 'the samples', file: samples.samples },
    { option: 'the labels', file: samples.labels },
    ...(test === undefined ? [] : [{ option: 'the test samples', file: test.samples }]),
    ...(test === undefined ? [] : [{ option: 'the test labels', file: test.labels }]),
    ...(resume === undefined || goesOnThere ? [] : [{ option: '--resume', file: resume }]),
  ];
  // A log is no output that replaces: it is opened where it stands, and a resumed search adds to it.
  const logged = log === undefined ? [] : [{ option: '--log', file: log }];
  if (log !== undefined && (resume === undefined || force)) {
    checkPlace({ option: '--log', file: log, force });
  } else if (log !== undefined) refuseSpecialFiles(log);
  const [figurePlace, checkpointPlace, ...ticketPlaces] = takeOutputs(
    [
      named('--figure', figure),
      named('--checkpoint', checkpoint, CHECKPOINTS),
      ...tickets.map((ticket) => ({ option: '--output', file: ticket, force, own: TICKETS })),
    ],
    inputs,
    logged,
  );
  const files = searchFiles({
    resumed: goesOnThere,
    goOnWith: goOnWith(tickets, flags),
    ...(checkpointPlace && { checkpoint: checkpointPlace }),
    ...(log !== undefined && { log: openLog(log, resume !== undefined) }),
  });
  return { figurePlace, ticketPlaces: ticketPlaces as Output[], files };
}

function share({ correct, samples }: { correct: number; samples: number }): string {
  const counted = `${format.grouped(correct)} of ${format.grouped(samples)}`;
  return `${format.percent(correct / samples)} (${counted})`;
}

function describe(report: SearchReport): string[] {
  const { mask, ticket, test, trainerTest, thresholdedTest, drawnTest, seconds } = report;
  const kept = mask.kept.reduce((sum, count) => sum + count, 0);
  return format.table([
    ['search', `${report.method}, ${report.network}, seed ${report.seed}`],
    [
      'mask',
      `${format.grouped(kept)} of ${format.grouped(mask.edges)} edges kept (${format.percent(kept / mask.edges)}); ${format.bytes(mask.bytes)}, entropy ${format.bytes(mask.entropyBytes)}`,
    ],
    ...(test === null ? [] : [['test', `${share(test)}, by the inference engine on the ticket`]]),
    ...(trainerTest === null ? [] : [['', `${share(trainerTest)} by the trainer`]]),
    ...(thresholdedTest === null ? [] : [['', `${share(thresholdedTest)} the thresholded mask`]]),
    ...(drawnTest === null ? [] : [['', `${share(drawnTest)} over ten drawn masks`]]),
    ['ticket', `${ticket.path}, ${format.bytes(ticket.bytes)}`],
    [
      'time',
      `reading ${format.duration(seconds.read)}, search ${format.duration(seconds.search)}, ${format.duration(seconds.epoch)} an epoch with its evaluation`,
    ],
  ]);
}

/** Where the searches of a sweep are run instead. Throws a `UsageError` for what is none. */
function queueFor(flags: SearchFlags): SearchQueue | undefined {
  const { folder, sweep } = flags;
  const place = placeOf(flags);
  if (place === undefined) {
    if (folder !== undefined) throw new UsageError('--folder needs --queue');
    return undefined;
  }
  if (sweep === undefined) throw new UsageError('--queue is for the searches of a --sweep');
  if (folder !== undefined) return { place, folder, isShared: true };
  // What goes through the queue's server lies there as long as the command runs.
  const own = mkdtempSync(path.join(tmpdir(), 'unearth-'));
  process.once('exit', () => rmSync(own, { recursive: true, force: true }));
  return { place, folder: own, isShared: false };
}

async function search(data: string, flags: SearchFlags): Promise<void> {
  const names = filesOf(data, flags);
  const planned = searchesOf(flags, names);
  const runs = planned.flatMap(({ run }) => run ?? []);
  const force = flags.force === true;
  const results = flags.sweep === undefined ? undefined : openResults(names.results, runs, force);
  const isDone = new Set(results?.done.map(({ run }) => run));
  const pending = planned.filter(({ run }) => run === null || !isDone.has(run.name));
  const tickets = pending.map(({ ticket }) => ticket);
  const { figurePlace, ticketPlaces, files } = takePlaces(names, tickets, flags);
  const { resume, limit } = flags;
  const queue = queueFor(flags);
  /** In the order of the sweep, those of before among them. */
  const reports = (): SearchReport[] => {
    const own = files.reports;
    return planned.flatMap((search) => {
      const before = results?.done.find((each) => each.run === search.run?.name);
      return before?.report ?? own.get(pending.indexOf(search)) ?? [];
    });
  };
  const hear = (news: SearchNews): void => {
    if (news.kind === 'report') {
      const run = pending[news.index]?.run;
      const { report, data, testData } = news;
      if (run && testData !== null) results?.add(run, { report, data, testData });
    }
    files.hear(news);
  };
  const drawFigure = (): void => {
    const all = reports();
    if (figurePlace !== undefined && all.length > 0) writeSearchFigure(figurePlace, all);
  };
  try {
    // All that a sweep asks for may have been done before.
    if (pending.length > 0)
      await runInWorker(
        'search',
        {
          data: names.samples,
          ...(names.test && { test: names.test }),
          ...(limit === undefined ? {} : { limit }),
          threads: flags.threads,
          ...(queue && { queue }),
          keeps: names.checkpoint !== undefined,
          searches: pending.flatMap(({ run }, index) =>
            run === null ? [] : [{ options: run.options, ticket: ticketPlaces[index] }],
          ),
          ...(results?.done[0] && { begunWith: results.done[0] }),
          ...(resume === undefined
            ? {}
            : { resume: { checkpoint: resume, ticket: ticketPlaces[0] } }),
        },
        { hear, stoppable: { lastly: files.save } },
      );
  } catch (error) {
    if (error instanceof Interrupted) {
      files.save();
      drawFigure();
      throw new Interrupted(error.signal, files.describe());
    }
    // Training that diverges does so again from every checkpoint; a full disk can be emptied.
    if (error instanceof UsageError) files.finish();
    else files.saveIfPossible();
    throw error;
  }
  files.finish();
  drawFigure();
  if (flags.json) {
    printJson(flags.sweep === undefined ? files.reports.get(0) : { sweep: reports() });
    return;
  }
  if (isDone.size > 0) {
    const before = format.counted(isDone.size, 'search', 'searches');
    printLine(`${before} of ${names.results}, done before`);
  }
  [...files.reports.values()].forEach((report, index) => {
    if (index > 0) printLine('');
    printLines(describe(report));
  });
}

export function configureSearch(command: Command): void {
  command
    .argument('<data>', "a folder with MNIST's files, or a file of samples (IDX, NPY, CSV, JSON)")
    .option('--labels <file>', 'labels of the samples (default: beside them, named like MNIST)')
    .option('--test <file>', 'test samples (default: the test files of the folder, if any)')
    .option('--test-labels <file>', 'their labels')
    .option('--limit <n>', 'only the first n training samples', wholeNumber('--limit', 1, 2 ** 31));
  for (const { name, option } of trainingOptions()) {
    command.addOption(option);
    if (name !== LAST_KEEP_FLAG) continue;
    command.option(
      '--sweep <values>',
      'one search for each of keep=0.1..0.9,seed=1..3',
      parseSweep,
    );
  }
  addQueueFlags(command, 'have the searches of a sweep run by the workers of this queue')
    .option('--folder <folder>', 'a folder that the workers share, for the data', folderName)
    .option('--resume <file>', 'go on from the checkpoint of an interrupted search')
    .addOption(threadsOption('that share the steps of feature maps'))
    .option('--checkpoint <file>', 'where an interrupted search goes (default: .checkpoint)')
    .option('--log <file>', 'one JSON line an epoch')
    .option('--results <file>', 'of a sweep, a JSON line a search (default: .sweep.jsonl)')
    .option('--figure <file>', 'the curves as SVG')
    .option(
      '-o, --output <file>',
      "the ticket (default: the data's name, or the checkpoint's, .ticket)",
    )
    .option('--force', 'replace files that are not the own')
    .option('--json', 'print one JSON object')
    .action(search);
}
