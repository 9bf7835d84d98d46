/**
 * How the explorer is built: `web/` into `build/web/`, with relative addresses, so that it works from any
 * folder of a static host. The palette of the figures becomes the page's variables.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import {
  BAND,
  BORDER,
  darkValueOf,
  INK,
  PAPER,
  PRUNED,
  QUIET,
  ROLE_COLOURS,
  SIGNS,
} from '../src/figures/palette.js';

const root = fileURLToPath(new URL('.', import.meta.url));
const output = path.resolve(root, '../build/web');

const VARIABLES: Readonly<Record<string, string>> = {
  paper: PAPER,
  band: BAND,
  ink: INK,
  quiet: QUIET,
  border: BORDER,
  control: PRUNED,
  pruned: PRUNED,
  link: SIGNS.positive,
  focus: SIGNS.positive,
  ...SIGNS,
  ...ROLE_COLOURS,
};

function paletteStyle(): string {
  const rules = (dark: boolean): string =>
    Object.entries(VARIABLES)
      .map(([name, light]) => `--${name}:${dark ? darkValueOf(light) : light}`)
      .join(';');
  const dark = `color-scheme:dark;${rules(true)}`;
  return [
    `:root{color-scheme:light;${rules(false)}}`,
    `@media screen and (prefers-color-scheme:dark){:root:not([data-scheme=light]){${dark}}}`,
    `@media screen{:root[data-scheme=dark]{${dark}}}`,
  ].join('');
}

const palette: Plugin = {
  name: 'palette',
  transformIndexHtml: () => [{ tag: 'style', children: paletteStyle(), injectTo: 'head-prepend' }],
};

/** The documentation as plain texts, which every host shows. */
const documents: Plugin = {
  name: 'documents',
  apply: 'build',
  generateBundle() {
    const from = path.resolve(root, '../docs');
    for (const file of readdirSync(from).filter((name) => name.endsWith('.md'))) {
      const source = readFileSync(path.join(from, file));
      this.emitFile({ type: 'asset', fileName: `docs/${file.replace(/\.md$/, '.txt')}`, source });
    }
  },
};

/**
 * What a worker begins with is one file: of thirty small ones, each known only when another has come, the last
 * would be there half a second later.
 */
const AT_ONCE = { name: 'at-once', tags: ['$initial' as const] };

export default defineConfig({
  root,
  base: './',
  publicDir: false,
  plugins: [palette, documents],
  worker: {
    format: 'es',
    rolldownOptions: {
      output: { codeSplitting: { groups: [AT_ONCE] } },
      // What the library imports on demand, and an example needs at once, comes with the worker on purpose.
      checks: { ineffectiveDynamicImport: false },
    },
  },
  // What is imported on demand must not be fetched before.
  build: { outDir: output, emptyOutDir: true, modulePreload: false, target: 'es2022' },
});
