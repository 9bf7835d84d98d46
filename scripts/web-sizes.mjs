/** What of the built explorer is loaded when, in bytes packed with gzip. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** The design's most, in bytes. */
export const SIZE_BUDGETS = { firstPaint: 30_000, worker: 120_000, training: 140_000 };

/** Files that a script of the build imports at once, itself among them. */
function atOnce(folder, file) {
  const files = new Set([file]);
  for (const each of files) {
    const code = readFileSync(path.join(folder, each), 'utf8');
    for (const [, name] of code.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g)) {
      files.add(`assets/${name}`);
    }
  }
  return files;
}

/** The sizes of a build in a folder, by the names of the budgets; throws where a part is not there. */
export function sizesOf(folder) {
  const packed = (file) => gzipSync(readFileSync(path.join(folder, file)), { level: 9 }).length;
  const sum = (files) => [...files].reduce((total, file) => total + packed(file), 0);
  const html = readFileSync(path.join(folder, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, name]) => name);
  if (named.length < 2) throw new Error('index.html names no script and style sheet');
  const first = new Set(
    named.flatMap((name) => (name.endsWith('.js') ? [...atOnce(folder, name)] : [name])),
  );
  // A section's own script may have the name of its worker: the worker is the larger one.
  const largest = (pattern) => {
    const files = readdirSync(path.join(folder, 'assets'))
      .filter((name) => pattern.test(name))
      .map((name) => `assets/${name}`)
      .sort((a, b) => packed(b) - packed(a));
    if (files.length === 0) throw new Error(`no file is ${pattern}`);
    return files[0];
  };
  return {
    firstPaint: packed('index.html') + sum(first),
    worker: sum(atOnce(folder, largest(/^worker-.*\.js$/))),
    training: sum(atOnce(folder, largest(/^train-.*\.js$/))),
  };
}
