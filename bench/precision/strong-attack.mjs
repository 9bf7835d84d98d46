/**
 * Inputs at which certificates are most likely to break: every corner, points where a neuron of either
 * network is at 0, and what climbing finds, for each output by itself. Judged in exact fractions.
 */

import { evaluateDifference } from '../../dist/attack/difference-search.js';
import { createJudge } from '../../dist/attack/judge.js';
import { differenceLayers } from '../../dist/precision/bounds/difference-layers.js';

/** The error of every output at each candidate: `visit(errors, input)`, errors as exact fractions. */
export function attackStrongly({ network, integerNetwork, domain }, random, visit) {
  const layers = differenceLayers(network, integerNetwork);
  const { activation } = network.layers.at(-1);
  const { inputs } = layers[0];
  const outputs = layers.at(-1).outputs;
  const judge = createJudge(network, integerNetwork);
  const inside = (point) => project(domain, point);
  const candidates = [...corners(domain, inputs, random).map(inside)];
  for (let count = 0; count < 24; count++)
    candidates.push(inside(randomPoint(domain, inputs, random)));
  const evaluate = (input) => evaluateDifference(layers, activation, input);
  // Between two points, where a neuron of either network passes 0.
  const segments = Math.min(40, candidates.length);
  for (let count = 0; count < segments; count++) {
    const from = candidates[Math.floor(random() * candidates.length)];
    const to = candidates[Math.floor(random() * candidates.length)];
    const layer = Math.floor(random() * layers.length);
    const neuron = Math.floor(random() * layers[layer].outputs);
    const rounded = random() < 0.5;
    const value = (input) => {
      const { pre, delta } = evaluate(input);
      return pre[layer][neuron] - (rounded ? delta[layer][neuron] : 0);
    };
    candidates.push(...crossing(from, to, value).map(inside));
  }
  for (let output = 0; output < outputs; output++) {
    const score = (input) => Math.abs(evaluate(input).errors[output]);
    const ranked = candidates
      .map((input) => ({ input, value: score(input) }))
      .sort((a, b) => b.value - a.value);
    const best = ranked.slice(0, 3);
    for (const start of best.slice(0, 2)) best.push(climb(start, score, domain, inside, random));
    for (const { input } of best) visit(judge(input), input);
  }
}

function corners(domain, inputs, random) {
  const count = inputs <= 6 ? 2 ** inputs : 64;
  return Array.from({ length: count }, (_, number) =>
    Float64Array.from({ length: inputs }, (_, at) => {
      const high = inputs <= 6 ? (number >> at) & 1 : random() < 0.5;
      if (domain.kind === 'box') return high ? domain.upper[at] : domain.lower[at];
      return (high ? 1 : -1) * domain.radius;
    }),
  );
}

function randomPoint(domain, inputs, random) {
  return Float64Array.from({ length: inputs }, (_, at) => {
    const share = random();
    if (domain.kind === 'ball') return (2 * share - 1) * domain.radius;
    return domain.lower[at] + share * (domain.upper[at] - domain.lower[at]);
  });
}

/** Into the domain: cut off at the box, drawn onto the ball. */
function project(domain, point) {
  if (domain.kind === 'box') {
    return point.map((value, at) => Math.min(Math.max(value, domain.lower[at]), domain.upper[at]));
  }
  const most = point.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  if (most === 0 || domain.radius === 0) return new Float64Array(point.length);
  const norm = most * Math.sqrt(point.reduce((sum, value) => sum + (value / most) ** 2, 0));
  const limit = domain.radius * (1 - (point.length + 4) * 2 ** -50);
  return norm > limit ? point.map((value) => (value / norm) * limit) : point;
}

/** The points on either side of a change of sign, by halving. */
function crossing(from, to, value) {
  let low = 0;
  let high = 1;
  const at = (share) => from.map((start, index) => start + share * (to[index] - start));
  const start = value(from);
  if (!(start < 0 !== value(to) < 0)) return [at(0.5)];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (value(at(middle)) < 0 === start < 0) low = middle;
    else high = middle;
  }
  return [at(low), at(high)];
}

function climb(start, score, domain, inside, random) {
  let best = start;
  for (let step = 0.5; step > 1e-4; step /= 2) {
    for (let at = 0; at < best.input.length; at++) {
      const range =
        domain.kind === 'ball' ? 2 * domain.radius : domain.upper[at] - domain.lower[at];
      for (const side of [1, -1, random() - 0.5]) {
        const input = best.input.slice();
        input[at] += side * step * range;
        const moved = inside(input);
        const value = score(moved);
        if (value > best.value) best = { input: moved, value };
      }
    }
  }
  return best;
}
