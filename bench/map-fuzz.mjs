/**
 * Attacks the bounds of random small networks of feature maps, exact arithmetic judging, each bound by itself:
 * `node bench/map-fuzz.mjs [NETWORKS] [FIRST SEED] [maps|branched]` (10,000 of `maps` by default; `branched` has several
 * outputs of vectors, or of maps of one position, in use at a time). Prints how many errors were held against bounds
 * and the largest measured / certified; exits with 1 if one is violated. A sample is among the tests.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
// biome-ignore lint/correctness/noUndeclaredDependencies: the tests' own runner, of the package above
import { createViteServer } from 'vitest/node';

const inTests = (name) => fileURLToPath(new URL(`../test/${name}`, import.meta.url));
const server = await createViteServer({
  configFile: false,
  appType: 'custom',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
const { attackMapBounds, drawnMaps } = await server.ssrLoadModule(
  inTests('precision/map-attack.ts'),
);
const { randomBranchedNetwork } = await server.ssrLoadModule(inTests('branched-networks.ts'));
const networks = Number(process.argv[2] ?? 10_000);
const first = Number(process.argv[3] ?? 1);
const kind = process.argv[4] ?? 'maps';
const draw = { maps: drawnMaps, branched: randomBranchedNetwork }[kind];
if (draw === undefined) throw new Error(`no networks are called ${kind}`);
let judged = 0;
let tried = 0;
let violated = 0;
const nearest = {};
for (let seed = first; seed < first + networks; seed++) {
  const attack = attackMapBounds(seed, draw);
  if (attack.judged > 0) tried++;
  judged += attack.judged;
  violated += attack.violations.length;
  for (const violation of attack.violations) console.log(`violated: ${violation}`);
  for (const [bound, share] of Object.entries(attack.nearest)) {
    nearest[bound] = Math.max(nearest[bound] ?? 0, share);
  }
}
console.log(
  JSON.stringify({ networks, tried, judged, violated, largestMeasuredOverCertified: nearest }),
);
await server.close();
process.exit(violated === 0 ? 0 : 1);
