/**
 * `unearth study NAME`: the theory as measured curves, resumable and parallel. What a study needs is
 * loaded only when one runs.
 */
import os from 'node:os';
import { type Command, Option } from 'commander';
import { UsageError } from '../../core/errors.js';
import type { Shard } from '../../study/results.js';
import { STUDY_SYSTEM_NAMES } from '../../study/system-names.js';
import { seedNumber, wholeNumber } from '../options.js';
import { addQueueFlags } from '../queue-flags.js';
import type { StudyFlags } from './run-study.js';
import { addStudyFigures } from './study-figures.js';

/** Names separated by commas, each one of `known`. */
function namesAmong(known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const names = text.split(',');
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw new UsageError(`--constructions ${unknown}: choose among ${known.join(', ')}`);
    }
    return names;
  };
}

/** `i/n`, both whole numbers. */
function shardOf(text: string): Shard {
  const [, first = '', second = ''] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const [number, of] = [Number(first), Number(second)];
  if (first === '' || !(number >= 1 && number <= of && of <= 1e6)) {
    throw new UsageError(`--shard ${text}: give i/n, such as 3/16, with i from 1 to n`);
  }
  return { number, of };
}

/** A share in percent, `2%`, or as a number, `0.02`. */
function shareOf(text: string): number {
  const [, number = '', percent = ''] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  const share = Number(number) / (percent === '' ? 1 : 100);
  if (number === '' || share > 1) {
    throw new UsageError(`--check ${text}: give a share such as 2%, at most 100%`);
  }
  return share;
}

function addOne(study: Command, name: string, description: string): Command {
  const command = study.command(name);
  return addQueueFlags(command, 'have the points computed by the workers of this queue')
    .option(
      '--check <share>',
      'share of what comes from the queue that is computed here too',
      shareOf,
    )
    .description(description)
    .option('-o, --output <folder>', 'folder of the results and figures', 'study')
    .option(
      '--threads <n>',
      'threads',
      wholeNumber('--threads', 1, 1024),
      os.availableParallelism(),
    )
    .addOption(
      new Option('--point <n>', 'compute the n-th point alone and print it; writes nothing')
        .argParser(wholeNumber('--point', 1, 1e9))
        .conflicts(['shard', 'queue']),
    )
    .addOption(
      new Option('--shard <i/n>', 'compute the i-th of n parts of the points, e.g. 3/16')
        .argParser(shardOf)
        // Whoever shares a queue has no need to share out points by hand.
        .conflicts('queue'),
    )
    .addOption(
      new Option(
        '--merge <folder>',
        'compute nothing: unite the shards in this folder, and in those in it',
      ).conflicts(['shard', 'point', 'queue']),
    )
    .option('--force', 'replace files that unearth did not write')
    .option('--json', 'print one JSON object');
}

/** The largest seed whose successors a study can count in whole numbers. */
const LARGEST_SEED = 2 ** 31;

function studySeed(text: string): number {
  const seed = seedNumber(text);
  if (seed > LARGEST_SEED) throw new UsageError(`--seed ${text}: studies take seeds up to 2^31`);
  return Number(seed);
}

const loadStudies = () => import('./run-study.js');

export function configureStudy(study: Command): void {
  const constructions = [
    '--constructions <names>',
    `some of ${STUDY_SYSTEM_NAMES.join(',')} (default: all)`,
    namesAmong(STUDY_SYSTEM_NAMES),
  ] as const;
  addOne(study, 'success', 'share of seeds that succeed against the size of the source, and bounds')
    .option('--seeds <n>', 'seeds per point', wholeNumber('--seeds', 1, 1e6), 1000)
    .option('--seed <n>', 'first seed', studySeed, 0)
    .option(...constructions)
    .action(
      async (
        flags: StudyFlags & { seeds: number; seed: number; constructions?: readonly string[] },
      ) => (await loadStudies()).runSuccess(flags),
    );
  addOne(study, 'size', 'source size against epsilon, d and l, exponents beside Table 1')
    .option(...constructions)
    .action(async (flags: StudyFlags & { constructions?: readonly string[] }) =>
      (await loadStudies()).runSize(flags),
    );
  addOne(
    study,
    'expressivity',
    'Proposition 1: functions of pruned and of unpruned networks',
  ).action(async (flags: StudyFlags) => (await loadStudies()).runExpressivity(flags));
  addOne(study, 'universality', 'many random networks found and proved in one source')
    .option('--targets <n>', 'networks per source', wholeNumber('--targets', 1, 1e6), 600)
    .option('--seed <n>', 'seed of the source', studySeed, 1)
    .action(async (flags: StudyFlags & { targets: number; seed: number }) =>
      (await loadStudies()).runUniversality(flags),
    );
  addStudyFigures(study);
}
