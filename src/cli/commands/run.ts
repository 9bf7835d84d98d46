/** `unearth run TICKET`: inference through the pruned source. */

import type { Command } from 'commander';
import { UsageError } from '../../core/errors.js';
import { ENGINES, type EngineName, EXACTNESSES } from '../../inference/engine-names.js';
import type { ErrorReport } from '../../inference/error-report.js';
import type { Exactness } from '../../inference/fast/fast-engine.js';
import { LAYOUTS, type SampleLayout } from '../../inference/sample-layout.js';
import { modelInWords } from '../../target/reading.js';
import { takeOutputs } from '../files/output-file.js';
import { DATA_FORMATS, type DataFormat } from '../files/read-data.js';
import { OUTPUT_FORMATS, type OutputFormat, outputLines } from '../files/run-output.js';
import { STANDARD_STREAM } from '../files/standard-input.js';
import type { RunJobResult } from '../jobs/run.js';
import { memoryOption, oneOf, positiveNumber, threadsOption, wholeNumber } from '../options.js';
import * as format from '../text/format.js';
import { type PackedTexts, unpackTexts } from '../text/packed-texts.js';
import { printJson, printLine, printRemark } from '../text/print.js';
import { readingRows } from '../text/reading-rows.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface RunFlags {
  readonly memory: number;
  readonly input: string;
  readonly divide: number;
  readonly labels?: string;
  readonly engine: EngineName;
  readonly exactness: Exactness;
  readonly outside: 'refuse' | 'allow';
  readonly threads: number;
  readonly batch: number;
  readonly limit?: number;
  readonly output?: string;
  readonly format?: DataFormat;
  readonly layout?: SampleLayout;
  readonly outputFormat?: OutputFormat;
  readonly force?: true;
  readonly json?: true;
}

function rowsOf(values: Float64Array, outputs: number): number[][] {
  return Array.from({ length: values.length / outputs }, (_, sample) =>
    Array.from(values.subarray(sample * outputs, (sample + 1) * outputs)),
  );
}

function unpacked({ rounding, certified, sum }: RunJobResult['error']): ErrorReport {
  const unpack = (list: PackedTexts | null) => (list === null ? null : unpackTexts(list));
  return { rounding: unpack(rounding), certified: unpack(certified), sum: unpack(sum) };
}

function printReportAsJson(result: RunJobResult): void {
  const { samples, outputs, values, correct, secondsPerSample, seconds } = result;
  const { engine, reason, arithmetic, error, outside, reading } = result;
  printJson({
    engine,
    reason,
    arithmetic,
    samples,
    error: unpacked(error),
    outside,
    ...(reading === null ? {} : { reading }),
    ...(values === null ? {} : { outputs: rowsOf(values, outputs) }),
    ...(correct === null ? {} : { accuracy: correct / samples }),
    secondsPerSample,
    seconds,
  });
}

/** The engine and why, and the throughput: of everything, and of the engine alone. */
function describeSpeed({
  engine,
  reason,
  arithmetic,
  samples,
  seconds,
  secondsPerSample,
}: RunJobResult): string {
  const rate = format.grouped(Number((samples / seconds).toPrecision(3)));
  const each = `${format.duration(secondsPerSample)} each in the engine`;
  const why = reason === '' ? '' : ` (${reason})`;
  return `${engine}: ${arithmetic}${why}; ${format.counted(samples, 'sample')} in ${format.duration(seconds)}, ${rate} a second, ${each}`;
}

/** The largest of the outputs' bounds. */
const largest = ({ texts }: PackedTexts): string =>
  format.bound(texts.reduce((most, each) => Math.max(most, Number(each)), 0));

/** How far off the outputs may be: the engine's rounding, the ticket's certificate, and both. */
function describeError({ error, reading }: RunJobResult): string {
  const { rounding, certified, sum } = error;
  const own =
    rounding === null
      ? 'no bound on rounding is known'
      : `rounding is at most ${largest(rounding)} at any output`;
  if (certified === null) return own;
  const name = modelInWords(reading).replace(/^the/, 'its');
  const model = `the ticket is certified to ${largest(certified)} of ${name}`;
  return sum === null ? `${own}; ${model}` : `${own}; ${model}; together at most ${largest(sum)}`;
}

/** What is said of samples outside the ticket's domain; null if there were none. */
function describeOutside({ outside, samples }: RunJobResult): string | null {
  const { samples: count, signs, first, divisor } = outside;
  if (first === null) return null;
  const what =
    first.coordinate === null
      ? `is ${first.value} away from 0`
      : `has ${first.value} as value ${first.coordinate}`;
  const parts = [
    `${format.grouped(count)} of ${format.grouped(samples)} samples are outside the domain that the ticket was made for; the first is sample ${first.sample}, which ${what}`,
  ];
  if (signs > 0) {
    parts.push(
      `${format.grouped(signs)} of them have inputs of a sign that the domain excludes: the pruned source is another function there`,
    );
  }
  if (divisor !== null) parts.push(format.askForDivisor(divisor));
  return parts.join('; ');
}

