/**
 * Holds the proof of blocks with kernels one behind another against direct evaluation, on random small sources of
 * every odd size and changes of them: `node bench/composition-fuzz.mjs [SOURCES] [FIRST SEED]` (50,000 by
 * default). Exits with 1 where a yes, or a no for a coefficient, is wrong. A sample is among the tests.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
// biome-ignore lint/correctness/noUndeclaredDependencies: the tests' own runner, of the package above
import { createViteServer } from 'vitest/node';

const path = fileURLToPath(new URL('../test/proof/composed-claims.ts', import.meta.url));
const server = await createViteServer({
  configFile: false,
  appType: 'custom',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
const { attackComposition } = await server.ssrLoadModule(path);
const sources = Number(process.argv[2] ?? 50_000);
const first = Number(process.argv[3] ?? 1);
const sum = { proved: 0, refused: 0, undecided: 0, wrong: 0 };
for (let seed = first; seed < first + sources; seed++) {
  const { wrong, ...counts } = attackComposition(seed);
  for (const [name, count] of Object.entries(counts)) sum[name] += count;
  sum.wrong += wrong.length;
  for (const one of wrong) console.log(one);
}
console.log(JSON.stringify({ sources, ...sum }));
await server.close();
process.exit(sum.wrong === 0 ? 0 : 1);
