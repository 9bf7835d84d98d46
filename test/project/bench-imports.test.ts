/** What benches and scripts take from the build is there: most of them are run by hand, and seldom. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

const scripts = ['bench', 'scripts', 'examples'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => path.join(folder, name)),
);

it('every name that a bench or a script takes from the build is exported there', async () => {
  const missing: string[] = [];
  let checked = 0;
  for (const script of scripts) {
    const text = readFileSync(path.join(root, script), 'utf8');
    for (const [, names = '', from = ''] of text.matchAll(/import \{([^}]*)\} from '([^']+)'/g)) {
      const file = path.resolve(path.dirname(path.join(root, script)), from);
      if (!from.startsWith('.') || !file.startsWith(path.join(root, 'dist'))) continue;
      const exported = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as object;
      for (const name of names.split(',').map((each) => each.trim().split(' as ')[0] ?? '')) {
        if (name === '') continue;
        checked++;
        if (!(name in exported)) missing.push(`${script}: ${name} of ${from}`);
      }
    }
  }
  expect(missing).toEqual([]);
  expect(checked).toBeGreaterThan(100);
});