async function run(ticket: string, flags: RunFlags): Promise<void> {
  const { output, labels, limit, engine, input, format: inputFormat, outputFormat } = flags;
  const isPrinted = output === STANDARD_STREAM;
  if (isPrinted && flags.json) {
    throw new UsageError('--json and --output - both need standard output: give one of them');
  }
  if (outputFormat !== undefined && output === undefined) {
    throw new UsageError('--output-format needs --output FILE, or --output - for standard output');
  }
  if (labels === STANDARD_STREAM) {
    throw new UsageError('--labels takes a file: only --input may be standard input');
  }
  const [place] = takeOutputs(
    [
      output === undefined || isPrinted
        ? undefined
        : { option: '--output', file: output, force: flags.force === true },
    ],
    [
      { option: 'the ticket', file: ticket },
      input === STANDARD_STREAM ? undefined : { option: '--input', file: input },
      labels === undefined ? undefined : { option: '--labels', file: labels },
    ],
  );
  const result = await runInWorker(
    'run',
    {
      ticket,
      input,
      divide: flags.divide,
      engine,
      exactness: flags.exactness,
      outside: flags.outside,
      threads: flags.threads,
      batch: flags.batch,
      memory: flags.memory,
      ...(labels === undefined ? {} : { labels }),
      ...(limit === undefined ? {} : { limit }),
      ...(inputFormat === undefined ? {} : { format: inputFormat }),
      ...(flags.layout === undefined ? {} : { layout: flags.layout }),
      ...(outputFormat === undefined ? {} : { outputFormat }),
      ...(isPrinted ? { output: STANDARD_STREAM } : place && { output: place }),
    },
    { readsInput: input === STANDARD_STREAM },
  );
  const outside = describeOutside(result);
  if (outside !== null) printRemark(`note: ${outside}`);
  if (flags.json) {
    printReportAsJson(result);
    return;
  }
  const { samples, outputs, values, correct } = result;
  if (values !== null) for (const line of outputLines(values, outputs)) printLine(line);
  if (correct !== null) {
    const say = isPrinted ? printRemark : printLine;
    say(
      `accuracy ${format.percent(correct / samples)} (${format.grouped(correct)} of ${format.grouped(samples)})`,
    );
  }
  printRemark(describeSpeed(result));
  printRemark(describeError(result));
  for (const [label, told] of readingRows(result.reading)) printRemark(`${label}: ${told}`);
}

export function configureRun(command: Command): void {
  command
    .argument('<ticket>', 'a ticket file')
    .requiredOption(
      '--input <file>',
      'inputs: .npy, .csv, IDX, IDX.gz or JSON, samples along the first axis, or a PNG image; - for standard input',
    )
    .option(
      '--format <name>',
      `of the input: ${DATA_FORMATS.join(', ')} (default: what its name and content tell)`,
      oneOf('--format', DATA_FORMATS),
    )
    .option(
      '--layout <name>',
      `order of feature maps in the input: ${LAYOUTS.join(', ')} (default: what its shape tells, else the ticket's)`,
      oneOf('--layout', LAYOUTS),
    )
    .option('--divide <number>', 'divide every input by this', positiveNumber('--divide'), 1)
    .option('--labels <file>', 'class numbers: prints the accuracy instead of the outputs')
    .option(
      '--engine <name>',
      `${ENGINES.join(', ')} (auto: what suits the number of samples)`,
      oneOf('--engine', ENGINES),
      'auto' as EngineName,
    )
    .option(
      '--exactness <what>',
      'float: as a float32 evaluation of the network could be, provably; bits: exact, rounded once',
      oneOf('--exactness', EXACTNESSES),
      'float' as Exactness,
    )
    .option(
      '--outside <what>',
      "of samples outside the signs of the ticket's domain: refuse, allow",
      oneOf('--outside', ['refuse', 'allow'] as const),
      'refuse' as const,
    )
    .addOption(threadsOption('of the fast engine'))
    .option('--batch <n>', 'samples at a time', wholeNumber('--batch', 1, 1_000_000), 256)
    .option('--limit <n>', 'only the first n samples', wholeNumber('--limit', 1, 2 ** 31))
    .option('--output <file>', 'write the outputs; - for standard output')
    .option(
      '--output-format <name>',
      `${OUTPUT_FORMATS.join(' or ')} (default: npy if the name of --output ends so, else csv)`,
      oneOf('--output-format', OUTPUT_FORMATS),
    )
    .option('--force', 'replace an existing output file')
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(run);
}
