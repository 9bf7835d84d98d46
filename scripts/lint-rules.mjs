/**
 * The linter's rules of import directions in `biome.json`, from their one statement, `test/project/folders.ts`:
 * `node scripts/lint-rules.mjs` writes them, and leaves the other rules as they are; with `--check` it writes
 * nothing and exits with code 1 where they are out of step.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { isDeepStrictEqual } from 'node:util';
import { bundle } from './bundle.mjs';
import { root, runNode, tools } from './tools.mjs';

const code = await bundle(path.join(root, 'test', 'project', 'folders.ts'));
const { lintOverrides } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const file = path.join(root, 'biome.json');
const configuration = JSON.parse(readFileSync(file, 'utf8'));
const isOfOneFolder = ({ includes }) => /^src\/[^/]+\/\*\*$/.test(includes.join());
const stated = lintOverrides();
const present = configuration.overrides.filter(isOfOneFolder);

if (!process.argv.includes('--check')) await write();
else if (!isDeepStrictEqual(present, stated)) {
  console.error('biome.json: its import rules are not those of test/project/folders.ts');
  console.error('node scripts/lint-rules.mjs writes them');
  process.exitCode = 1;
}

async function write() {
  const first = configuration.overrides.findIndex(isOfOneFolder);
  const others = configuration.overrides.filter((override) => !isOfOneFolder(override));
  others.splice(first < 0 ? others.length : first, 0, ...stated);
  writeFileSync(file, `${JSON.stringify({ ...configuration, overrides: others }, null, 2)}\n`);
  process.exitCode = await runNode(tools.biome, ['format', '--write', 'biome.json']);
}
