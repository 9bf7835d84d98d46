/** `unearth run TICKET`: inference through the pruned source. */
import process from 'node:process';
import type { Command } from 'commander';
import * as format from '../format.js';
import { ARITHMETIC, ENGINES, type Engine, type RunJobResult } from '../jobs/run.js';
import { oneOf, positiveNumber, wholeNumber } from '../options.js';
import { checkReplaceable, temporaryName, writeParts } from '../output-file.js';
import { printJson, printLine } from '../print.js';
import { runJob } from '../run-job.js';

interface RunFlags {
  readonly input: string;
  readonly divide: number;
  readonly labels?: string;
  readonly engine: Engine;
  readonly batch: number;
  readonly limit?: number;
  readonly output?: string;
  readonly force?: true;
  readonly json?: true;
}

/** One line of comma-separated outputs per sample, each number so that it reads back as it was. */
function* outputLines({ samples, outputs, values }: RunJobResult): Generator<string> {
  for (let sample = 0; sample < samples; sample++) {
    yield values.subarray(sample * outputs, (sample + 1) * outputs).join(',');
  }
}

async function run(ticket: string, flags: RunFlags): Promise<void> {
  const { output, labels, limit, engine } = flags;
  if (output !== undefined) checkReplaceable(output, flags.force === true, () => false, 0);
  const result = await runJob('run', {
    ticket,
    input: flags.input,
    divide: flags.divide,
    engine,
    batch: flags.batch,
    ...(labels === undefined ? {} : { labels }),
    ...(limit === undefined ? {} : { limit }),
  });
  const { samples, outputs, values, correct, secondsPerSample } = result;
  if (output !== undefined) {
    const encoder = new TextEncoder();
    const lines = Array.from(outputLines(result), (line) => encoder.encode(`${line}\n`));
    writeParts(output, temporaryName(output), lines);
  }
  const accuracy = correct === null ? undefined : correct / samples;
  const arithmetic = ARITHMETIC[engine];
  if (flags.json) {
    const rows = Array.from({ length: samples }, (_, sample) =>
      Array.from(values.subarray(sample * outputs, (sample + 1) * outputs)),
    );
    printJson({
      engine,
      arithmetic,
      samples,
      ...(output === undefined && labels === undefined ? { outputs: rows } : {}),
      ...(accuracy === undefined ? {} : { accuracy }),
      secondsPerSample,
    });
    return;
  }
  if (output === undefined && labels === undefined) {
    for (const line of outputLines(result)) printLine(line);
  }
  if (accuracy !== undefined) {
    printLine(
      `accuracy ${format.percent(accuracy)} (${format.grouped(correct ?? 0)} of ${format.grouped(samples)})`,
    );
  }
  process.stderr.write(
    `${engine}: ${arithmetic}; ${format.grouped(samples)} samples, ${(1 / secondsPerSample).toPrecision(3)} a second\n`,
  );
}

export function addRun(program: Command): void {
  program
    .command('run')
    .description('run the pruned source on inputs: additions and subtractions only')
    .argument('<ticket>', 'a ticket file')
    .requiredOption(
      '--input <file>',
      'inputs: .npy, .csv, IDX, IDX.gz or JSON, samples along the first axis',
    )
    .option('--divide <number>', 'divide every input by this', positiveNumber('--divide'), 1)
    .option('--labels <file>', 'class numbers: prints the accuracy instead of the outputs')
    .option('--engine <name>', ENGINES.join(', '), oneOf('--engine', ENGINES), 'float' as Engine)
    .option('--batch <n>', 'samples at a time', wholeNumber('--batch', 1, 1_000_000), 256)
    .option('--limit <n>', 'only the first n samples', wholeNumber('--limit', 1, 2 ** 31))
    .option('--output <file>', 'write the outputs as CSV')
    .option('--force', 'replace an existing output file')
    .option('--json', 'print one JSON object')
    .action(run);
}
