/**
 * Writes the documentation's figures that need no measurement, docs/figures/**, from the built library
 * (dist/). A test compares the committed files with what the code draws.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { documentationFigures } from '../dist/figures/gallery.js';
import { ticketHeatMap } from '../dist/figures/mask-heat-map.js';
import { findTicket, horner, readOnnx } from '../dist/index.js';

const folder = fileURLToPath(new URL('../docs/figures/', import.meta.url));
const digits = new URL('../examples/digits/digits.onnx', import.meta.url);

/** Heat maps of the ticket that `npm start` finds. */
function digitsHeatMap() {
  const { network } = readOnnx(readFileSync(digits));
  const lower = new Float64Array(64);
  const domain = { kind: 'box', lower, upper: lower.map(() => 1) };
  const { ticket } = findTicket(network, { construction: horner, domain, seed: 1n });
  return ticketHeatMap(ticket, undefined, 'the digits example');
}

const figures = new Map([...documentationFigures(), ['ticket/mask-heat-map.svg', digitsHeatMap()]]);
for (const [name, svg] of figures) {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, svg);
  process.stdout.write(`docs/figures/${name}: ${svg.length} characters\n`);
}
