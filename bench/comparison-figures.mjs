/**
 * Figures of docs/table-one.md from the output of `unearth compare --json`, after a build:
 * `node bench/comparison-figures.mjs comparison.json docs/figures/table-one/digits`, where the last
 * argument is what the file names begin with.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { comparisonFigures } from '../dist/figures/comparison-report.js';

const [, , input, stem] = process.argv;
if (input === undefined || stem === undefined) throw new Error('give a JSON file and a stem');
const { systems, epsilon } = JSON.parse(readFileSync(input, 'utf8'));
for (const { name, svg } of comparisonFigures(systems, epsilon)) {
  writeFileSync(`${stem}-${name}.svg`, svg);
}
