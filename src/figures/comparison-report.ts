/**
 * The HTML report of `unearth compare`: one page without anything to load, the table and its figures.
 * Strings in, string out.
 */
import { safeText } from '../core/safe-text.js';
import type { ComparedSystem } from '../pipeline/compare.js';
import { type Reading, readingInWords } from '../target/reading.js';
import { comparisonFigures } from './comparison-figures.js';
import { formatTick, powerOfTen } from './numbers.js';
import { definitionList, reportPage } from './report-page.js';
import { escapeText } from './svg.js';

/** What the page says above its table. */
export interface ComparisonFacts {
  readonly model: string;
  readonly sha256: string;
  /** What reading the model left out or rounded. */
  readonly reading?: Reading | null;
  readonly dimensions: readonly number[];
  readonly parameters: number;
  readonly domain: string;
  readonly epsilon: number;
  readonly delta: number;
  readonly seed: string;
  /** Certified fractional bits of each layer. */
  readonly places: readonly number[];
}

/** The cells of the table, heads first, as text. */
export type ComparisonTable = readonly (readonly string[])[];

/** Every report begins so: an own file is known by it. */
export const REPORT_HEAD = '<!doctype html>\n<!-- unearth compare -->\n';

/** Numbers such as the terminal's `1.8e17` as `1.8·10¹⁷`. */
function typeset(text: string): string {
  return text.replace(
    /(?<![\w.])(\d+(?:\.\d+)?)e\+?(-?\d+)(?![\w.]*\w)/g,
    (_, factor: string, exponent: string) => `${factor}·${powerOfTen(Number(exponent))}`,
  );
}

/** What is said of the comparison as a whole: names and values. */
function described(facts: ComparisonFacts): readonly (readonly [string, string])[] {
  const told = readingInWords(facts.reading);
  return [
    ['model', `${facts.model} (SHA-256 ${facts.sha256})`],
    ...(told === null
      ? []
      : [['as read', `${told}; what is said of the model is said of it as it was read`] as const]),
    ['layers', `${facts.dimensions.join('-')}, ${formatTick(facts.parameters)} weights and biases`],
    ['domain', facts.domain],
    ['promise', `|model − ticket| ≤ ${facts.epsilon} for every input of the domain`],
    ['failure probability', `${facts.delta} for the planned sources; seed ${facts.seed}`],
    ['certified fractional bits', facts.places.join(', ')],
  ];
}

function tableOf([head = [], ...rows]: ComparisonTable): string {
  const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escapeText(typeset(cell))}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table>`;
}

/** Why systems are not built; empty where all are. */
function notesOf(systems: readonly ComparedSystem[]): string {
  const notes = systems.flatMap(({ title, status, reason }) =>
    reason === null
      ? []
      : [`<li>${escapeText(title)} is ${escapeText(status)}: ${escapeText(typeset(reason))}.</li>`],
  );
  return notes.length === 0 ? '' : `<ul class="note">${notes.join('')}</ul>`;
}

/** The page, UTF-8. */
export function comparisonReport(
  facts: ComparisonFacts,
  systems: readonly ComparedSystem[],
  table: ComparisonTable,
): string {
  const figures = comparisonFigures(systems, facts.epsilon).map(({ svg }) => svg);
  const model = safeText(facts.model);
  return reportPage(REPORT_HEAD, `unearth compare: ${model}`, [
    `<h1>Table 1, executed: ${escapeText(model)}</h1>`,
    definitionList(described(facts)),
    '<h2>The systems side by side</h2>',
    `<div class="scroll" tabindex="0" role="region" aria-label="Table of the systems">${tableOf(table)}</div>`,
    notesOf(systems),
    '<h2>Figures</h2>',
    `<div class="figures">\n${figures.join('\n')}\n</div>`,
  ]);
}
