/** `unearth certify TICKET`: around how many inputs class and error provably stay. */
import type { Command } from 'commander';
import { UsageError } from '../../core/errors.js';
import { isDecimal } from '../../target/decimal.js';
import type { CertifyReport } from '../jobs/certify.js';
import { memoryOption, positiveNumber, probability } from '../options.js';
import * as format from '../text/format.js';
import { printJson, printLines, printUnproved } from '../text/print.js';
import { readingRows } from '../text/reading-rows.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface CertifyFlags {
  readonly model: string;
  readonly data: string;
  readonly radius: string;
  readonly clip?: string;
  readonly divide: number;
  readonly labels?: string;
  readonly epsilon?: number;
  readonly confidence?: number;
  readonly memory: number;
  readonly json?: true;
}

function clipOf(text: string | undefined): readonly [string, string] | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(',').map((part) => part.trim());
  const [low, high] = parts;
  if (parts.length !== 2 || !parts.every(isDecimal) || !(Number(low) <= Number(high))) {
    throw new UsageError('--clip takes lo,hi with lo <= hi, such as 0,1');
  }
  return [low, high];
}

/** In words that no one takes for a proof. */
function describePromise({ statistical, epsilon, samples }: CertifyReport): string[][] {
  if (statistical === null) return [];
  const { confidence, share, exceeding } = statistical;
  return [
    [
      'statistical, no proof',
      `with confidence ${confidence} at most a share ${share} of inputs drawn like these, independently and not used to choose the ticket, is off by more than ${epsilon} (${exceeding} of ${format.grouped(samples)} were not shown to be within it)`,
    ],
  ];
}

function describeReport(report: CertifyReport): string[] {
  const { samples, epsilon, withinEpsilon, correct, provablyCorrect, largestError } = report;
  const of = (count: number): string =>
    `${format.grouped(count)} of ${format.grouped(samples)} (${format.percent(count / samples)})`;
  return format.table([
    ['around', report.around],
    ...readingRows(report.reading),
    [
      'largest error',
      largestError === null ? 'on some ball no bound is known' : `at most ${largestError}, proved`,
    ],
    ...(epsilon === null || withinEpsilon === null
      ? []
      : [['error proved', `at most ${epsilon} around ${of(withinEpsilon)}`]]),
    ...describePromise(report),
    ['same class, proved', `model and ticket around ${of(report.bothStay)}`],
    ['', `the model around ${of(report.modelStays)}, the ticket around ${of(report.ticketStays)}`],
    ...(correct === null ? [] : [['the model is right', of(correct)]]),
    ...(provablyCorrect === null ? [] : [['the ticket provably is', of(provablyCorrect)]]),
    ['time', format.duration(report.seconds)],
  ]);
}

async function certify(ticket: string, flags: CertifyFlags): Promise<void> {
  const { model, data, radius, divide, labels, epsilon, confidence, memory } = flags;
  if (!isDecimal(radius) || !(Number(radius) >= 0)) {
    throw new UsageError(`--radius ${radius} is no number from 0`);
  }
  const clip = clipOf(flags.clip);
  const result = await runInWorker('certify', {
    ...{ ticket, model, data, radius, divide, memory },
    ...(clip === undefined ? {} : { clip }),
    ...(labels === undefined ? {} : { labels }),
    ...(epsilon === undefined ? {} : { epsilon }),
    ...(confidence === undefined ? {} : { confidence }),
  });
  if (!result.proved) {
    printUnproved(ticket, result, flags.json === true);
    return;
  }
  if (!flags.json) {
    printLines(describeReport(result));
    return;
  }
  const { proved: _, reading, ...report } = result;
  printJson({ ...report, ...(reading === null ? {} : { reading }) });
}

export function configureCertify(command: Command): void {
  command
    .argument('<ticket>', 'a ticket file')
    .requiredOption('--model <file>', 'the model that the ticket was made from')
    .requiredOption('--data <file>', 'inputs: .npy, .csv, IDX, IDX.gz or JSON')
    .requiredOption('--radius <r>', "how far each coordinate may be off, in the file's own units")
    .option(
      '--divide <number>',
      'divide every input, and the radius, by this',
      positiveNumber('--divide'),
      1,
    )
    .option('--clip <lo,hi>', 'cut the balls to this range, after the division')
    .option('--labels <file>', 'their class numbers: also counts what is provably right')
    .option(
      '--epsilon <e>',
      "the error that counts (default: the ticket's)",
      positiveNumber('--epsilon'),
    )
    .option(
      '--confidence <c>',
      'also, as statistics and no proof, the share of all such inputs with a larger error',
      probability('--confidence'),
    )
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(certify);
}
