/**
 * Fractional bits that networks of feature maps provably need, with one number of places for all layers and by
 * layer, on one thread. Needs the build (`node scripts/setup.mjs`) and the models and images in the folder that
 * UNEARTH_SHARED names.
 * Usage: node bench/map-precision.mjs box|around [EPSILON] [MODEL...]
 * `box` is [0, 1] in every coordinate; `around` the 48 images of data/cifar within 2/255 of a pixel's range, which is
 * 0.0322 at most in the units they are in. By default an epsilon of 0.01 and all models that have such images.
 */
import process from 'node:process';
import { readDataFile } from '../dist/cli/files/read-data.js';
import { readModel } from '../dist/cli/files/read-model.js';
import { complete } from '../dist/core/steps.js';
import { losslessMapPlaces } from '../dist/integer/map-places.js';
import { withSumPooling } from '../dist/integer/sum-pooling.js';
import { ballAround, hullOf } from '../dist/precision/balls.js';
import { mapChainSteps } from '../dist/precision/bounds/map-chain.js';
import { mapDifferences } from '../dist/precision/bounds/map-difference.js';
import { lowestRungSteps } from '../dist/precision/fewest-bits.js';
import { chooseMapBitsSteps } from '../dist/precision/map-bits.js';
import { analyseMapsSteps, certifyAnalysedSteps } from '../dist/precision/map-certificate.js';
import { inputsOf } from '../dist/target/network.js';

const [kind = 'box', number = '0.01', ...named] = process.argv.slice(2);
const epsilon = Number(number);
const shared = process.env.UNEARTH_SHARED;
if (shared === undefined) throw new Error('UNEARTH_SHARED names no folder of models');
const seconds = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
const models = {
  box: ['resnet_2b', 'cifar_base_kw', 'convnet_maxpool', 'cifar10_small_nhwc'],
  around: ['resnet_2b', 'cifar_base_kw'],
};
/** Places for all layers that are tried; fewer or more are not. */
const [FEWEST, MOST] = [8, 40];

for (const name of named.length > 0 ? named : models[kind]) {
  const { network } = readModel(`${shared}/models/${name}.onnx`);
  const inputs = inputsOf(network.layers);
  const images = kind === 'around' && readDataFile(`${shared}/data/cifar/images48.npy`);
  const around = images && {
    samples: images.shape[0],
    values: Float64Array.from(images.data),
    ...{ data: '', divide: 1, radius: 0.0322 },
  };
  const box = {
    kind: 'box',
    lower: new Float64Array(inputs),
    upper: new Float64Array(inputs).fill(1),
  };
  const pooled = withSumPooling(network);
  const lossless = losslessMapPlaces(pooled);
  const domains = around
    ? Array.from({ length: around.samples }, (_, sample) => ballAround(around, sample))
    : [box];
  const begun = seconds();
  const analyses = domains.map((domain) =>
    complete(analyseMapsSteps(mapDifferences(pooled, lossless), network, domain)),
  );
  const layersAt = (p) =>
    mapDifferences(
      pooled,
      lossless.map((own) => Math.min(own, p)),
    );
  const oneForAll = (certify) => {
    const known = new Map();
    const { rung } = complete(
      lowestRungSteps(MOST - FEWEST + 1, domains.length, epsilon, function* (own, some) {
        const p = FEWEST + own;
        if (!known.has(p)) known.set(p, layersAt(p));
        const certificates = [];
        for (const domain of some) {
          certificates.push(yield* certify(known.get(p), analyses[domain]));
        }
        return certificates;
      }),
    );
    return FEWEST + rung;
  };
  const byInterval = oneForAll(function* (layers, { input }) {
    const error = (yield* mapChainSteps(layers, input.ranges))[layers.length].error;
    return { epsilon: Math.max(...error) };
  });
  const byAll = oneForAll((layers, analysis) =>
    certifyAnalysedSteps(layers, analysis, { goal: epsilon }),
  );
  const start = seconds();
  const chosen = complete(
    chooseMapBitsSteps(network, around ? hullOf(around) : box, epsilon, around ? { around } : {}),
  );
  const { averagePlaces, places, certificate } = chosen;
  console.log(
    JSON.stringify({
      ...{ name, kind, epsilon, oneForAll: { interval: byInterval, all: byAll } },
      ...{ byLayer: +averagePlaces.toFixed(1), places, certified: certificate.decimal },
      seconds: { oneForAll: +(start - begun).toFixed(0), byLayer: +(seconds() - start).toFixed(0) },
    }),
  );
}
