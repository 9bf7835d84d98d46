/** `unearth compare MODEL`: the systems of Table 1 side by side. */

import path from 'node:path';
import process from 'node:process';
import { type Command, Option } from 'commander';
import { UsageError } from '../../core/errors.js';
import { listed } from '../../core/listed.js';
import { comparisonReport, REPORT_HEAD } from '../../figures/comparison-report.js';
import { isSignSystem, SYSTEMS, type SystemName } from '../../pipeline/compare.js';
import { inFolder } from '../files/in-folder.js';
import { giveUp, type Output, takeOutputs, writeParts } from '../files/output-file.js';
import { textFiles } from '../files/output-place.js';
import { TICKETS } from '../files/own-tickets.js';
import { memoryOption, positiveNumber, probability, seedNumber, wholeNumber } from '../options.js';
import {
  CSV_HEAD,
  comparisonCells,
  comparisonCsv,
  type MeasuredSystem,
  terminalTable,
} from '../text/compare-table.js';
import * as format from '../text/format.js';
import { printJson, printLine, printLines } from '../text/print.js';
import { readingRows } from '../text/reading-rows.js';
import { withFlags } from '../text/with-flags.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface CompareFlags {
  readonly memory: number;
  readonly epsilon: number;
  readonly domain?: string;
  readonly delta: number;
  readonly seed: bigint;
  readonly systems: readonly SystemName[];
  readonly json?: true;
  readonly csv?: string;
  readonly html?: string;
  readonly tickets?: string;
  readonly buildEdges?: number;
  readonly force?: true;
}

function systemList(text: string): SystemName[] {
  const names = text.split(',').map((name) => name.trim());
  const chosen = SYSTEMS.filter((system) => names.includes(system));
  const unknown = names.find((name) => !SYSTEMS.some((system) => system === name));
  if (unknown !== undefined) {
    throw new UsageError(`--systems ${text}: "${unknown}" is none; choose ${SYSTEMS.join(', ')}`);
  }
  return chosen;
}

const SAMPLING_MILLISECONDS = 20;

/** Runs the work and samples the resident memory of the whole process meanwhile. */
async function withPeakMemory<T>(work: () => Promise<T>): Promise<{ value: T; peak: number }> {
  let peak = process.memoryUsage.rss();
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, SAMPLING_MILLISECONDS);
  try {
    const value = await work();
    look();
    return { value, peak };
  } finally {
    clearInterval(timer);
  }
}

/** Takes the places of all files before anything is computed; of `--tickets` one for each system. */
function takePlaces(model: string, flags: CompareFlags) {
  const { csv, html, tickets, systems, domain } = flags;
  const force = flags.force === true;
  const text = (option: string, file: string | undefined, what: string, head: string) =>
    file === undefined ? undefined : { option, file, force, own: textFiles(what, head) };
  const [csvPlace, htmlPlace, ...ticketPlaces] = takeOutputs(
    [
      text('--csv', csv, 'a table', CSV_HEAD),
      text('--html', html, 'a report', REPORT_HEAD),
      ...systems.map((system) =>
        tickets === undefined
          ? undefined
          : {
              option: `--tickets ${tickets}, ${system}:`,
              file: ticketFile(tickets, model, system),
              force,
              own: TICKETS,
            },
      ),
    ],
    [
      { option: 'the model', file: model },
      domain === undefined ? undefined : { option: '--domain', file: domain },
    ],
  );
  return { csvPlace, htmlPlace, ticketPlaces };
}

/** The ticket file of each system, in the folder given. */
function ticketFile(folder: string, model: string, system: SystemName): string {
  const stem = path.basename(model).replace(/(\.onnx|\.nnet)?(\.gz)?$/i, '');
  return inFolder(folder, `${stem}.${system}.ticket`);
}

function write(output: Output, text: string): void {
  writeParts(output, [new TextEncoder().encode(text)]);
}

/** The precision that all systems share, and the systems one after the other. */
async function compareAll(
  model: string,
  flags: CompareFlags,
  ticketPlaces: readonly (Output | undefined)[],
) {
  const { epsilon, delta, seed, systems, buildEdges, memory, domain } = flags;
  const shared = {
    model,
    epsilon,
    memory,
    delta,
    seed,
    ...(domain === undefined ? {} : { domain }),
    ...(buildEdges === undefined ? {} : { mostEdges: buildEdges }),
  };
  const precision = await runInWorker('comparePrecision', {
    ...shared,
    systems,
    tickets: systems.flatMap((system, index) => {
      const ticket = ticketPlaces[index];
      return ticket === undefined ? [] : [{ system, ticket }];
    }),
  });
  const compared: MeasuredSystem[] = [];
  systems.forEach((system, index) => {
    const place = ticketPlaces[index];
    // Nothing is written for a system that does not take the network.
    if (place !== undefined && !precision.systems.includes(system)) giveUp(place);
  });
  for (const [index, system] of precision.systems.entries()) {
    const ticket = ticketPlaces[systems.indexOf(system)];
    const options = {
      ...shared,
      system,
      chosen: precision.chosen,
      steps: precision.steps[index] as number,
      ...(ticket && { ticket }),
    };
    const { value, peak } = await withPeakMemory(() =>
      runInWorker('compareSystem', options, { label: system }),
    );
    const reason = value.reason === null ? null : withFlags(value.reason);
    compared.push({ ...value, reason, peakMemory: peak });
  }
  return { precision, compared };
}

type Comparison = Awaited<ReturnType<typeof compareAll>>;

