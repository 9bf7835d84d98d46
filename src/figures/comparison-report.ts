/**
 * The HTML report of `unearth compare`: one page without anything to load, the table and its figures.
 * Strings in, string out.
 */
import type { ComparedSystem } from '../study/compare.js';
import { type ComparisonMark, type ComparisonRow, comparisonFigure } from './comparison.js';
import { escapeText } from './svg.js';

/** What the page says above its table. */
export interface ComparisonFacts {
  readonly model: string;
  readonly sha256: string;
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

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 2rem auto; max-width: 1180px; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; font-size: 13px; display: block; overflow-x: auto; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid #d9d9d9; white-space: nowrap; }
th { vertical-align: bottom; white-space: pre-line; } th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; } dt { color: #555; } dd { margin: 0; overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; border: 1px solid #d9d9d9; margin: .5rem 0; }
.note { color: #555; font-size: 13px; }
`;

function rowsOf(
  systems: readonly ComparedSystem[],
  marks: (system: ComparedSystem) => readonly ComparisonMark[],
): ComparisonRow[] {
  return systems.map((system) => ({
    label: system.title,
    marks: marks(system).filter(({ value }) => value > 0),
    remark: 'not built',
  }));
}

/** A figure of the comparison; `name` is the stem of a file name. */
export interface NamedFigure {
  readonly name: 'weights' | 'width' | 'edges' | 'error';
  readonly svg: string;
}

/** The figures that a comparison has values for, planned systems among them. */
export function comparisonFigures(
  systems: readonly ComparedSystem[],
  epsilon: number,
): NamedFigure[] {
  const sizes = rowsOf(systems, ({ planned, built }) => [
    { name: 'planned', value: Number(planned.weights) },
    ...(built === null ? [] : [{ name: 'found', value: Number(built.found.weights) }]),
  ]);
  const widths = rowsOf(systems, ({ planned, built }) => [
    { name: 'planned', value: planned.widest },
    ...(built === null ? [] : [{ name: 'found', value: built.found.widest }]),
  ]);
  const edges = rowsOf(systems, ({ built }) =>
    built === null ? [] : [{ name: 'kept', value: Number(built.kept) }],
  );
  const errors = rowsOf(systems, ({ certified, built }) => [
    ...(certified === null ? [] : [{ name: 'certified', value: Number(certified) }]),
    ...(built === null ? [] : [{ name: 'measured', value: built.measured }]),
  ]);
  return [
    {
      name: 'weights',
      svg: comparisonFigure(sizes, {
        title: 'Weights of the random source',
        axis: 'source weights (logarithmic)',
        names: ['planned', 'found'],
        caption:
          'Planned: what the bound asks for, so that the source holds the network with the allowed failure probability. Found: the least source of this seed that does hold it; sources of signs are used as planned. Weights of different systems take different numbers of random bits.',
      }),
    },
    {
      name: 'width',
      svg: comparisonFigure(widths, {
        title: 'Width of the source',
        axis: 'neurons of the widest layer (logarithmic)',
        names: ['planned', 'found'],
        caption:
          'Neurons of the widest layer of the random source, as planned and as found. The first four systems take two layers for each of the network, the last two more.',
      }),
    },
    ...(edges.some(({ marks }) => marks.length > 0)
      ? [
          {
            name: 'edges' as const,
            svg: comparisonFigure(edges, {
              title: 'Edges that the mask keeps',
              axis: 'kept edges over all layers (logarithmic)',
              names: ['kept'],
              caption:
                'What is left of the source after pruning. An edge of a sign source costs an addition to run, one of the others a multiplication and an addition.',
            }),
          },
        ]
      : []),
    ...(errors.some(({ marks }) => marks.length > 0)
      ? [
          {
            name: 'error' as const,
            svg: comparisonFigure(errors, {
              title: 'Error on the whole domain',
              axis: 'largest |model − ticket| over outputs and domain (logarithmic)',
              names: ['certified', 'measured'],
              guide: { value: epsilon, label: `ε = ${epsilon}` },
              caption:
                'Certified: proved for every input of the domain. Measured: the largest error that a search found, judged in exact arithmetic; the truth lies between the two.',
            }),
          },
        ]
      : []),
  ];
}

/** The page, UTF-8. */
export function comparisonReport(
  facts: ComparisonFacts,
  systems: readonly ComparedSystem[],
  table: ComparisonTable,
): string {
  const [head = [], ...rows] = table;
  const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escapeText(cell)}</${tag}>`).join('')}</tr>`;
  const described: readonly (readonly [string, string])[] = [
    ['model', `${facts.model} (SHA-256 ${facts.sha256})`],
    ['layers', `${facts.dimensions.join('-')}, ${facts.parameters} weights and biases`],
    ['domain', facts.domain],
    ['promise', `|model − ticket| ≤ ${facts.epsilon} for every input of the domain`],
    ['failure probability', `${facts.delta} for the planned sources; seed ${facts.seed}`],
    ['certified fractional bits', facts.places.join(', ')],
  ];
  const reasons = systems.flatMap(({ title, status, reason }) =>
    reason === null
      ? []
      : [`<li>${escapeText(title)} is ${escapeText(status)}: ${escapeText(reason)}.</li>`],
  );
  return `${REPORT_HEAD}<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>unearth compare: ${escapeText(facts.model)}</title><style>${STYLE}</style></head><body>
<h1>Table 1, executed: ${escapeText(facts.model)}</h1>
<dl>${described.map(([name, value]) => `<dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd>`).join('')}</dl>
<h2>The systems side by side</h2>
<table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table>
${reasons.length === 0 ? '' : `<ul class="note">${reasons.join('')}</ul>`}
<h2>Figures</h2>
${comparisonFigures(systems, facts.epsilon)
  .map(({ svg }) => svg)
  .join('\n')}
</body></html>
`;
}
