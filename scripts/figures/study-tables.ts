/** Reads the committed tables of the studies (docs/study/*.csv) back into the records they came from. */
import type { JsonRecord, Scalar, StudyRecord } from '../../src/study/study.js';

/** Columns of text and of lists; all others are numbers, empty for none. */
const TEXT = new Set([
  'construction',
  'varied',
  'inputs',
  'functions',
  'kind',
  'weights',
  'sourceWeights',
  'maskDigest',
]);
const LISTS = new Set(['dimensions', 'ownDimensions', 'bits', 'failingSeeds']);

function cellValue(column: string, cell: string): Scalar | readonly Scalar[] {
  if (LISTS.has(column)) return cell === '' ? [] : cell.split(' ').map(Number);
  if (TEXT.has(column)) return cell;
  if (cell === '') return null;
  if (cell === 'true' || cell === 'false') return cell === 'true';
  const value = Number(cell);
  return Number.isNaN(value) ? cell : value;
}

/**
 * The records of a table. A column is in `point` and in `result` alike: the figures ask each for what it
 * holds.
 */
export function recordsFromCsv<Record extends StudyRecord<JsonRecord, JsonRecord>>(
  csv: string,
): Record[] {
  const [head = '', ...rows] = csv.trimEnd().split('\n');
  const columns = head.split(',');
  return rows.map((row) => {
    const cells = row.split(',');
    const all = Object.fromEntries(
      columns.map((column, index) => [column, cellValue(column, cells[index] ?? '')]),
    );
    return { point: all, result: all } as unknown as Record;
  });
}
