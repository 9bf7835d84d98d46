/**
 * How often a seed fails, against the bound that the plan states: lays out small sources of each scheme of
 * the construction skip for many seeds. Needs the build (`node scripts/setup.mjs`). Usage: node
 * bench/skip-failures.mjs [seeds, default 10000] [scheme] [outputs of its first block, without the
 * constant]. Prints one JSON object a line; the table in docs/skip.md is theirs. Exit code 1 if some
 * bound lies below its band: those of quads with 8 outputs and the constant do (docs/skip.md).
 */
import { planSkip } from '../dist/constructions/skip/search.js';
import { layoutSkip } from '../dist/constructions/skip/skip.js';
import { countFailures } from './failures/count.mjs';

const seeds = Number(process.argv[2] ?? 10_000);
const only = process.argv[3];
const onlyOutputs = process.argv[4];

const single = (inputs, outputs, bits, sign = 'nonnegative') => ({
  networkClass: {
    dimensions: [inputs, outputs],
    constant: false,
    bits: [bits],
    inputSigns: new Array(inputs).fill(sign),
  },
});
/** Two layers, so that the first block's outputs are matched; the second one is twin. */
const inner = (inputs, outputs, bits, sign = 'nonnegative') => ({
  networkClass: {
    dimensions: [inputs, outputs, 1],
    constant: true,
    bits: [bits, 1],
    inputSigns: new Array(inputs).fill(sign),
  },
});
const cases = [
  ['twin', single(12, 8, 8)],
  ['twin', inner(4, 6, 6, 'signed')],
  ['relay', inner(6, 6, 6)],
  ['relay2', inner(6, 6, 6)],
  ['pairs', single(5, 4, 6)],
  ['pairs', inner(12, 9, 6)],
  ['quads', inner(6, 7, 6)],
  ['quads', inner(6, 8, 6)],
  ['quads', inner(6, 9, 6)],
  ['based', inner(6, 9, 6, 'signed')],
  ['based', single(4, 4, 5, 'signed')],
  ['gathered', inner(4, 12, 6)],
  ['gathered', single(3, 6, 5, 'signed')],
];
const deltas = [0.3, 0.1, 0.03, 0.01];

for (const [scheme, { networkClass }] of cases) {
  if (only !== undefined && only !== scheme) continue;
  if (onlyOutputs !== undefined && Number(onlyOutputs) !== networkClass.dimensions[1]) continue;
  for (const delta of deltas) {
    const plan = planSkip(networkClass, delta, (block) => (block === 0 ? [scheme] : ['twin']));
    const demandOf = ({ block, layer }) => `block ${block}, layer ${layer}`;
    countFailures(plan, { scheme, delta, seeds, layout: layoutSkip, demandOf });
  }
}
