/** `unearth classes TICKET`: on which inputs the class provably is the model's (Corollary 1). */

import process from 'node:process';
import type { Command } from 'commander';
import { UsageError } from '../../core/errors.js';
import type { ClassesReport } from '../jobs/classes.js';
import { memoryOption, positiveNumber } from '../options.js';
import * as format from '../text/format.js';
import { printJson, printLines, printNote, printUnproved } from '../text/print.js';
import { readingRows } from '../text/reading-rows.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface ClassesFlags {
  readonly memory: number;
  readonly model: string;
  readonly data?: string;
  readonly divide: number;
  readonly labels?: string;
  readonly box?: string;
  readonly json?: true;
}

function describeSamples(samples: NonNullable<ClassesReport['samples']>): string[][] {
  const { unchanged, outside, correct, provablyCorrect } = samples;
  const of = (count: number): string =>
    `${format.grouped(count)} of ${format.grouped(samples.samples)} (${format.percent(count / samples.samples)})`;
  return [
    ['same class, proved', of(unchanged)],
    ...(outside > 0 ? [['outside the domain', `${of(outside)}: nothing is claimed of them`]] : []),
    ...(correct === undefined ? [] : [['the model is right', of(correct)]]),
    ...(provablyCorrect === undefined ? [] : [['the ticket provably is', of(provablyCorrect)]]),
  ];
}

function describeBox(box: NonNullable<ClassesReport['box']>): string[][] {
  return [
    [
      'same class, proved',
      box.unchanged
        ? `class ${box.class} everywhere in the box`
        : `on ${format.percent(box.provedShare)} of the box at least; not one class everywhere`,
    ],
    ['boxes looked at', format.grouped(box.boxes)],
  ];
}

async function classes(ticket: string, flags: ClassesFlags): Promise<void> {
  const { model, data, divide, labels, box } = flags;
  if ((data === undefined) === (box === undefined)) {
    throw new UsageError('give --data FILE or --box BOX, one of the two');
  }
  if (labels !== undefined && data === undefined) throw new UsageError('--labels needs --data');
  const result = await runInWorker('classes', {
    ticket,
    memory: flags.memory,
    model,
    divide,
    ...(data === undefined ? {} : { data }),
    ...(labels === undefined ? {} : { labels }),
    ...(box === undefined ? {} : { box }),
  });
  if (!result.proved) {
    printUnproved(ticket, result, flags.json === true);
    return;
  }
  const { samples, divisor, box: boxVerdict, domain, errors, reading, seconds } = result;
  // A box is a yes or no question; samples are counted.
  if (boxVerdict !== null && !boxVerdict.unchanged) process.exitCode = 1;
  if (divisor !== null) {
    printNote(`all samples are outside the domain; ${format.askForDivisor(divisor)}`);
  }
  if (flags.json) {
    const told = reading === null ? {} : { reading };
    printJson({ domain, errors, ...(samples ?? boxVerdict), ...told, seconds });
    return;
  }
  const largest = errors.reduce((most, error) => (Number(error) > Number(most) ? error : most));
  printLines(
    format.table([
      ['domain', domain],
      ...readingRows(reading),
      ['certified errors', `at most ${largest} an output`],
      ...(samples === null ? [] : describeSamples(samples)),
      ...(boxVerdict === null ? [] : describeBox(boxVerdict)),
      ['time', format.duration(seconds)],
    ]),
  );
}

export function configureClasses(command: Command): void {
  command
    .argument('<ticket>', 'a ticket file')
    .requiredOption('--model <file>', 'the model that the ticket was made from')
    .option('--data <file>', 'inputs: .npy, .csv, IDX, IDX.gz or JSON')
    .option('--divide <number>', 'divide every input by this', positiveNumber('--divide'), 1)
    .option('--labels <file>', 'their class numbers: also counts what is provably right')
    .option('--box <box>', 'instead of inputs, a box inside the domain: box:lo,hi or a file')
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(classes);
}
