/** `unearth find MODEL`: the main job. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import { CONSTRUCTION_NAMES } from '../../constructions/index.js';
import { UsageError } from '../../core/errors.js';
import type { FailedSeed } from '../../pipeline/find.js';
import type { PrecisionRequest } from '../../precision/precision.js';
import { isTicket, TICKET_HEAD_BYTES } from '../../ticket/read.js';
import * as format from '../format.js';
import type { FindReport } from '../jobs/find.js';
import { oneOf, positiveNumber, probability, seedNumber, wholeNumber } from '../options.js';
import { checkReplaceable, temporaryName } from '../output-file.js';
import { printJson, printLine } from '../print.js';
import { runJob } from '../run-job.js';

interface FindFlags {
  readonly lossless?: true;
  readonly bits?: number;
  readonly precision?: 'paper';
  readonly epsilon?: number;
  readonly domain?: string;
  readonly construction: string;
  readonly delta: number;
  readonly seed?: bigint;
  readonly threads: number;
  readonly output?: string;
  readonly force?: true;
  readonly json?: true;
}

/** The precision that the flags ask for. Throws a `UsageError` where they contradict each other. */
function requestedPrecision({ lossless, bits, precision, epsilon }: FindFlags): PrecisionRequest {
  const asked = [lossless !== undefined, bits !== undefined, epsilon !== undefined];
  if (asked.filter(Boolean).length > 1) {
    throw new UsageError('--lossless, --bits and --epsilon exclude each other: give one');
  }
  if (precision === 'paper') {
    if (epsilon === undefined) throw new UsageError('--precision paper needs --epsilon E');
    return { mode: 'paper', epsilon };
  }
  if (epsilon !== undefined) return { mode: 'certified', epsilon };
  return bits === undefined ? { mode: 'lossless' } : { mode: 'bits', bits };
}

function describeFailure({ seed, unmet }: FailedSeed): string {
  const { block, layer, demand, probability: chance } = unmet;
  return `seed ${seed} lacks ${demand} (block ${block}, layer ${layer}; probability at most ${chance.toExponential(1)})`;
}

function describePrecision(precision: FindReport['precision']): string {
  const { mode, bits, fractionalBits, averageFractionalBits, epsilon } = precision;
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
      : `; ${fractionalBits.join(', ')} fractional bits, ${averageFractionalBits.toFixed(1)} on average over weights`;
  return `${error}; integers of ${bits.join(', ')} bits${places}`;
}

function describeReport(report: FindReport): string {
  const { model, precision, source, mask, ticket, seconds } = report;
  const layers = [model.layers[0][0], ...model.layers.map(([, outputs]) => outputs)].join('-');
  return format.table([
    ['target', `${layers}, ${format.grouped(model.weights)} weights, on ${report.domain}`],
    ['precision', describePrecision(precision)],
    [
      'source',
      `${report.construction}, seed ${report.seed}: ${format.count(BigInt(source.weights))} random +-1 weights in ${source.depth} layers, ${source.overCountingBound.toPrecision(4)} times the counting bound`,
    ],
    ['widths', format.runs(source.widths)],
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
      'seconds',
      (['read', 'quantise', 'find', 'prove', 'write', 'total'] as const)
        .map((stage) => `${stage} ${seconds[stage].toFixed(2)}`)
        .join(', '),
    ],
  ]);
}

async function find(model: string, flags: FindFlags): Promise<void> {
  const precision = requestedPrecision(flags);
  const ticket =
    flags.output ?? `${path.basename(model).replace(/(\.onnx|\.nnet)?(\.gz)?$/i, '')}.ticket`;
  checkReplaceable(ticket, flags.force === true, isTicket, TICKET_HEAD_BYTES);
  const temporary = temporaryName(ticket);
  const result = await runJob(
    'find',
    {
      model,
      ticket,
      temporary,
      construction: flags.construction,
      precision,
      delta: flags.delta,
      threads: flags.threads,
      ...(flags.domain === undefined ? {} : { domain: flags.domain }),
      ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    },
    [temporary],
  );
  for (const failed of result.failedSeeds)
    process.stderr.write(`note: ${describeFailure(failed)}\n`);
  if (!result.found) {
    if (flags.json) printJson({ found: false, failureBound: result.failureBound });
    else printLine('not found: no seed that was tried holds the network; try another --seed');
    process.exitCode = 1;
    return;
  }
  if (flags.json) printJson(result.report);
  else printLine(describeReport(result.report));
}

export function addFind(program: Command): void {
  program
    .command('find')
    .description('find a trained ReLU network in a seeded random +-1 network, by pruning alone')
    .argument('<model>', 'an .onnx or .nnet file, also gzipped')
    .option('--lossless', 'integers that are the weights exactly (default)')
    .option('--bits <n>', 'n fractional bits in every layer', wholeNumber('--bits', 0, 1000))
    .option(
      '--precision <mode>',
      "paper: Lemma 2's decimal digits for --epsilon",
      oneOf('--precision', ['paper']),
    )
    .option(
      '--epsilon <e>',
      'the fewest bits whose error on the domain is certified to be at most e',
      positiveNumber('--epsilon'),
    )
    .option(
      '--domain <domain>',
      'all, box:lo,hi, ball:r, a .vnnlib file or a file of "lo hi" lines',
    )
    .option(
      '--construction <name>',
      CONSTRUCTION_NAMES.join(' or '),
      oneOf('--construction', CONSTRUCTION_NAMES),
      CONSTRUCTION_NAMES[0],
    )
    .option('--delta <p>', 'failure probability of the plan', probability('--delta'), 1e-6)
    .option('--seed <n>', 'try this seed only (default: 1, 2, ..)', seedNumber)
    .option(
      '--threads <n>',
      'threads that fill large blocks (default: one per core)',
      wholeNumber('--threads', 1, 256),
      availableParallelism(),
    )
    .option('-o, --output <file>', "the ticket (default: the model's name, .ticket)")
    .option('--force', 'replace a file that is not a ticket')
    .option('--json', 'print one JSON object')
    .action(find);
}
