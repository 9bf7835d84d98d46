/** `unearth find MODEL`: the main job. */

import path from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import { CONSTRUCTION_NAMES } from '../../constructions/names.js';
import { UsageError } from '../../core/errors.js';
import { listed } from '../../core/listed.js';
import type { FailedSeed } from '../../pipeline/find-steps.js';
import { aroundRequest } from '../files/around-request.js';
import { takeOutputs, writeParts } from '../files/output-file.js';
import { textFiles } from '../files/output-place.js';
import { TICKETS } from '../files/own-tickets.js';
import type { FindReport } from '../jobs/find.js';
import {
  memoryOption,
  oneOf,
  positiveNumber,
  probability,
  seedNumber,
  threadsOption,
} from '../options.js';
import {
  addPrecisionOptions,
  type PrecisionFlags,
  requestedPrecision,
} from '../precision-flags.js';
import * as format from '../text/format.js';
import { printJson, printLine, printLines, printNote } from '../text/print.js';
import { readingRows } from '../text/reading-rows.js';
import { sampledInWords } from '../text/sampled-words.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface FindFlags extends PrecisionFlags {
  readonly memory: number;
  readonly construction?: (typeof CONSTRUCTION_NAMES)[number];
  readonly delta?: number;
  readonly source?: string;
  readonly seed?: bigint;
  readonly threads: number;
  readonly divide?: number;
  readonly output?: string;
  readonly html?: string;
  readonly force?: true;
  readonly json?: true;
}

function describeFailure({ seed, unmet }: FailedSeed): string {
  const { block, layer, demand, probability: chance } = unmet;
  return `seed ${seed} lacks ${demand} (block ${block}, layer ${layer}; probability at most ${chance.toExponential(1)})`;
}

function describePrecision(precision: FindReport['precision']): string {
  const { mode, bits, bitsAsked, fractionalBits, averageFractionalBits, epsilon, sampled } =
    precision;
  const { certified, method } = epsilon;
  const error =
    mode === 'lossless'
      ? 'lossless: error 0'
      : certified === null
        ? 'no promise about the error'
        : `error at most ${certified} (${mode === 'certified' ? `certified, ${method}` : "Lemma 2's promise"})`;
  const places =
    mode === 'paper'
      ? ''
      : `; ${listed(fractionalBits, 'layers')} fractional bits, ${averageFractionalBits.toFixed(1)} on average over weights`;
  const asked =
    bitsAsked === undefined || fractionalBits.every((each) => each === bitsAsked)
      ? ''
      : ` (of the ${bitsAsked} asked for no more than a layer needs to be exact)`;
  return `${error}${sampled ? ` (${sampledInWords(sampled)})` : ''}; integers of ${listed(bits, 'layers')} bits${places}${asked}`;
}

/** What is told of a find: heads and texts. */
function rowsOf(report: FindReport): [string, string][] {
  const { model, precision, source, mask, ticket, seconds } = report;
  const entries =
    model.weights === model.parameters
      ? ''
      : ` (${format.grouped(model.weights)} entries in its matrices, with the constant's rows)`;
  const widths = [model.layers[0][0], ...model.layers.map(([, outputs]) => outputs)];
  const layers = listed(widths, 'widths', '-');
  return [
    [
      'target',
      `${layers}, ${format.grouped(model.parameters)} weights and biases${entries}, on ${report.domain}`,
    ],
    ...readingRows(model.reading),
    ['precision', describePrecision(precision)],
    [
      'source',
      `${report.construction}, seed ${report.seed}: ${format.count(BigInt(source.weights))} random +-1 weights in ${source.depth} layers, ${source.overCountingBound.toPrecision(4)} times the counting bound`,
    ],
    ['widths', format.listedRuns(source.widths, 'widths', ' - ')],
    [
      'mask',
      `${format.count(BigInt(mask.kept))} edges kept; ${format.bytes(mask.bytes)}, entropy ${format.bytes(mask.entropyBytes)}`,
    ],
    ['ticket', `${ticket.path}, ${format.bytes(ticket.bytes)}`],
    [
      'proved',
      'yes: the pruned source equals the integer network, checked from the written file and the seed',
    ],
    [
      'time',
      (['read', 'quantise', 'find', 'prove', 'write', 'total'] as const)
        .map((stage) => `${stage} ${format.duration(seconds[stage])}`)
        .join(', '),
    ],
  ];
}

