/**
 * What groups save: Horner's source for the class of an architecture with grouped convolutions, in a source with
 * groups and in one without, where they stand as zeros. Needs the build. Usage:
 *
 *   node bench/grouped-sizes.mjs [file of an architecture] [bits]
 *   node bench/grouped-sizes.mjs depthwise [channels] [bits] [signed|last]     one 3x3 convolution, by groups of a part;
 *                                                                             of signed inputs, or as the last layer
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { hornerMaps } from '../dist/constructions/maps/maps.js';
import { complete } from '../dist/core/steps.js';
import { lowerMapsSteps } from '../dist/integer/lower-maps.js';
import { losslessMapPlaces } from '../dist/integer/map-places.js';
import { networkClassOf } from '../dist/integer/network-class.js';
import { withSumPooling } from '../dist/integer/sum-pooling.js';
import { countingBound } from '../dist/pipeline/find-steps.js';
import { sourceWeights } from '../dist/source/shape.js';
import { spanningNetwork } from '../dist/target/architecture/network.js';
import { readArchitecture } from '../dist/target/architecture/record.js';

const [what = 'examples/shapes/mobilenet-v2.json', ...rest] = process.argv.slice(2);
const isOne = what === 'depthwise';
const bits = Number((isOne ? rest[1] : rest[0]) ?? 12);
const variant = isOne ? rest[2] : undefined;

/** A depthwise convolution, with something behind it unless it is to be the last layer, whose outputs have no slack. */
function depthwise(channels) {
  return JSON.stringify({
    format: 'unearth-architecture/1',
    input: { channels, height: 8, width: 8 },
    layers: [
      { kind: 'convolution', channels, kernel: 3, pads: 1, groups: channels },
      ...(variant === 'last' ? [] : [{ kind: 'convolution', channels: 1, kernel: 1 }]),
    ],
  });
}

const text = isOne ? depthwise(Number(rest[0] ?? 32)) : readFileSync(what, 'utf8');
const record = readArchitecture(text);
const network = spanningNetwork(record, bits, 2 ** 33);
const signs = new Array(record.input.channels).fill(
  variant === 'signed' ? 'signed' : 'nonnegative',
);
const places = losslessMapPlaces(withSumPooling(network));
const target = complete(lowerMapsSteps(network, places, signs));
const networkClass = networkClassOf(target, signs);
const { maps } = networkClass;
const ungrouped = maps.blocks.map(({ groups: _, ...block }) => block);
const bound = countingBound(networkClass);
console.log('| source | layers | source weights | over the counting bound |\n|---|---|---|---|');
for (const [name, blocks] of [
  ['with groups', maps.blocks],
  ['without', ungrouped],
]) {
  const plan = hornerMaps.plan({ ...networkClass, maps: { ...maps, blocks } }, 1e-6);
  // Of one convolution the block alone, and what splits its inputs.
  const ends = plan.shape.layers.flatMap(({ endsBlock }, index) => (endsBlock ? [index + 1] : []));
  const own = variant === 'signed' ? ends[1] : ends[0];
  const layers = isOne ? plan.shape.layers.slice(0, own) : plan.shape.layers;
  const weights = sourceWeights({ inputs: plan.shape.inputs, layers });
  const ratio = (Number(weights) / bound).toPrecision(3);
  console.log(`| ${name} | ${layers.length} | ${weights} | ${ratio} |`);
  for (const block of plan.mapsBlocks) {
    if (block.kind === 'grouped' && isOne) console.log(`parts of ${block.perPart} groups`);
  }
}
