/** The comparison as cells: for the terminal, the report and the CSV file. */
import type { ComparedSystem } from '../../pipeline/compare.js';
import * as format from './format.js';

/** A compared system, and the largest resident memory of the process while it ran, in bytes. */
export interface MeasuredSystem extends ComparedSystem {
  readonly peakMemory: number;
}

const NONE = '-';

function either<T>(value: T | null | undefined, text: (value: T) => string): string {
  return value === null || value === undefined ? NONE : text(value);
}

/** Counts in at most eight characters. */
function shortCount(value: number | bigint): string {
  return value < 1e7 ? format.grouped(value) : Number(value).toExponential(1).replace('e+', 'e');
}

const HEADS = [
  'system',
  'status',
  'widest\nplanned',
  'widest\nfound',
  'layers',
  'weights\nplanned',
  'weights\nfound',
  'edges\nkept',
  'bits per\nweight',
  'error\ncertified',
  'error\nmeasured',
  'find\ns',
  'prove\ns',
  'memory',
];

/** Columns of text; all others are numbers. */
const TEXT_COLUMNS = 2;

/** Heads and one row of text for each system; heads have two lines. */
export function comparisonCells(systems: readonly MeasuredSystem[]): string[][] {
  return [
    HEADS,
    ...systems.map(({ system, status, planned, bitsPerWeight, certified, built, peakMemory }) => [
      system,
      status,
      shortCount(planned.widest),
      either(built, ({ found }) => shortCount(found.widest)),
      String(planned.depth),
      shortCount(BigInt(planned.weights)),
      either(built, ({ found }) => shortCount(BigInt(found.weights))),
      either(built, ({ kept }) => shortCount(BigInt(kept))),
      String(Number(bitsPerWeight.toFixed(1))),
      certified ?? NONE,
      either(built, ({ measured }) => measured.toPrecision(3)),
      either(built, ({ seconds }) => seconds.find.toFixed(1)),
      either(built, ({ seconds }) => seconds.prove.toFixed(1)),
      format.bytes(peakMemory),
    ]),
  ];
}

/** The table for the terminal. */
export function terminalTable(systems: readonly MeasuredSystem[]): string[] {
  const [heads = [], ...rows] = comparisonCells(systems);
  const top = heads.map((head) => (head.includes('\n') ? (head.split('\n')[0] ?? '') : ''));
  const bottom = heads.map((head) => head.split('\n').at(-1) ?? '');
  return format.table(
    [top, bottom, ...rows],
    heads.map((_, column) => column >= TEXT_COLUMNS),
  );
}

type Cell = string | number | boolean | null;

/** Plain values by column name, nothing rounded. */
function record(system: MeasuredSystem): Readonly<Record<string, Cell>> {
  const { planned, built } = system;
  return {
    system: system.system,
    title: system.title,
    status: system.status,
    reason: system.reason,
    planned_widest: planned.widest,
    planned_layers: planned.depth,
    planned_weights: planned.weights,
    failure_bound: planned.failureBound,
    found_widest: built?.found.widest ?? null,
    found_layers: built?.found.depth ?? null,
    found_weights: built?.found.weights ?? null,
    kept_edges: built?.kept ?? null,
    bits_per_weight: system.bitsPerWeight,
    certified_error: system.certified,
    measured_error: built?.measured ?? null,
    executed_error: built?.executed ?? null,
    violated: built?.violated ?? null,
    ticket_bytes: built?.ticketBytes ?? null,
    find_seconds: built?.seconds.find ?? null,
    prove_seconds: built?.seconds.prove ?? null,
    attack_seconds: built?.seconds.attack ?? null,
    peak_memory_bytes: system.peakMemory,
  };
}

/** What the first line of a CSV file of this program begins with. */
export const CSV_HEAD = 'system,title,status,reason,planned_widest';

function quotedCell(cell: Cell): string {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, a head line and a line for each system. */
export function comparisonCsv(systems: readonly MeasuredSystem[]): string {
  const records = systems.map(record);
  const heads = Object.keys(records[0] ?? {});
  const lines = [heads, ...records.map((each) => heads.map((head) => each[head] ?? null))];
  return lines.map((cells) => `${cells.map(quotedCell).join(',')}\r\n`).join('');
}