/** Command lines that check the ticket, whatever its folder. */
function checksOf({ model, ticket }: FindReport): string[] {
  const [file, of] = [ticket.path, model.path].map((each) => shellWord(path.basename(each)));
  return [`unearth verify ${file} --model ${of}`, `python3 python/check_ticket.py ${file}`];
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What decides the source. Throws a `UsageError` where a given one leaves nothing to decide. */
function plannedBy({ source, construction, delta }: FindFlags) {
  if (source !== undefined) {
    if (delta !== undefined) {
      throw new UsageError('--delta is for planning, and --source gives a source that is planned');
    }
  }
  return {
    delta: delta ?? 1e-6,
    // A source file says of which construction it is.
    ...(construction === undefined && source !== undefined
      ? {}
      : { construction: construction ?? CONSTRUCTION_NAMES[0] }),
    ...(source === undefined ? {} : { source }),
  };
}

/** What is promised of the samples of a file; undefined where no promise about data is asked for. */
function sampledBy({ sampled, confidence, share, epsilon, effort }: FindFlags, isAround: boolean) {
  if (sampled === undefined) {
    if (confidence === undefined && share === undefined) return undefined;
    throw new UsageError('--confidence and --share are for --sampled FILE');
  }
  if (epsilon === undefined || confidence === undefined || share === undefined) {
    throw new UsageError('--sampled FILE needs --epsilon E, --confidence C and --share P');
  }
  if (isAround || effort !== undefined) {
    throw new UsageError('--sampled proves nothing: leave out --domain around: and --effort');
  }
  return { file: sampled, confidence, share, epsilon };
}

async function find(model: string, flags: FindFlags): Promise<void> {
  const isAround = flags.domain?.startsWith('around:') === true;
  const precision = requestedPrecision(flags);
  const sampled = sampledBy(flags, isAround);
  if (flags.divide !== undefined && !isAround && sampled === undefined) {
    throw new UsageError('--divide is for --domain around:FILE,radius and --sampled FILE');
  }
  if (isAround && precision.mode !== 'certified') {
    throw new UsageError('--domain around:FILE,radius needs --epsilon E');
  }
  const ticket =
    flags.output ?? `${path.basename(model).replace(/(\.onnx|\.nnet)?(\.gz)?$/i, '')}.ticket`;
  const force = flags.force === true;
  // Only then is it asked for.
  const html = flags.html === undefined ? undefined : await import('../../figures/find-report.js');
  const [place, htmlPlace] = takeOutputs(
    [
      { option: '--output', file: ticket, force, own: TICKETS },
      flags.html === undefined || html === undefined
        ? undefined
        : {
            option: '--html',
            file: flags.html,
            force,
            own: textFiles('a report', html.FIND_REPORT_HEAD),
          },
    ] as const,
    [
      { option: 'the model', file: model },
      flags.source === undefined ? undefined : { option: '--source', file: flags.source },
      flags.domain === undefined
        ? undefined
        : { option: '--domain', file: aroundRequest(flags.domain, 1)?.file ?? flags.domain },
      sampled === undefined ? undefined : { option: '--sampled', file: sampled.file },
    ],
  );
  const result = await runInWorker('find', {
    model,
    memory: flags.memory,
    ticket: place,
    ...plannedBy(flags),
    precision,
    threads: flags.threads,
    pictures: htmlPlace !== undefined,
    ...(flags.domain === undefined ? {} : { domain: flags.domain }),
    ...(flags.divide === undefined ? {} : { divide: flags.divide }),
    ...(sampled === undefined ? {} : { sampled }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
  });
  for (const failed of result.failedSeeds) printNote(describeFailure(failed));
  if (!result.found) {
    if (flags.json) printJson({ found: false, failureBound: result.failureBound });
    else printLine('not found: no seed that was tried holds the network; try another --seed');
    process.exitCode = 1;
    return;
  }
  const { report, pictures } = result;
  const rows = rowsOf(report);
  if (html !== undefined && htmlPlace !== undefined && pictures !== undefined) {
    const facts = { model: path.basename(model), rows, checks: checksOf(report) };
    writeParts(htmlPlace, [new TextEncoder().encode(html.findReport(facts, pictures))]);
  }
  if (flags.json) printJson(report);
  else printLines(format.table(rows));
}

export function configureFind(command: Command): void {
  const model = 'an .onnx or .nnet file, also gzipped';
  addPrecisionOptions(command.argument('<model>', model), { paper: true })
    .option(
      '--construction <name>',
      `${CONSTRUCTION_NAMES.join(' or ')} (default: ${CONSTRUCTION_NAMES[0]})`,
      oneOf('--construction', CONSTRUCTION_NAMES),
    )
    .option(
      '--divide <number>',
      'with --domain around: or --sampled: divide the numbers of the file, and the radius, by this',
      positiveNumber('--divide'),
    )
    .option(
      '--sampled <file>',
      'statistics, no proof: the fewest bits for which at most a --share of inputs drawn like these is off by more than --epsilon',
    )
    .option(
      '--confidence <c>',
      'with --sampled: of the statement, such as 0.99',
      probability('--confidence'),
    )
    .option('--share <p>', 'with --sampled: the share of inputs', probability('--share'))
    .option('--delta <p>', 'failure probability of the plan (1e-6)', probability('--delta'))
    .option('--source <file>', 'a source for several networks, from unearth plan --source')
    .option('--seed <n>', 'try this seed only (default: 1, 2, ..)', seedNumber)
    .addOption(threadsOption('that fill large blocks'))
    .option('-o, --output <file>', "the ticket (default: the model's name, .ticket)")
    .option('--html <file>', 'a report: what was found, certificate, pictures, how to verify')
    .option('--force', 'replace a file that is no ticket, or the ticket of another request')
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(find);
}
