/**
 * Fractional bits that networks of feature maps provably need: the models in the folder that UNEARTH_SHARED
 * names, on the box [0, 1], one thread. Needs the build (`node scripts/setup.mjs`).
 * Usage: node bench/map-precision.mjs [EPSILON], by default 0.01.
 */
import process from 'node:process';
import { readModel } from '../dist/cli/files/read-model.js';
import { complete } from '../dist/core/steps.js';
import { losslessMapPlaces } from '../dist/integer/map-places.js';
import { withSumPooling } from '../dist/integer/sum-pooling.js';
import { certifyMapsSteps, chooseMapBitsSteps } from '../dist/precision/map-bits.js';
import { inputsOf } from '../dist/target/network.js';

const epsilon = Number(process.argv[2] ?? 0.01);
const shared = process.env.UNEARTH_SHARED;
if (shared === undefined) throw new Error('UNEARTH_SHARED names no folder of models');
const seconds = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;

for (const name of ['resnet_2b', 'cifar_base_kw', 'convnet_maxpool', 'cifar10_small_nhwc']) {
  const { network } = readModel(`${shared}/models/${name}.onnx`);
  const inputs = inputsOf(network.layers);
  const domain = {
    kind: 'box',
    lower: new Float64Array(inputs),
    upper: new Float64Array(inputs).fill(1),
  };
  const lossless = losslessMapPlaces(withSumPooling(network));
  const bound = (p) =>
    complete(
      certifyMapsSteps(
        network,
        lossless.map((own) => Math.min(own, p)),
        domain,
      ),
    ).epsilon;
  let one = 0;
  while (bound(one) > epsilon) one++;
  // So small an error is none: the top of the ladder.
  const exact = complete(chooseMapBitsSteps(network, domain, Number.MIN_VALUE)).averagePlaces;
  const start = seconds();
  const { averagePlaces, places, certificate } = complete(
    chooseMapBitsSteps(network, domain, epsilon),
  );
  console.log(
    JSON.stringify({
      ...{
        name,
        epsilon,
        lossless: +exact.toFixed(1),
        oneForAll: one,
        averagePlaces: +averagePlaces.toFixed(1),
        places,
      },
      ...{ certified: certificate.decimal, seconds: +(seconds() - start).toFixed(1) },
    }),
  );
}
