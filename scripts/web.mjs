/**
 * Builds the explorer, `web/`, into `build/web/`; with `--serve` shows it on this machine afterwards, at the
 * address that it prints, until Ctrl-C.
 */
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { build, preview } from 'vite';
import { root } from './tools.mjs';

const configFile = path.join(root, 'web', 'vite.config.ts');

/** The page in a folder; by default `build/web/`. */
export async function buildWeb(outDir = path.join(root, 'build', 'web'), logLevel = 'warn') {
  await build({ configFile, logLevel, build: { outDir } });
  return outDir;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const outDir = await buildWeb(undefined, 'info');
  if (process.argv.includes('--serve')) {
    const server = await preview({ configFile, build: { outDir } });
    server.printUrls();
  }
}
