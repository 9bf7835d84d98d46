/** `unearth plan MODEL...`: what each construction would need; builds nothing. */

import path from 'node:path';
import type { Command } from 'commander';
import { RECORDED_NAMES } from '../../constructions/names.js';
import { bitLength } from '../../core/dyadic.js';
import { UsageError } from '../../core/errors.js';
import { listed } from '../../core/listed.js';
import { type LayerRange, layerRange, type NetworkClass } from '../../integer/network-class.js';
import { MOST_SPANNING_BITS } from '../../target/architecture/network.js';
import { takeOutputs } from '../files/output-file.js';
import { SOURCES } from '../files/source-file.js';
import { memoryOption, oneOf, probability } from '../options.js';
import {
  addPrecisionOptions,
  type PrecisionFlags,
  requestedPrecision,
} from '../precision-flags.js';
import { expectedWords } from '../text/expected-work.js';
import * as format from '../text/format.js';
import { printJson, printLine, printLines } from '../text/print.js';
import { readingRows } from '../text/reading-rows.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface PlanFlags extends PrecisionFlags {
  readonly memory: number;
  readonly delta: number;
  readonly shape?: string;
  readonly source?: string;
  readonly construction: (typeof RECORDED_NAMES)[number];
  readonly force?: true;
  readonly json?: true;
}

/** Integers of any length are decimal text in JSON. */
function rangeJson({ entries, unit }: LayerRange): Record<string, string> {
  return { entries: entries.toString(), unit: unit.toString() };
}

/** `2^n`, `2^n - 1`, or the number. */
function powerText(value: bigint): string {
  for (const [power, text] of [
    [value, ''],
    [value + 1n, ' - 1'],
  ] as const) {
    if (value > 1n && (power & (power - 1n)) === 0n) return `2^${bitLength(power) - 1}${text}`;
  }
  return value.toString();
}

/** Throws a `UsageError` unless there is a shape or a model, and for a shape without a number of bits. */
function checkPlanned(models: readonly string[], { shape, bits }: PlanFlags): void {
  if (shape === undefined) {
    if (models.length === 0) throw new UsageError('give a model, or an architecture with --shape');
    return;
  }
  if (models.length > 0) {
    throw new UsageError(`${models[0]}: --shape plans without a model; leave one of the two out`);
  }
  if (bits === undefined || bits < 1 || bits > MOST_SPANNING_BITS) {
    throw new UsageError(
      `--shape: an architecture has no weights; say with --bits of how many bits they are, 1 to ${MOST_SPANNING_BITS}`,
    );
  }
}

async function plan(models: readonly string[], flags: PlanFlags): Promise<void> {
  const { domain, delta, shape, source, construction } = flags;
  checkPlanned(models, flags);
  const [place] = takeOutputs(
    [
      source === undefined
        ? undefined
        : { option: '--source', file: source, force: flags.force === true, own: SOURCES },
    ],
    [
      ...models.map((file) => ({ option: 'the model', file })),
      ...(shape === undefined ? [] : [{ option: '--shape', file: shape }]),
      domain === undefined ? undefined : { option: '--domain', file: domain },
    ],
  );
  const { networkClass, readings, countingBound, plans, expected } = await runInWorker('plan', {
    models,
    memory: flags.memory,
    precision: requestedPrecision(flags),
    delta,
    ...(shape === undefined ? {} : { shape }),
    ...(domain === undefined ? {} : { domain }),
    ...(place && { source: place }),
    sourceOf: construction,
  });
  const ranges = networkClass.bits.map((_, layer) => layerRange(networkClass, layer));
  if (flags.json) {
    printJson({
      models,
      ...(shape === undefined ? {} : { shape }),
      ...(readings.every((reading) => reading === null) ? {} : { readings }),
      networkClass: { ...networkClass, ranges: ranges.map(rangeJson), ...mapsJson(networkClass) },
      countingBound: countingBound.toString(),
      plans,
      ...(expected && { expected }),
      ...(source === undefined ? {} : { source }),
    });
    return;
  }
  printLine(
    `class: ${listed(networkClass.dimensions, 'widths', '-')}, integers of ${listed(networkClass.bits, 'layers')} bits, ${format.listedRuns(networkClass.inputSigns, 'inputs')} inputs${networkClass.constant ? ', biases' : ''}`,
  );
  printLine(
    `its weights and biases: at most ${listed(
      ranges.map(({ entries }) => powerText(entries)),
      'layers',
    )}`,
  );
  for (const [index, reading] of readings.entries()) {
    for (const [label, told] of readingRows(reading)) {
      printLine(`${label}: ${path.basename(models[index])}: ${told}`);
    }
  }
  printLine(`counting bound: ${format.count(countingBound)} source weights`);
  const rows = plans.map((planned) => [
    planned.construction,
    String(planned.depth),
    format.grouped(planned.widths.reduce((most, width) => Math.max(most, width), 0)),
    format.count(BigInt(planned.weights)),
    planned.overCountingBound.toPrecision(4),
    planned.failureBound.toExponential(2),
  ]);
  printLine('');
  printLines(
    format.table(
      [['construction', 'layers', 'widest', 'source weights', '/ bound', 'fails at most'], ...rows],
      [false, true, true, true, true, true],
    ),
  );
  for (const { blocks } of plans) {
    if (blocks === undefined) continue;
    printLine('');
    printLines(blocks);
  }
  if (expected !== undefined) {
    printLine('');
    printLine(expectedWords(expected));
  }
  if (source !== undefined) {
    printLine('');
    printLine(`${construction}'s source is in ${source}: unearth find MODEL --source ${source}`);
  }
}

/** The windows of a class; rows that are known follow from the model. */
function mapsJson({ maps }: NetworkClass): object {
  if (maps === undefined) return {};
  return {
    maps: { ...maps, blocks: maps.blocks.map(({ form, window }) => ({ form, window })) },
  };
}

export function configurePlan(command: Command): void {
  const models = '.onnx or .nnet files; with several, one source that holds all of them';
  addPrecisionOptions(command.argument('[models...]', models), { paper: false })
    .option('--delta <p>', 'failure probability', probability('--delta'), 1e-6)
    .option('--shape <file>', 'a JSON file of layers without weights, in place of a model')
    .option('--source <file>', 'write a source, for find --source')
    .option(
      '--construction <name>',
      `whose source to write, ${RECORDED_NAMES.join(' or ')}`,
      oneOf('--construction', RECORDED_NAMES),
      RECORDED_NAMES[0],
    )
    .option('--force', 'replace a file that is not a source')
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(plan);
}
