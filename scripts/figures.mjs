/**
 * Writes the documentation's figures, docs/figures/*.svg, from the built library (dist/). A test
 * compares the committed files with what the code draws.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { documentationFigures } from '../dist/figures/gallery.js';

const folder = new URL('../docs/figures/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, svg] of documentationFigures()) {
  writeFileSync(new URL(name, folder), svg);
  console.log(`docs/figures/${name}: ${svg.length} characters`);
}
