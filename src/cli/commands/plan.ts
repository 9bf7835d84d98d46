/** `unearth plan MODEL...`: what each construction would need; builds nothing. */

import path from 'node:path';
import type { Command } from 'commander';
import { RECORDED_NAMES } from '../../constructions/names.js';
import { bitLength } from '../../core/dyadic.js';
import { listed } from '../../core/listed.js';
import { type LayerRange, layerRange, type NetworkClass } from '../../integer/network-class.js';
import { takeOutputs } from '../files/output-file.js';
import { SOURCES } from '../files/source-file.js';
import { memoryOption, oneOf, probability } from '../options.js';
import {
  addPrecisionOptions,
  type PrecisionFlags,
  requestedPrecision,
} from '../precision-flags.js';
import * as format from '../text/format.js';
import { printJson, printLine, printLines } from '../text/print.js';
import { readingRows } from '../text/reading-rows.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface PlanFlags extends PrecisionFlags {
  readonly memory: number;
  readonly delta: number;
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

async function plan(models: readonly string[], flags: PlanFlags): Promise<void> {
  const { domain, delta, source, construction } = flags;
  const [place] = takeOutputs(
    [
      source === undefined
        ? undefined
        : { option: '--source', file: source, force: flags.force === true, own: SOURCES },
    ],
    [
      ...models.map((file) => ({ option: 'the model', file })),
      domain === undefined ? undefined : { option: '--domain', file: domain },
    ],
  );
  const { networkClass, readings, countingBound, plans } = await runInWorker('plan', {
    models,
    memory: flags.memory,
    precision: requestedPrecision(flags),
    delta,
    ...(domain === undefined ? {} : { domain }),
    ...(place && { source: place }),
    sourceOf: construction,
  });
  const ranges = networkClass.bits.map((_, layer) => layerRange(networkClass, layer));
  if (flags.json) {
    printJson({
      models,
      ...(readings.every((reading) => reading === null) ? {} : { readings }),
      networkClass: { ...networkClass, ranges: ranges.map(rangeJson), ...mapsJson(networkClass) },
      countingBound: countingBound.toString(),
      plans,
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
  addPrecisionOptions(command.argument('<models...>', models), { paper: false })
    .option('--delta <p>', 'failure probability', probability('--delta'), 1e-6)
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
