/** `unearth import CHECKPOINT`: a ticket from a mask that PyTorch's public codes have trained. */
import path from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../core/errors.js';
import { HIDDEN_ACTIVATIONS, METHOD_NAMES, type MethodName } from '../../search/options.js';
import type { Standardization, TrainedActivation } from '../../ticket/trained.js';
import { takeOutputs } from '../files/output-file.js';
import { TICKETS } from '../files/own-tickets.js';
import { readShape } from '../files/read-shape.js';
import type { ImportReport } from '../jobs/import.js';
import { fractionList, oneOf, positiveNumber } from '../options.js';
import * as format from '../text/format.js';
import { printJson, printLines } from '../text/print.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface ImportFlags {
  readonly shape?: string;
  readonly method: MethodName;
  readonly keep: readonly number[];
  readonly activation: TrainedActivation;
  readonly mean?: readonly number[];
  readonly deviation?: readonly number[];
  readonly divide: number;
  readonly layers?: readonly string[];
  readonly output?: string;
  readonly force?: true;
  readonly json?: true;
}

/** Numbers with commas between them. */
function numberList(name: string) {
  return (text: string): readonly number[] => {
    const numbers = text.split(',').map((item) => (item.trim() === '' ? Number.NaN : Number(item)));
    if (numbers.every(Number.isFinite)) return numbers;
    throw new UsageError(
      `${name} ${text.slice(0, 60)}: give numbers with commas, as 0.49,0.48,0.45`,
    );
  };
}

/** What PyTorch's codes take off inputs of [0, 1] and divide them by, for raw ones. */
function standardizationOf(
  { mean = [0], deviation = [1], divide }: ImportFlags,
  channels: number,
): Standardization {
  const ofAll = (name: string, given: readonly number[]): Float64Array => {
    if (given.length !== 1 && given.length !== channels) {
      throw new UsageError(`${name}: ${given.length} numbers for ${channels} channels`);
    }
    const numbers = given.length === 1 ? new Array<number>(channels).fill(given[0] ?? 0) : given;
    return Float64Array.from(numbers, (each) => each * divide);
  };
  const deviations = ofAll('--deviation', deviation);
  if (!deviations.every((each) => each > 0 && Number.isFinite(each))) {
    throw new UsageError('--deviation: give numbers above 0');
  }
  return { mean: ofAll('--mean', mean), deviation: deviations };
}

function describe(file: string, report: ImportReport): string[] {
  const { network, layers, kept, weights, maskBytes, signBytes, bytes, notices } = report;
  const total = kept.reduce((sum, each) => sum + each, 0);
  return format.table([
    ['network', network],
    ['layers', layers.join(', ')],
    [
      'mask',
      `${format.grouped(total)} of ${format.grouped(weights)} edges kept (${format.percent(total / weights)}); ${format.bytes(maskBytes)}`,
    ],
    [
      'signs',
      `stored, a bit a weight: PyTorch's random numbers are not drawn again from a seed; ${format.bytes(signBytes)}`,
    ],
    ...notices.map((notice) => ['note', notice]),
    ['ticket', `${file}, ${format.bytes(bytes)}`],
  ]);
}

async function importCommand(checkpoint: string, flags: ImportFlags): Promise<void> {
  const { shape, method, keep, activation, layers } = flags;
  if (shape === undefined) throw new UsageError('give the network with --shape 32x32x3-conv2');
  const parsed = readShape(shape);
  const base = path.basename(checkpoint).replace(/\.safetensors$/i, '');
  const file = flags.output ?? `${base}.ticket`;
  const [output] = takeOutputs(
    [{ option: '--output', file, force: flags.force === true, own: TICKETS }] as const,
    [{ option: 'the checkpoint', file: checkpoint }],
  );
  const standardization = standardizationOf(flags, parsed.widths[0] as number);
  const report = await runInWorker('import', {
    checkpoint,
    output,
    request: {
      ...{ shape: parsed, method, keep, activation, standardization },
      ...(layers && { layers }),
    },
  });
  if (flags.json) printJson({ path: file, ...report });
  else printLines(describe(file, report));
}

export function configureImport(command: Command): void {
  command
    .argument('<checkpoint>', 'scores and weights of a trained mask, as safetensors')
    .option('--shape <layers>', 'the network, as search has it: 32x32x3-conv2, 784-300-100-10')
    .option(
      '--method <name>',
      METHOD_NAMES.join(', '),
      oneOf('--method', METHOD_NAMES),
      'edge-popup' as MethodName,
    )
    .option(
      '--keep <fractions>',
      'kept fraction, or one for each layer',
      fractionList('--keep'),
      [0.5],
    )
    .option(
      '--activation <name>',
      'of hidden layers: relu, sign',
      oneOf('--activation', HIDDEN_ACTIVATIONS),
      'relu' as TrainedActivation,
    )
    .option('--mean <numbers>', 'taken off inputs, for each channel', numberList('--mean'))
    .option('--deviation <numbers>', 'that inputs are divided by then', numberList('--deviation'))
    .option(
      '--divide <n>',
      'what raw inputs are divided by before, 255',
      positiveNumber('--divide'),
      1,
    )
    .option('--layers <names>', 'modules of the layers in order', (text) => text.split(','))
    .option('-o, --output <file>', "the ticket (default: the checkpoint's name, .ticket)")
    .option('--force', 'replace a file that is no ticket')
    .option('--json', 'print one JSON object')
    .action(importCommand);
}
