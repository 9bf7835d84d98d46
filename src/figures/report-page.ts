/**
 * What the HTML reports of commands have in common: one page without anything to load, in the figures'
 * colours. Strings in, string out.
 */
import { BORDER, darkValueOf, INK, PAPER, QUIET } from './palette.js';
import { escapeText } from './svg.js';

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
.wide { display: grid; gap: 1rem; } .wide svg { max-width: 100%; } .wide svg[width="640"] { max-width: 640px; }
.command { padding: .5rem .7rem; }
.note { color: var(--quiet); font-size: 14px; padding-left: 1.2rem; }
@media screen and (max-width: 40rem) { .wide { overflow-x: auto; } .wide svg { min-width: 40rem; } }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; } }
`;

/** Names and values, as text. */
export function definitionList(rows: readonly (readonly [name: string, value: string])[]): string {
  const terms = rows.map(
    ([name, value]) => `<dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd>`,
  );
  return `<dl>${terms.join('')}</dl>`;
}

/** The page, UTF-8; `head` is how files of this kind begin, `title` text, `body` markup. */
export function reportPage(head: string, title: string, body: readonly string[]): string {
  return `${head}<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeText(title)}</title><style>${STYLE}</style></head><body>
${body.join('\n')}
</body></html>
`;
}