function reportOf(model: string, flags: CompareFlags, { precision, compared }: Comparison): string {
  const { sha256, reading, dimensions, parameters, domain, chosen } = precision;
  const { epsilon, delta, seed } = flags;
  const facts = {
    model: path.basename(model),
    sha256,
    reading,
    dimensions,
    parameters,
    domain,
    epsilon,
    delta,
    places: chosen.places,
    seed: seed.toString(),
  };
  return comparisonReport(facts, compared, comparisonCells(compared));
}

function jsonOf(model: string, flags: CompareFlags, { precision, compared }: Comparison): object {
  const { sha256, reading, dimensions, parameters, domain, chosen, seconds } = precision;
  const { epsilon, delta, seed } = flags;
  const { places, rounding, certificate } = chosen;
  return {
    model: {
      path: model,
      sha256,
      dimensions,
      parameters,
      ...(reading === null ? {} : { reading }),
    },
    domain,
    epsilon,
    delta,
    seed: seed.toString(),
    countingBound: precision.countingBound,
    quantised: precision.quantised,
    precision: {
      fractionalBits: places,
      rounding,
      certified: certificate.decimal,
      method: certificate.method,
      seconds,
    },
    systems: compared,
    ...(precision.omitted.length > 0 && { omitted: precision.omitted }),
  };
}

/** What the sources, and the tickets, are to be set beside. */
function referenceLines({ precision, compared }: Comparison): string[] {
  const { countingBound, quantised, parameters } = precision;
  const { bits, bytes } = quantised;
  const bound = Number(countingBound);
  const times = compared
    .filter(({ system }) => isSignSystem(system))
    .map(({ system, planned }) => `${system} ${(Number(planned.weights) / bound).toPrecision(3)}`);
  const tickets = compared.flatMap(({ system, built }) =>
    built === null ? [] : [`${system} ${format.bytes(built.ticketBytes)}`],
  );
  const over = times.length === 0 ? '' : `; times that: ${times.join(', ')}`;
  const [least, most] = [Math.min(...bits), Math.max(...bits)];
  const sizes = least === most ? `${least}` : `${least} to ${most}`;
  const beside = tickets.length === 0 ? '' : `; tickets: ${tickets.join(', ')}`;
  return [
    `counting bound: ${format.count(BigInt(countingBound))} source weights${over}`,
    `the same integers quantised, ${sizes} bits each: ${format.bytes(bytes)}; as float32: ${format.bytes(4 * parameters)}${beside}`,
  ];
}

function printComparison(
  model: string,
  { epsilon }: CompareFlags,
  { precision, compared }: Comparison,
): void {
  const { dimensions, parameters, domain, reading, chosen, seconds } = precision;
  const { places, certificate } = chosen;
  printLine(
    `${path.basename(model)}: ${listed(dimensions, 'widths', '-')}, ${format.grouped(parameters)} weights and biases, on ${domain}`,
  );
  for (const [label, told] of readingRows(reading)) printLine(`${label}: ${told}`);
  printLine(
    `error at most ${epsilon} everywhere: ${listed(places, 'layers')} fractional bits (certified ${certificate.decimal}, ${format.duration(seconds)})`,
  );
  printLine('');
  printLines(terminalTable(compared));
  printLine('');
  printLines(referenceLines({ precision, compared }));
  const remarks = compared.filter(({ reason }) => reason !== null);
  if (remarks.length > 0) printLine('');
  for (const { system, status, reason } of remarks) printLine(`${system} is ${status}: ${reason}`);
  const reasons = new Set(precision.omitted.map(({ reason }) => reason));
  for (const reason of reasons) {
    const own = precision.omitted.filter((each) => each.reason === reason);
    printLine(`not compared: ${own.map(({ system }) => system).join(', ')} (${reason})`);
  }
  for (const { system, built } of compared) {
    if (built?.violated === true) printLine(`${system}: the measured error exceeds the certified`);
  }
}

async function compare(model: string, flags: CompareFlags): Promise<void> {
  const { csvPlace, htmlPlace, ticketPlaces } = takePlaces(model, flags);
  const comparison = await compareAll(model, flags, ticketPlaces);
  const { compared } = comparison;
  if (csvPlace !== undefined) write(csvPlace, comparisonCsv(compared));
  if (htmlPlace !== undefined) write(htmlPlace, reportOf(model, flags, comparison));
  if (compared.some(({ status, built }) => status === 'failed' || built?.violated === true)) {
    process.exitCode = 1;
  }
  if (flags.json) printJson(jsonOf(model, flags, comparison));
  else printComparison(model, flags, comparison);
}

export function configureCompare(command: Command): void {
  command
    .argument('<model>', 'an .onnx or .nnet file, also gzipped')
    .requiredOption(
      '--epsilon <e>',
      'the error that every system promises on the domain',
      positiveNumber('--epsilon'),
    )
    .option('--domain <domain>', 'box:lo,hi, ball:r, a .vnnlib file or a file of "lo hi" lines')
    .option('--delta <p>', 'failure probability of the plans', probability('--delta'), 1e-6)
    // The help shows defaults as JSON, which has no BigInts, unless they come with a text.
    .addOption(new Option('--seed <n>', 'of all sources').argParser(seedNumber).default(1n, '1'))
    .option('--systems <list>', `some of ${SYSTEMS.join(', ')}`, systemList, [...SYSTEMS])
    .option('--tickets <folder>', 'write the tickets of the systems that were built')
    .option(
      '--build-edges <n>',
      'only plan a system that would keep more edges than this (default 25 million)',
      wholeNumber('--build-edges', 1, 10 ** 9),
    )
    .option('--csv <file>', 'write the table as CSV')
    .option('--html <file>', 'write a report with figures')
    .option('--force', 'replace files that were not written by this command')
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(compare);
}
