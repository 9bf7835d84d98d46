/**
 * Writes every figure of the documentation, docs/figures/**: drawings, and plots of the committed
 * records of measurements. Needs the build (`node scripts/setup.mjs`). A test compares the committed files with what the
 * code draws.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { findTicket, horner } from '../dist/entries/constructions.js';
import { ticketHeatMap } from '../dist/figures/mask-heat-map.js';
import { readOnnx } from '../dist/target/onnx/read-onnx.js';
import { loadFigures } from './figures/load.mjs';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const digits = new URL('../examples/digits/digits.onnx', import.meta.url);

/** Heat maps of the ticket that `npm start` finds. */
function digitsHeatMap() {
  const { network } = readOnnx(readFileSync(digits));
  const lower = new Float64Array(64);
  const domain = { kind: 'box', lower, upper: lower.map(() => 1) };
  const { ticket } = findTicket(network, { construction: horner, domain, seed: 1n });
  return ticketHeatMap(ticket, undefined, 'the digits example');
}

const { documentationFigures, measuredFigures } = await loadFigures();
const figures = new Map([
  ...documentationFigures(),
  ...measuredFigures((file) => readFileSync(path.join(docs, file), 'utf8')),
  ['ticket/mask-heat-map.svg', digitsHeatMap()],
]);
for (const [name, svg] of figures) {
  const file = path.join(docs, 'figures', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, svg);
  process.stdout.write(`docs/figures/${name}: ${svg.length} characters\n`);
}
