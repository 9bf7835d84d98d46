/**
 * Writes the linter's rules of import directions into `biome.json` from their one statement,
 * `test/project/folders.ts`: `node scripts/lint-rules.mjs`. The other rules stay as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { bundle } from './bundle.mjs';
import { root, runNode, tools } from './tools.mjs';

const code = await bundle(path.join(root, 'test', 'project', 'folders.ts'));
const { lintOverrides } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const file = path.join(root, 'biome.json');
const configuration = JSON.parse(readFileSync(file, 'utf8'));
const isOfOneFolder = ({ includes }) => /^src\/[^/]+\/\*\*$/.test(includes.join());
const first = configuration.overrides.findIndex(isOfOneFolder);
const others = configuration.overrides.filter((override) => !isOfOneFolder(override));
others.splice(first, 0, ...lintOverrides());
writeFileSync(file, `${JSON.stringify({ ...configuration, overrides: others }, null, 2)}\n`);
process.exitCode = await runNode(tools.biome, ['format', '--write', 'biome.json']);
