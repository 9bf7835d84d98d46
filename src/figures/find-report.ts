/** The HTML report of `find`: what was found, its certificate, its pictures, and how to verify it. */
import { safeText } from '../core/safe-text.js';
import { definitionList, reportPage } from './report-page.js';
import { escapeText } from './svg.js';
import type { TicketFigures } from './ticket-figures.js';

/** Every report begins so: an own file is known by it. */
export const FIND_REPORT_HEAD = '<!doctype html>\n<!-- unearth find -->\n';

export interface FindFacts {
  /** Its file name. */
  readonly model: string;
  /** What the command says, line by line: heads and texts. */
  readonly rows: readonly (readonly [string, string])[];
  /** Command lines that check the ticket by themselves. */
  readonly checks: readonly string[];
}

/** The page, UTF-8. */
export function findReport(
  { model, rows, checks }: FindFacts,
  { figures, omitted }: TicketFigures,
): string {
  const name = safeText(model);
  const notes = omitted.map(
    ({ name: figure, reason }) =>
      `<li>${escapeText(figure)} is not drawn: ${escapeText(reason)}.</li>`,
  );
  return reportPage(FIND_REPORT_HEAD, `unearth find: ${name}`, [
    `<h1>Found inside coin flips: ${escapeText(name)}</h1>`,
    definitionList(rows.map(([head, text]) => [head, safeText(text)])),
    '<h2>How to verify it</h2>',
    '<p>The ticket holds a seed, a mask and whole numbers. Each of these draws every sign from the seed again, and proves the pruned network equal to the numbers, neuron by neuron:</p>',
    ...checks.map((check) => `<pre class="scroll command">${escapeText(safeText(check))}</pre>`),
    '<h2>Pictures</h2>',
    `<div class="wide" tabindex="0" role="region" aria-label="Pictures">\n${figures.map(({ svg }) => svg).join('\n')}\n</div>`,
    notes.length === 0 ? '' : `<ul class="note">${notes.join('')}</ul>`,
  ]);
}
