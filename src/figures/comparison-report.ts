/**
 * The HTML report of `unearth compare`: one page without anything to load, the table and its figures.
 * Strings in, string out.
 */
import { safeText } from '../core/safe-text.js';
import type { ComparedSystem } from '../pipeline/compare.js';
import { type Reading, readingInWords } from '../target/reading.js';
import { comparisonFigures } from './comparison-figures.js';
import { formatTick, powerOfTen } from './numbers.js';
import { BORDER, darkValueOf, INK, PAPER, QUIET } from './palette.js';
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

/** The page's own are the figures' colours. */
const PAGE_COLOURS = [
  ['paper', PAPER],
  ['ink', INK],
  ['quiet', QUIET],
  ['line', BORDER],
] as const;

const STYLE = `
:root { color-scheme: light dark; ${PAGE_COLOURS.map(([name, light]) => `--${name}: ${light};`).join(' ')} }
@media screen and (prefers-color-scheme: dark) { :root { ${PAGE_COLOURS.map(([name, light]) => `--${name}: ${darkValueOf(light)};`).join(' ')} } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 1.5rem auto; max-width: 1180px; padding: 0 1rem; }
h1, h2, dd, li { overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.3; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.scroll { overflow-x: auto; max-width: 100%; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .4rem .6rem; white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
th { vertical-align: bottom; white-space: pre-line; font-weight: 600; }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
th:first-child, td:first-child { position: sticky; left: 0; background: var(--paper); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; } dt { color: var(--quiet); } dd { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 32rem), 1fr)); gap: 1rem; align-items: start; }
svg { display: block; width: 100%; max-width: 640px; height: auto; }
.note { color: var(--quiet); font-size: 14px; padding-left: 1.2rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; } }
`;

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
  const terms = described(facts).map(
    ([name, value]) => `<dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd>`,
  );
  const figures = comparisonFigures(systems, facts.epsilon).map(({ svg }) => svg);
  const model = escapeText(safeText(facts.model));
  return `${REPORT_HEAD}<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>unearth compare: ${model}</title><style>${STYLE}</style></head><body>
<h1>Table 1, executed: ${model}</h1>
<dl>${terms.join('')}</dl>
<h2>The systems side by side</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of the systems">${tableOf(table)}</div>
${notesOf(systems)}
<h2>Figures</h2>
<div class="figures">
${figures.join('\n')}
</div>
</body></html>
`;
}
