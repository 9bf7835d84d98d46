/** `unearth export TICKET`: the pruned source or the integer network for other programs. */

import path from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../core/errors.js';
import { describeExactness } from '../../export/exactness.js';
import {
  EXPORT_HEAD_BYTES,
  type ExportForm,
  type ExportFormat,
  isExport,
} from '../../export/export-ticket.js';
import type { Compute } from '../../export/exported-file.js';
import { IR_VERSION, OPSET_VERSION } from '../../export/onnx-graph.js';
import { decimalRoundedUp } from '../../precision/decimal-up.js';
import { takeOutputs } from '../files/output-file.js';
import type { OwnFiles } from '../files/output-place.js';
import type { ExportReport } from '../jobs/export.js';
import { memoryOption, oneOf } from '../options.js';
import * as format from '../text/format.js';
import { printJson, printLines, printUnproved } from '../text/print.js';
import { readingRows } from '../text/reading-rows.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface ExportFlags {
  readonly memory: number;
  readonly format?: ExportFormat;
  readonly folded?: true;
  readonly full?: true;
  readonly compute: Compute;
  readonly output?: string;
  readonly force?: true;
  readonly json?: true;
}

const FORMATS: readonly ExportFormat[] = ['onnx', 'safetensors'];

/** What `--format`, or else the output's name, asks for. */
function formatOf({ format: asked, output }: ExportFlags): ExportFormat {
  if (asked !== undefined) return asked;
  const ending = output === undefined ? 'onnx' : path.extname(output).slice(1).toLowerCase();
  const known = FORMATS.find((candidate) => candidate === ending);
  if (known !== undefined) return known;
  throw new UsageError(`--format is needed for ${output}: onnx or safetensors`);
}

function formOf({ folded, full }: ExportFlags): ExportForm {
  if (folded && full) throw new UsageError('--folded and --full exclude each other: give one');
  if (folded) return 'folded';
  return full ? 'full' : 'live';
}

const FORM_TEXT: Readonly<Record<ExportForm, string>> = {
  live: 'live pruned source',
  full: 'whole pruned source',
  folded: 'integer network',
};

/**
 * Between the ticket's name and the ending: `x.onnx` beside `x.ticket` is the model that was found, and
 * each form has a file of its own.
 */
const NAME_PARTS: Readonly<Record<ExportForm, string>> = {
  live: 'pruned',
  full: 'full',
  folded: 'folded',
};

const EXPORTS: OwnFiles = { what: 'an export', headBytes: EXPORT_HEAD_BYTES, is: isExport };

interface Exported {
  readonly file: string;
  readonly format: ExportFormat;
  readonly form: ExportForm;
  readonly compute: Compute;
}

function printReport(exported: Exported, report: ExportReport): void {
  const { file, form, compute } = exported;
  const { bytes, inputShape, widths, edges, exactness, normalization } = report;
  const ofMaps = inputShape.length > 1;
  const weights = edges === null ? '' : `, ${format.grouped(edges)} weights that are not 0`;
  const rows = [
    ['file', `${file}, ${format.bytes(bytes)}`],
    [
      'network',
      `${exactness === null ? 'pruned random network' : FORM_TEXT[form]}, ${widths.length - 1} layers${weights}`,
    ],
    [ofMaps ? 'channels' : 'widths', format.listedRuns(widths, 'widths', ' - ')],
    [
      'arithmetic',
      exactness === null
        ? `${compute}; as the ticket's engine but for rounding`
        : describeExactness(exactness, compute),
    ],
    ...(exported.format === 'onnx'
      ? [['reads', `ONNX operator set ${OPSET_VERSION}, IR version ${IR_VERSION}`]]
      : []),
    [
      'input',
      exactness === null
        ? `raw: standardisation ${ofMaps ? 'by channel comes before' : 'is part of'} the first layer`
        : `${ofMaps ? `${inputShape.join('x')}, ` : ''}the network's own coordinates${normalization ? ': the normalisation that the ticket records stays outside' : ''}`,
    ],
    ...readingRows(report.reading),
    ['time', format.duration(report.seconds)],
  ];
  printLines(format.table(rows));
}

function printReportAsJson({ file, ...asked }: Exported, report: ExportReport): void {
  const { exactness, bytes, inputShape, widths, edges, activation, normalization, seconds } =
    report;
  printJson({
    ...asked,
    path: file,
    bytes,
    inputShape,
    layers: widths.length - 1,
    widths,
    edges,
    activation,
    exactness: exactness && { ...exactness, tolerance: decimalRoundedUp(exactness.tolerance) },
    normalization: normalization ? 'outside' : 'none',
    ...(report.reading === null ? {} : { reading: report.reading }),
    ...(asked.format === 'onnx' ? { opset: OPSET_VERSION, irVersion: IR_VERSION } : {}),
    seconds,
  });
}

async function exportCommand(ticket: string, flags: ExportFlags): Promise<void> {
  const fileFormat = formatOf(flags);
  const form = formOf(flags);
  const { compute, memory } = flags;
  const stem = path.basename(ticket).replace(/\.ticket$/i, '');
  const file = flags.output ?? `${stem}.${NAME_PARTS[form]}.${fileFormat}`;
  const [output] = takeOutputs(
    [{ option: '--output', file, force: flags.force === true, own: EXPORTS }] as const,
    [{ option: 'the ticket', file: ticket }],
  );
  const request = { format: fileFormat, form, compute };
  const result = await runInWorker('export', { ticket, output, request, memory });
  if (!result.proved) {
    printUnproved(ticket, result, flags.json === true);
    return;
  }
  const exported = { file, ...request };
  if (flags.json) printReportAsJson(exported, result.report);
  else printReport(exported, result.report);
}

export function configureExport(command: Command): void {
  command
    .argument('<ticket>', 'a ticket file')
    .option('--format <name>', FORMATS.join(' or '), oneOf('--format', FORMATS))
    .option('--folded', 'the integer network instead of the pruned source')
    .option('--full', 'all neurons, dead ones too')
    .option(
      '--compute <type>',
      'float or double: what the file computes with',
      oneOf('--compute', ['float', 'double'] as const),
      'float' as Compute,
    )
    .option(
      '-o, --output <file>',
      "the file (default: the ticket's name, .pruned.onnx or .pruned.safetensors)",
    )
    .option('--force', 'replace a file that unearth did not export')
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(exportCommand);
}
