/** The example of docs/models.md, run as it is printed there. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as precision from '../../src/entries/precision.js';

it('a network of your own is evaluated as the page says', () => {
  const page = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8');
  const [, code = ''] = /```js\n([^`]*)```/.exec(page) ?? [];
  const [imported = ''] = /import \{[^}]*\} from 'unearth\/precision';/.exec(code) ?? [];
  const names = imported.slice(imported.indexOf('{') + 1, imported.indexOf('}')).split(',');
  const lines = code.replace(imported, '').trim().split('\n');
  const calls = lines.filter((line) => line.startsWith('evaluate'));
  const before = lines.filter((line) => !line.startsWith('evaluate')).join('\n');
  const results = `${before}\nreturn [${calls.map((line) => line.replace(/;.*/, '')).join(', ')}];`;
  const run = new Function(`{ ${names.join(', ')} }`, results);
  const [computed, exactly] = run(precision);
  expect(calls[0]).toContain(`[${[...computed].join(', ')}]`);
  expect(lines.at(-1)).toBe(`// ['${exactly.join("', '")}']`);
});
