/**
 * What each bound on feature maps gives by itself, with one number of places for all layers: over [0, 1] in every
 * coordinate, or around one of the images of data/cifar, or each of them, of which the median and the worst are printed.
 * Needs the build and the folder that UNEARTH_SHARED names.
 * Usage: node bench/map-bounds.mjs MODEL PLACES box|IMAGE[:RADIUS]|each[:RADIUS] [BOUND..]
 * RADIUS 0.0322, which is 2/255 of a pixel's range, if none is given; BOUND is interval, backward or fourier.
 */
import process from 'node:process';
import { readDataFile } from '../dist/cli/files/read-data.js';
import { readModel } from '../dist/cli/files/read-model.js';
import { complete } from '../dist/core/steps.js';
import { losslessMapPlaces } from '../dist/integer/map-places.js';
import { withSumPooling } from '../dist/integer/sum-pooling.js';
import { ballAround } from '../dist/precision/balls.js';
import { mapDifferences } from '../dist/precision/bounds/map-difference.js';
import {
  analyseMapsSteps,
  certifyAnalysedSteps,
  MAP_BOUNDS,
} from '../dist/precision/map-certificate.js';
import { inputsOf } from '../dist/target/network.js';

const [name, number, where = 'box', ...chosen] = process.argv.slice(2);
const bounds = chosen.length > 0 ? chosen : MAP_BOUNDS;
const shared = process.env.UNEARTH_SHARED;
if (shared === undefined) throw new Error('UNEARTH_SHARED names no folder of models');
const { network } = readModel(`${shared}/models/${name}.onnx`);
const inputs = inputsOf(network.layers);

function domains() {
  if (where === 'box') {
    const lower = new Float64Array(inputs);
    return [{ kind: 'box', lower, upper: new Float64Array(inputs).fill(1) }];
  }
  const images = readDataFile(`${shared}/data/cifar/images48.npy`);
  const [image, radius = '0.0322'] = where.split(':');
  const values = Float64Array.from(images.data);
  const balls = { samples: images.shape[0], values, data: '', divide: 1, radius: Number(radius) };
  const taken = image === 'each' ? [...Array(balls.samples).keys()] : [Number(image)];
  return taken.map((sample) => ballAround(balls, sample));
}

const seconds = () => process.cpuUsage().user / 1e6;
const pooled = withSumPooling(network);
const lossless = losslessMapPlaces(pooled);
const exact = mapDifferences(pooled, lossless);
const analyses = domains().map((domain) => complete(analyseMapsSteps(exact, network, domain)));
const layers = mapDifferences(
  pooled,
  lossless.map((own) => Math.min(own, Number(number))),
);
for (const bound of bounds) {
  const begun = seconds();
  const errors = analyses
    .map(
      (analysis) => complete(certifyAnalysedSteps(layers, analysis, { bounds: [bound] })).epsilon,
    )
    .sort((one, other) => one - other);
  // Where the error is in proportion to 2^-p, so many places would do for 0.01.
  const bitsFor = (error) => +(Number(number) + Math.log2(error / 0.01)).toFixed(2);
  const [median, worst] = [errors[errors.length >> 1], errors.at(-1)];
  console.log(
    JSON.stringify({
      ...{ name, where, places: Number(number), bound, epsilon: +worst.toPrecision(4) },
      ...{ bits: bitsFor(worst), ...(errors.length > 1 && { medianBits: bitsFor(median) }) },
      seconds: +(seconds() - begun).toFixed(1),
    }),
  );
}
