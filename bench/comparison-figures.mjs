/**
 * The record from which docs/figures/table-one/ is drawn, out of `unearth compare --json` on standard
 * input: what the figures show, without seconds and memory, which differ from run to run.
 *
 *   node dist/cli/main.js compare examples/digits/digits.onnx --domain box:0,1 --epsilon 0.01 --json |
 *     node bench/comparison-figures.mjs > docs/figures/table-one/digits.json
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';

const { systems, precision, ...facts } = JSON.parse(readFileSync(0, 'utf8'));
const { seconds: _, ...chosen } = precision;
const lasting = systems.map(({ peakMemory, built, ...system }) => {
  if (built === null) return { ...system, built };
  const { seconds, ...found } = built;
  return { ...system, built: found };
});
const record = { ...facts, precision: chosen, systems: lasting };
process.stdout.write(`${JSON.stringify(record, null, 1)}\n`);
