/**
 * What two open ideas of docs/skip.md would save, from the failure bounds alone: relays or pairs in place of
 * twins in gathered blocks, and a second gadget for a slot that finds no neuron. Widths are the least at
 * which a layer's bound is at most `1e-9`, about what a plan of a thousand layers leaves to each.
 *
 *   node bench/skip-alternatives.mjs [inputs, default 51 257 785]     after npm run build
 */
import process from 'node:process';
import { logChoose, matchingFailure } from '../dist/constructions/failure-bounds.js';

const MOST = 1e-9;

/** Bound for a matching that may leave `spare` of the groups without a neuron, summed term by term. */
function deficientFailure(groups, pool, edge, spare) {
  let total = 0;
  for (let size = spare + 1; size <= groups; size++) {
    const missing = (1 - edge) ** size;
    for (let met = 0; met < size - spare && met <= pool; met++) {
      const logTerm =
        logChoose(groups, size) +
        logChoose(pool, met) +
        (met === 0 ? 0 : met * Math.log1p(-missing)) +
        (pool - met) * Math.log(missing);
      total += Math.exp(logTerm);
    }
  }
  return total;
}

function leastPool(start, failure) {
  let pool = start;
  while (!(failure(pool) <= MOST)) pool++;
  return pool;
}

const asked = process.argv.slice(2).map(Number);
for (const inputs of asked.length > 0 ? asked : [51, 257, 785]) {
  const half = leastPool(inputs, (pool) => matchingFailure(inputs, 1, pool, 1 / 2));
  const quarter = leastPool(inputs, (pool) => matchingFailure(inputs, 1, pool, 1 / 4));
  const twins = leastPool(2 * inputs, (pool) => matchingFailure(inputs, 2, pool, 1 / 4));
  // Doublings of `inputs` carriers, and the digits that `outputs` neurons have on each level of them.
  const doublings = {
    twin: { weights: 2 * twins * inputs, read: inputs },
    relay2: { weights: quarter * half + half * (half + quarter), read: half },
    pairs: { weights: 2 * quarter * quarter, read: quarter },
  };
  for (const outputs of [inputs, 3 * inputs]) {
    const perBit = Object.fromEntries(
      Object.entries(doublings).map(([name, { weights, read }]) => [
        name,
        Number(((weights + outputs * read) / (inputs * outputs)).toFixed(2)),
      ]),
    );
    process.stdout.write(`${JSON.stringify({ gathered: `${inputs}x${outputs}`, perBit })}\n`);
  }
  const spared = leastPool(inputs, (pool) => deficientFailure(inputs, pool, 1 / 4, 1));
  process.stdout.write(
    `${JSON.stringify({
      pairs: `${inputs}x${inputs}`,
      width: quarter,
      widthWithOneSlotSpared: spared,
      perBit: Number(((2 * quarter ** 2 + quarter * inputs) / inputs ** 2).toFixed(2)),
      // The spared slot takes two neurons beside.
      perBitWithASecondGadget: Number(
        ((2 * (spared + 2) ** 2 + (spared + 2) * inputs) / inputs ** 2).toFixed(2),
      ),
    })}\n`,
  );
}
