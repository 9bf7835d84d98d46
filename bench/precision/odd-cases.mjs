/**
 * Random small networks, roundings and domains that are hard on certificates: neurons exactly at 0, rows
 * that cancel, boxes without width, inputs of one sign, balls, constant outputs, dead neurons, and scales
 * from subnormal numbers to 1e100.
 */
import { losslessPlaces, quantize, truncateDecimal } from '../../dist/integer/quantize.js';
import { quantizeCompensated } from '../../dist/precision/compensated.js';
import { analyseReference } from '../../dist/precision/reference-analysis.js';
import { denseLayer } from '../../dist/target/make-layers.js';

export const ODDITIES = [
  'plain',
  'at zero',
  'zero rows',
  'cancelling',
  'constant',
  'dead or alive',
  'large',
  'small',
  'mixed scales',
  'subnormal',
];

const SCALES = { large: [1e100, 1e100], small: [1e-100, 1e-100], 'mixed scales': [1e100, 1e-100] };

/** `random` gives numbers in [0, 1). */
export function oddCase(random, odd) {
  const below = (limit) => Math.floor(random() * limit);
  const depth = 1 + below(4);
  const widths = Array.from({ length: depth + 1 }, () => 1 + below(6));
  const places = 1 + below(8);
  const size = 2 ** (1 + below(5));
  const biased = random() < 0.8;
  const float = random() < 0.3;
  const weight = () => {
    if (random() < 0.15) return 0;
    const value = (random() - 0.5) * size;
    return float ? Math.fround(value) : Math.round(value * 2 ** places) / 2 ** places;
  };
  const domain = domainOf(random, widths[0]);
  const parts = widths.slice(1).map((outputs, index) => ({
    inputs: widths[index],
    outputs,
    weights: Float64Array.from({ length: widths[index] * outputs }, weight),
    bias: Float64Array.from({ length: outputs }, () => (biased ? weight() : 0)),
    activation: index < depth - 1 || random() < 0.3 ? 'relu' : 'identity',
  }));
  makeOdd(parts, domain, odd, random);
  const network = { layers: parts.map(denseLayer), domain: { kind: 'all' } };
  return { network, domain, integerNetwork: rounded(network, domain, random) };
}

function domainOf(random, inputs) {
  const below = (limit) => Math.floor(random() * limit);
  const kind = random();
  if (kind < 0.2) {
    return { kind: 'ball', radius: random() < 0.05 ? 0 : 2 ** (below(5) - 2) * (0.5 + random()) };
  }
  const lower = new Float64Array(inputs);
  const upper = new Float64Array(inputs).fill(1);
  if (kind < 0.4) return { kind: 'box', lower, upper };
  const width = kind < 0.5 ? 0.01 : 3;
  for (let input = 0; input < inputs; input++) {
    lower[input] = kind < 0.6 ? Math.round((random() - 0.5) * 8) / 2 : (random() - 0.5) * 4;
    upper[input] = random() < 0.15 ? lower[input] : lower[input] + random() * width;
    if (kind > 0.8) {
      // One sign for each input: zero is an end of the box, or near it.
      const reach = Math.max(Math.abs(lower[input]), Math.abs(upper[input]));
      const positive = random() < 0.5;
      lower[input] = positive ? 0 : -reach;
      upper[input] = positive ? reach : 0;
    }
  }
  if (random() < 0.05) upper.set(lower);
  return { kind: 'box', lower, upper };
}

function makeOdd(layers, domain, odd, random) {
  const below = (limit) => Math.floor(random() * limit);
  const last = layers.at(-1);
  const [first] = layers;
  if (odd === 'at zero') {
    // Exactly 0 at a corner or in the middle, as far as float64 has that bias.
    for (let row = 0; row < first.outputs; row++) {
      let sum = 0;
      for (let input = 0; input < first.inputs; input++) {
        const ends =
          domain.kind === 'box'
            ? [
                domain.lower[input],
                domain.upper[input],
                (domain.lower[input] + domain.upper[input]) / 2,
              ]
            : [0, 0, 0];
        sum += first.weights[row * first.inputs + input] * ends[below(3)];
      }
      first.bias[row] = -sum;
    }
  }
  if (odd === 'zero rows') {
    for (const layer of layers) {
      const row = below(layer.outputs);
      layer.weights.fill(0, row * layer.inputs, (row + 1) * layer.inputs);
      layer.bias[row] = random() < 0.5 ? 0 : layer.bias[row];
    }
  }
  if (odd === 'cancelling') {
    for (const layer of layers) {
      for (let row = 0; row < layer.outputs; row++) {
        const own = layer.weights.subarray(row * layer.inputs, (row + 1) * layer.inputs);
        for (let at = 1; at < own.length; at += 2) own[at] = -own[at - 1];
      }
    }
  }
  if (odd === 'constant') last.weights.fill(0);
  if (odd === 'dead or alive') {
    for (const layer of layers) {
      const row = below(layer.outputs);
      layer.bias[row] = random() < 0.5 ? -1000 : 1000.1;
    }
  }
  if (odd === 'subnormal') {
    const layer = layers[below(layers.length)];
    layer.weights.forEach((value, at) => {
      layer.weights[at] = value * 2 ** -1060;
    });
    layer.bias.fill(0);
  }
  const scales = SCALES[odd];
  if (scales !== undefined) {
    layers.forEach((layer, index) => {
      const scale = scales[index % 2];
      // Three layers of 1e100 still are finite; more would not be.
      if (index > 1) return;
      layer.weights.forEach((value, at) => {
        layer.weights[at] = value * scale;
      });
      layer.bias.forEach((value, at) => {
        layer.bias[at] = value * scale;
      });
    });
    if (random() < 0.5) scaleDomain(domain, 1 / scales[0]);
  }
}

function scaleDomain(domain, scale) {
  if (domain.kind === 'ball') domain.radius *= scale;
  else {
    domain.lower.forEach((value, at) => {
      domain.lower[at] = value * scale;
      domain.upper[at] *= scale;
    });
  }
}

function rounded(network, domain, random) {
  const below = (limit) => Math.floor(random() * limit);
  const places = losslessPlaces(network).map((most) =>
    random() < 0.5 ? below(Math.min(most, 12) + 1) : Math.max(0, most - below(24)),
  );
  const choice = random();
  if (choice < 0.75) return quantize(network, places);
  if (choice < 0.85) return truncateDecimal(network, below(3));
  const { metrics } = analyseReference(network, domain, true);
  return quantizeCompensated(network, places, metrics);
}
