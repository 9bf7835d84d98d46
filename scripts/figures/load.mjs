/** Loads the documentation's drawings: they are no part of the build, so they are bundled first. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from '../bundle.mjs';
import { root } from '../tools.mjs';

/** The exports of `index.ts`. */
export async function loadFigures() {
  const file = path.join(root, 'build', 'figures.mjs');
  const code = await bundle(path.join(root, 'scripts', 'figures', 'index.ts'));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, code);
  return await import(pathToFileURL(file).href);
}
