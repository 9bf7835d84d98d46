/**
 * All engines on one batch of one ticket: what they state, what float32 could have, and what is true.
 */
import { complete } from '../../dist/core/steps.js';
import { sizeOf } from '../../dist/inference/open-engine.js';
import { openEngine } from '../../dist/inference/open-engine-now.js';
import { effectiveNetwork } from '../../dist/integer/effective-network.js';
import {
  decimalFraction,
  distance,
  exceeds,
  fraction,
  roughly,
  vectorOf,
} from './exact-reference.mjs';

const rows = new Map();
let broken = 0;

export const failures = () => broken;

function fail(name, text) {
  broken++;
  console.log(`BROKEN ${name}: ${text}`);
}

/** Threads whose tasks run one after the other, on clones as on real ones. */
const threads = (count) => ({
  count,
  allocate: (words) => new Uint32Array(words),
  share: (values) => values,
  *run(task, inputs) {
    return inputs.map((input) => structuredClone(complete(task.run(structuredClone(input)))));
  },
});

const ENGINES = {
  constructed: [
    { engine: 'auto' },
    { engine: 'fast' },
    { engine: 'fast', exactness: 'bits' },
    { engine: 'float' },
    { engine: 'folded' },
    { engine: 'exact' },
  ],
  baseline: [{ engine: 'auto' }, { engine: 'float' }, { engine: 'folded' }, { engine: 'exact' }],
  trained: [{ engine: 'auto' }, { engine: 'float' }],
};

/** Weights and biases of the network that a ticket stands for, as magnitudes; null for trained ones. */
function magnitudes(ticket) {
  if (ticket.kind === 'trained') return null;
  if (ticket.kind === 'baseline') {
    return effectiveNetwork(ticket.effective).layers.map(({ inputs, outputs, matrix, bias }) => ({
      ...{ inputs, outputs },
      ...{ weights: matrix.values.map(Math.abs), bias: bias.values.map(Math.abs) },
    }));
  }
  const { matrices, constant, fractionalPlaces, scale } = ticket.target;
  return matrices.map(({ rows: all, columns, values }, index) => {
    const inputs = columns - (constant ? 1 : 0);
    const outputs = all - (constant && index < matrices.length - 1 ? 1 : 0);
    const places = fractionalPlaces[index];
    const unit = (value) =>
      roughly([
        BigInt(value) < 0n ? -BigInt(value) : BigInt(value),
        BigInt(scale.base) ** BigInt(places),
      ]);
    const weights = new Float64Array(inputs * outputs);
    const bias = new Float64Array(outputs);
    for (let row = 0; row < outputs; row++) {
      for (let column = 0; column < inputs; column++) {
        weights[row * inputs + column] = unit(values[row * columns + column]);
      }
      if (constant) bias[row] = unit(values[row * columns + inputs]);
    }
    return { inputs, outputs, weights, bias };
  });
}

const TINY = 2 ** -500;

/** The definition of docs/inference.md for one sample, in float64: `e_l`, good to some ten digits. */
function float32Budget(layers, sizes) {
  const unit = 2 ** -24;
  const gamma = (n) => (n * unit) / (1 - n * unit);
  let values = sizes;
  let errors = sizes.map((size) => gamma(1) * size + TINY);
  for (const { inputs, outputs, weights, bias } of layers) {
    const next = new Float64Array(outputs);
    const off = new Float64Array(outputs);
    for (let row = 0; row < outputs; row++) {
      const own = weights.subarray(row * inputs, (row + 1) * inputs);
      const terms = own.filter((weight) => weight !== 0).length + (bias[row] === 0 ? 0 : 1);
      const passes = terms === 0 || (terms === 1 && own.includes(1));
      let [size, carried] = [bias[row], 0];
      own.forEach((weight, input) => {
        if (weight === 0) return;
        size += weight * values[input];
        carried += weight * errors[input];
      });
      next[row] = size;
      off[row] = passes
        ? carried
        : carried + gamma(terms) * (size + carried) + 2 * (terms + 1) * TINY;
    }
    values = next;
    errors = off;
  }
  return errors.map((error) => error * (1 + 1e-9));
}

/** The size of a sample in units of the domain, times the largest magnitude of every input. */
function inputSizes({ domain, inputs }, entering) {
  const scales = Float64Array.from({ length: inputs }, (_, input) => {
    if (domain.kind === 'all') return 1;
    if (domain.kind === 'ball') return domain.radius || 1;
    return Math.max(Math.abs(domain.lower[input]), Math.abs(domain.upper[input])) || 1;
  });
  const size = entering.reduce(
    (most, value, at) => Math.max(most, Math.abs(value) / scales[at]),
    0,
  );
  return scales.map((scale) => scale * size * (1 + 1e-12));
}

/** Whether a sample, in exact fractions, is inside the domain. */
function isInside(domain, { numbers, denominator }) {
  const beyond = (at, bound, side) => {
    const [num, den] = fraction(bound);
    const difference = numbers[at] * den - num * denominator;
    return side * (difference > 0n ? 1 : difference < 0n ? -1 : 0) > 0;
  };
  if (domain.kind === 'all') return true;
  if (domain.kind === 'box') {
    return numbers.every(
      (_, at) => !beyond(at, domain.lower[at], -1) && !beyond(at, domain.upper[at], 1),
    );
  }
  const [num, den] = fraction(domain.radius);
  const squares = numbers.reduce((sum, value) => sum + value * value, 0n);
  return squares * den * den <= num * num * denominator * denominator;
}

/** The widest number type that a batch needed. */
const widest = ({ arithmetic }) =>
  ['BigInt', 'float64', 'float32', 'int64', 'int32'].find((type) => arithmetic.includes(type));

