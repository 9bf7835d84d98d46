/**
 * Sizes and seconds of sources for networks of feature maps: the real ones in the folder that UNEARTH_SHARED
 * names, at 12 bits and lossless, and random convolutions, by horner and by skip. One thread. Needs the build (`node
 * scripts/setup.mjs`). Usage: node bench/map-sizes.mjs [prove].
 */
import process from 'node:process';
import { readModel } from '../dist/cli/files/read-model.js';
import { hornerMaps, skipMaps } from '../dist/constructions/maps/maps.js';
import { complete } from '../dist/core/steps.js';
import { channelSigns } from '../dist/integer/channel-signs.js';
import { lowerMapsSteps } from '../dist/integer/lower-maps.js';
import { networkClassOf } from '../dist/integer/network-class.js';
import { countingBound } from '../dist/pipeline/find-steps.js';
import { recordPlaces } from '../dist/precision/precision.js';
import { propagate } from '../dist/proof/propagate.js';
import { keptCount } from '../dist/source/mask.js';
import { depthOf, sourceWeights, widthsOf } from '../dist/source/shape.js';
import { createSource } from '../dist/source/source.js';
import { exactArray } from '../dist/target/exact-array.js';
import { convolutionMap, denseLayer } from '../dist/target/make-layers.js';
import { inputShapeOf, inputSigns, inputsOf } from '../dist/target/network.js';

const prove = process.argv.includes('prove');
const seconds = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;

function measure(name, network, record, delta = 1e-6) {
  for (const construction of [hornerMaps, skipMaps])
    measureWith(construction, name, network, record, delta);
}

function measureWith(construction, name, network, record, delta) {
  const shape = inputShapeOf(network);
  const coordinates = inputSigns(network.domain, inputsOf(network.layers));
  const signs = channelSigns(coordinates, shape, network.channelsLast !== undefined);
  const target = complete(lowerMapsSteps(network, recordPlaces(network, record), signs));
  const networkClass = networkClassOf(target, signs);
  const started = seconds();
  const plan = construction.plan(networkClass, delta);
  const planned = seconds();
  const masks = [];
  const source = createSource(1n, plan.shape);
  const finding = construction.find(target, source, plan, (t, mask) => {
    masks[t - 1] = mask;
  });
  if (!finding.found) throw new Error(finding.unmet.demand);
  const found = seconds();
  let equal;
  if (prove) {
    const { assignments } = finding;
    equal = propagate({
      ...{ source, target, inputSigns: signs, assignments },
      mask: (t) => masks[t - 1],
    }).equal;
  }
  const weights = Number(sourceWeights(plan.shape));
  console.log(
    JSON.stringify({
      ...{ name, construction: construction.name, record },
      blocks: plan.mapsBlocks.map(({ kind, skip, copied }) =>
        skip === undefined ? kind : `${skip.scheme}${copied ? ', copied' : ''}`,
      ),
      depth: depthOf(plan.shape),
      widest: Math.max(...widthsOf(plan.shape)),
      sourceWeights: weights,
      overCountingBound: +(weights / countingBound(networkClass)).toFixed(3),
      failureBound: plan.failureBound,
      kept: masks.reduce((sum, mask) => sum + keptCount(mask), 0),
      cpuSeconds: {
        plan: +(planned - started).toFixed(2),
        find: +(found - planned).toFixed(2),
        ...(prove && { prove: +(seconds() - found).toFixed(2) }),
      },
      ...(prove && { equal }),
    }),
  );
}

const RECORDS = [{ mode: 'bits', bits: 12 }, { mode: 'lossless' }];
const shared = process.env.UNEARTH_SHARED;
if (shared !== undefined) {
  for (const name of ['resnet_2b', 'cifar_base_kw', 'convnet_maxpool', 'cifar10_small_nhwc']) {
    const { network } = readModel(`${shared}/models/${name}.onnx`);
    for (const record of RECORDS) measure(name, network, record);
  }
}

/** A convolution with random weights of 24 bits, then a matrix. */
function randomConvolution(inputs, outputs, side, plane) {
  let state = 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  const pad = (side - 1) >> 1;
  const map = convolutionMap({
    input: { channels: inputs, height: plane, width: plane },
    outputChannels: outputs,
    kernel: { height: side, width: side },
    pads: { top: pad, left: pad, bottom: side - 1 - pad, right: side - 1 - pad },
    weights: Float64Array.from({ length: outputs * inputs * side * side }, () =>
      Math.fround(random()),
    ),
  });
  const bias = exactArray(Float64Array.from({ length: outputs }, () => Math.fround(random())));
  const { inputs: width } = map;
  const last = denseLayer({
    ...{ inputs: map.outputs, outputs: 1, activation: 'identity' },
    weights: new Float64Array(map.outputs).fill(1),
  });
  const box = { lower: new Float64Array(width), upper: new Float64Array(width).fill(1) };
  const layers = [{ ...map, bias, activation: 'relu' }, last];
  return { layers, domain: { kind: 'box', ...box } };
}
for (const [inputs, outputs, side] of [
  [3, 16, 3],
  [64, 64, 3],
  [128, 256, 3],
]) {
  const network = randomConvolution(inputs, outputs, side, side);
  measure(`random ${inputs} to ${outputs}, ${side}x${side}`, network, RECORDS[0]);
}
