/**
 * What the neurons of the digits example are there for: finds it in a random network, counts roles, and
 * follows one image through it. `node examples/roles.mjs`, after `npm start`; docs/roles.md shows what it
 * prints.
 */
import { readFileSync } from 'node:fs';
import { find, readModel, roleAt, rolesOf, rowOf, trace } from 'unearth';

const model = readModel(readFileSync(new URL('digits/digits.onnx', import.meta.url)));
const { ticket } = await find(model, { domain: 'box:0,1', seed: 1n });

const { layers, counts } = await rolesOf(ticket);
const kinds = Object.keys(counts).filter((kind) => counts[kind] > 0);
console.log(['block', ...kinds].map((word) => word.padStart(12)).join(''));
for (const block of [1, 2, 3]) {
  const roles = layers.filter((layer) => layer.block === block).flatMap((layer) => layer.roles);
  const row = kinds.map((kind) => roles.filter((role) => role.kind === kind).length);
  console.log([block, ...row].map((cell) => String(cell).padStart(12)).join(''));
}

// The chain of the first output of block 1, at its last accumulator: what does it hold?
const chain = layers.filter(({ block, roles }) => {
  return block === 1 && roles.some((role) => role.kind === 'accumulator' && role.output === 0);
});
const { layer, neurons, roles } = chain[chain.length - 1];
const neuron = neurons[roles.findIndex((role) => role.output === 0)];
const { variables, coefficients } = rowOf(ticket, layer, neuron);
console.log(`\nlayer ${layer}, neuron ${neuron}: ${JSON.stringify(roleAt(layers[layer], neuron))}`);
console.log(`its coefficient of input ${variables[0].input} is ${coefficients[0]}`);

// A grey image: every value is exact, whatever its size.
const traced = await trace(ticket, new Float64Array(64).fill(0.5));
const value = traced.layers[layer].values[traced.layers[layer].neurons.indexOf(neuron)];
console.log(`on a grey image it holds ${value} * 2^${traced.exponent}`);
const [output] = traced.outputs;
console.log(`the first output is ${output.numerator} / ${output.denominator}`);