const same = (a, b) =>
  a.length === b.length && a.every((value, index) => Object.is(value, b[index]));

/** What a divisor makes of the samples before the network: exact where the engine divides exactly. */
function enters(options, ticket, divide) {
  const name = options.engine;
  const adds = ticket.kind === 'constructed' && (name === 'fast' || name === 'exact');
  return adds && Number.isInteger(divide) && divide < 65536;
}

export function checkTicket({ ticket, judge, batch, samples, divide, label }) {
  const size = sizeOf(ticket);
  const { inputs, outputs, domain } = size;
  const given = Array.from({ length: samples }, (_, at) =>
    batch.subarray(at * inputs, (at + 1) * inputs),
  );
  const wanted = given.map((sample) => judge(vectorOf(sample, divide)));
  const scale = wanted
    .flatMap(({ numbers, denominator }) =>
      numbers.map((value) => roughly([value < 0n ? -value : value, denominator])),
    )
    .reduce((most, value) => Math.max(most, value), 0);
  const layers = magnitudes(ticket);
  const allowed = given.map((sample) =>
    layers === null
      ? null
      : float32Budget(
          layers,
          inputSizes(
            size,
            sample.map((value) => value / divide),
          ),
        ),
  );
  for (const options of ENGINES[ticket.kind]) {
    const open = (more = {}) => openEngine(ticket, { ...options, divide, samples, ...more });
    const opened = open();
    let values;
    try {
      values = opened.evaluate(batch, samples);
    } catch (error) {
      if (error.name !== 'InputError' || scale < 1e300) {
        fail(`${label} | ${options.engine}`, error.stack);
      }
      continue;
    }
    const report = opened.report();
    const name = `${label} | ${options.engine} ${options.exactness ?? 'float'} | ${widest(report)}`;
    checkDivision(name, report, { options, ticket, divide, domain, given });
    checkSame(name, values, { open, batch, samples, inputs, outputs, options });
    const row = rows.get(name) ?? {
      count: 0,
      measured: 0,
      stated: 0,
      allowed: 0,
      nearest: 0,
      kept: 0,
    };
    rows.set(name, row);
    row.count++;
    const { rounding } = report.error;
    // With sign activations nothing is known beforehand, and that is said.
    if (rounding === null) {
      if (ticket.kind !== 'trained' || ticket.activation !== 'sign') fail(name, 'states no bound');
      continue;
    }
    for (const [index, value] of values.entries()) {
      const output = index % outputs;
      const sample = Math.floor(index / outputs);
      const { numbers, denominator } = wanted[sample];
      const off = distance(value, numbers[output], denominator);
      const stated = decimalFraction(rounding[output]);
      if (exceeds(off, stated)) {
        fail(name, `output ${output} is off by ${roughly(off)}, stated ${rounding[output]}`);
      }
      const own = allowed[sample]?.[output];
      if (own !== undefined && Number.isFinite(own) && exceeds(off, fraction(own))) {
        // Rounding once to a subnormal, or of the quotients, is beside the definition.
        fail(name, `output ${output} is off by ${roughly(off)}, float32 could be by ${own}`);
      }
      const measured = roughly(off);
      const bound = roughly(stated);
      if (scale > 0) {
        row.measured = Math.max(row.measured, measured / scale);
        row.stated = Math.max(row.stated, bound / scale);
        row.allowed = Math.max(row.allowed, (own ?? 0) / scale);
      }
      if (bound > 0) row.nearest = Math.max(row.nearest, measured / bound);
      if (own > 0) row.kept = Math.max(row.kept, measured / own);
    }
  }
}

function checkDivision(name, report, { options, ticket, divide, domain, given }) {
  if (options.engine === 'auto') return;
  const exactly = enters(options, ticket, divide);
  const outside = given.filter((sample) => {
    const entering = exactly ? vectorOf(sample, divide) : vectorOf(sample.map((x) => x / divide));
    return !isInside(domain, entering);
  }).length;
  if (report.outside.samples !== outside || report.outside.signs !== 0) {
    fail(name, `${JSON.stringify(report.outside)} outside the domain, ${outside} are`);
  }
}

/** One sample at a time, other batches and threads give the same bits. */
function checkSame(name, values, { open, batch, samples, inputs, outputs, options }) {
  const piece = (engine, from, to) =>
    engine.evaluate(batch.slice(from * inputs, to * inputs), to - from, from);
  const single = open();
  for (let sample = 0; sample < samples; sample += samples > 10 ? 7 : 1) {
    const own = values.slice(sample * outputs, (sample + 1) * outputs);
    if (!same(piece(single, sample, sample + 1), own)) fail(name, `sample ${sample} alone differs`);
  }
  const halves = open();
  const middle = samples >> 1;
  const parts = [...piece(halves, 0, middle), ...piece(halves, middle, samples)];
  if (!same(Float64Array.from(parts), values)) fail(name, 'two batches differ');
  if (options.engine !== 'fast') return;
  for (const count of [1, 2, 3]) {
    const shared = open({ threads: threads(count) }).evaluate(batch, samples);
    if (!same(shared, values)) fail(name, `${count} threads differ`);
  }
}

export function table() {
  const lines = [...rows].map(([name, row]) => {
    const numbers = [row.measured, row.stated, row.allowed, row.nearest, row.kept];
    return `| ${name} | ${row.count} | ${numbers.map((value) => value.toExponential(1)).join(' | ')} |`;
  });
  return [
    '',
    'Errors over the largest output of each batch; the worst of all batches.',
    '',
    '| tickets | engine | computed in | batches | measured | stated | float32 could be | measured / stated | measured / float32 could be |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
