/**
 * Random valid ONNX graphs, read and compared with ONNX Runtime bit for bit:
 * `node bench/random-graphs.mjs [COUNT] [FIRST SEED] [vectors|maps]`. Prints how many were right, wrong and refused, every
 * reason, and how often each operator and operator set was right; exits with 1 if one is wrong. A sample is
 * among the tests.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
// biome-ignore lint/correctness/noUndeclaredDependencies: the tests' own runner, of the package above
import { createViteServer } from 'vitest/node';

const path = fileURLToPath(new URL('../test/target/onnx/random-graphs/check.js', import.meta.url));
// The generator is the tests' own, in TypeScript.
const server = await createViteServer({
  configFile: false,
  appType: 'custom',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
const { checkGraph, randomGraph, randomMaps } = await server.ssrLoadModule(path);
const count = Number(process.argv[2] ?? 20_000);
const first = Number(process.argv[3] ?? 1);
const draw = process.argv[4] === 'maps' ? randomMaps : randomGraph;

const totals = { right: 0, wrong: 0, refused: 0, unjudged: 0 };
const reasons = new Map();
const operators = new Map();
const opsets = new Map();
for (let seed = first; seed < first + count; seed++) {
  const graph = draw(seed);
  const outcome = await checkGraph(graph);
  totals[outcome.kind]++;
  if (outcome.kind === 'wrong')
    console.log(`wrong: seed ${seed}, opset ${graph.opset}, ${graph.operators}: ${outcome.what}`);
  if (outcome.reason !== undefined) {
    const reason = `${outcome.kind}: ${outcome.reason}`;
    const known = reasons.get(reason) ?? { times: 0, seed };
    reasons.set(reason, { ...known, times: known.times + 1 });
  }
  if (outcome.kind === 'right') {
    opsets.set(graph.opset, (opsets.get(graph.opset) ?? 0) + 1);
    for (const operator of new Set(graph.operators)) {
      operators.set(operator, (operators.get(operator) ?? 0) + 1);
    }
  }
}
console.log(
  Object.entries(totals)
    .map(([kind, times]) => `${kind} ${times}`)
    .join(', '),
);
for (const [reason, { times, seed }] of [...reasons].sort((a, b) => b[1].times - a[1].times)) {
  console.log(`${times} (first: seed ${seed}) ${reason}`);
}
console.log([...operators].map(([operator, times]) => `${operator} ${times}`).join(', '));
const sets = [...opsets].sort(([a], [b]) => a - b);
console.log(`operator sets: ${sets.map(([opset, times]) => `${opset}: ${times}`).join(', ')}`);
await server.close();
process.exit(totals.wrong === 0 ? 0 : 1);
