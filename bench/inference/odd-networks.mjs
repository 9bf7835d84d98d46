/** Random networks, domains and samples that are odd on purpose, for trying what engines state. */
import { denseLayer } from '../../dist/target/make-layers.js';

/** A small generator of our own (mulberry32): repeatable, and apart from the library's. */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const between = (random, least, most) => least + Math.floor(random() * (most - least + 1));

/** What is odd about a network, besides its numbers. */
const ODDITIES = ['', 'narrow', 'wide', 'zero layer', 'dead', 'constant', 'signs', 'extreme'];

/**
 * Weights spread over `10^-spread .. 10^spread`; `odd` names the oddity. `extreme` is all weights of one
 * scale near an end of the numbers.
 */
export function oddNetwork(seed, { most = 9, spread = 8, first = 17 } = {}) {
  const random = randomNumbers(seed);
  const odd = ODDITIES[seed % ODDITIES.length];
  const depth = between(random, 1, odd === 'narrow' ? 6 : 4);
  const widths = Array.from({ length: depth + 1 }, () => between(random, 1, most));
  if (odd === 'narrow') widths.fill(1);
  if (odd === 'wide') widths[between(random, 0, depth)] = 4 * most;
  const mixed = random() < 0.4;
  const biased = random() < 0.7;
  const end = random() < 0.5 ? -60 : 60;
  const layers = widths.slice(1).map((outputs, index) => {
    const inputs = widths[index];
    const highest = index === 0 ? first : Math.min(4, spread);
    const common = between(random, -spread, highest);
    const exponents = Array.from({ length: outputs }, () =>
      mixed ? between(random, -spread, highest) : common,
    );
    const weight = (row) => {
      if (random() < 0.1) return 0;
      if (odd === 'signs') return random() < 0.5 ? 1 : -1;
      const exponent = odd === 'extreme' ? (index === 0 ? end : 0) : exponents[row];
      return Math.fround((2 * random() - 1) * 10 ** (exponent / 2)) * 10 ** (exponent / 2);
    };
    const layer = {
      inputs,
      outputs,
      weights: Float64Array.from({ length: outputs * inputs }, (_, at) =>
        weight(Math.floor(at / inputs)),
      ),
      bias: Float64Array.from({ length: outputs }, (_, row) => (biased ? weight(row) : 0)),
      activation: index < depth - 1 || random() < 0.3 ? 'relu' : 'identity',
    };
    const last = index === depth - 1;
    if (odd === 'zero layer' && index === depth >> 1) layer.weights.fill(0);
    if (odd === 'constant' && last) layer.weights.fill(0);
    // Neurons that never answer on inputs of any sign.
    if (odd === 'dead' && !last) {
      layer.weights.fill(0, 0, inputs);
      layer.bias[0] = -1;
    }
    return denseLayer(layer);
  });
  return { layers, domain: { kind: 'all' } };
}

/** All, a ball, boxes of either sign and of mixed ones, boxes without width. */
export function oddDomain(seed, inputs, bounded = false) {
  const random = randomNumbers(seed + 7919);
  const kind = bounded ? 1 + (seed % 4) : seed % 5;
  if (kind === 0) return { kind: 'all' };
  if (kind === 1) {
    // Also the ball that is a point, and radii near the ends of the numbers.
    const radius = [0, 1e-150, 1e150][seed % 23] ?? 10 ** between(random, -3, 3);
    return { kind: 'ball', radius };
  }
  const upper = new Float64Array(inputs);
  const lower = new Float64Array(inputs);
  for (let input = 0; input < inputs; input++) {
    const reach = 10 ** between(random, -2, kind === 4 ? 4 : 0) * (0.5 + random());
    const side = random();
    if (side < 0.4) upper[input] = reach;
    else if (side < 0.6) lower[input] = -reach;
    else {
      upper[input] = reach;
      lower[input] = -reach * random();
    }
    if (random() < 0.15) lower[input] = upper[input];
  }
  return { kind: 'box', lower, upper };
}

/** The largest magnitude of an input on the domain. */
const reachOf = (domain, input) =>
  domain.kind === 'all'
    ? 1
    : domain.kind === 'ball'
      ? domain.radius || 1
      : Math.max(Math.abs(domain.lower[input]), Math.abs(domain.upper[input])) || 1;

/**
 * Samples of the domain's signs, up to `size` times as large as the domain: zeros, corners, whole
 * numbers, one large coordinate among tiny ones.
 */
export function oddSamples(random, domain, inputSigns, samples, size) {
  const inputs = inputSigns.length;
  const batch = new Float64Array(samples * inputs);
  for (let sample = 0; sample < samples; sample++) {
    const form = between(random, 0, 5);
    const large = between(random, 0, inputs - 1);
    for (let input = 0; input < inputs; input++) {
      const reach = reachOf(domain, input) * size;
      let value = random() * reach;
      if (form === 0) value = 0;
      if (form === 1) value = reach;
      if (form === 2) value = Math.floor(value * 256);
      if (form === 3 && input !== large) value *= 1e-12;
      const sign = inputSigns[input];
      if (sign === 'nonpositive' || (sign === 'signed' && random() < 0.5)) value = -value;
      batch[sample * inputs + input] = value === 0 ? 0 : value;
    }
  }
  return batch;
}
