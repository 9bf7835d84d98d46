/**
 * Writes what the explorer's page brings along, web/data/*.json: the example networks, some drawn digits,
 * the gadget of its first section, and, with `--bits`, the errors of its fifth. `--check` writes nothing and
 * exits with 1 where a file differs. Needs the build.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import {
  createSource,
  diamond,
  horner,
  sourceWeights,
  widthsOf,
} from '../dist/entries/constructions.js';
import {
  attack,
  certify,
  networkClassOf,
  parseDomain,
  quantizeToBits,
} from '../dist/entries/precision.js';
import { plan, readModel } from '../dist/index.js';
import { toSparse } from '../dist/source/mask.js';

const root = new URL('../', import.meta.url);
const folder = new URL('web/data/', root);
const check = process.argv.includes('--check');

/** Little-endian bytes of numbers that are float32. */
function packed(values) {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => {
    if (Math.fround(value) !== value) throw new Error(`${value} is no float32`);
    bytes.writeFloatLE(value, 4 * at);
  });
  return bytes.toString('base64');
}

/** A network of dense layers, as the page's worker reads it. */
function networkData(file, title) {
  const { network } = readModel(readFileSync(new URL(file, root)));
  return {
    title,
    file: file.split('/').at(-1),
    layers: network.layers.map(({ matrix, bias, activation, inputs, outputs }) => ({
      inputs,
      outputs,
      activation,
      weights: packed(matrix.values),
      bias: packed(bias.values),
    })),
  };
}

/** The first test image of each digit. */
function digitSamples() {
  const read = (name) => gunzipSync(readFileSync(new URL(`examples/digits/${name}`, root)));
  const images = read('test-images-idx3-ubyte.gz').subarray(16);
  const labels = read('test-labels-idx1-ubyte.gz').subarray(8);
  return Array.from({ length: 10 }, (_, digit) => {
    const at = labels.indexOf(digit);
    return [...images.subarray(64 * at, 64 * at + 64)];
  });
}

const LARGEST = 15;
/** As narrow a source as the planner gives: there is to be something to see on a page. */
const GADGET_DELTA = 0.9;

function oneWeight(weight) {
  return {
    matrices: [{ rows: 1, columns: 1, values: Float64Array.of(weight) }],
    constant: false,
    fractionalPlaces: [0],
    scale: { base: 2, exponent: 0 },
    activation: 'identity',
  };
}

/** One seed, every weight from -15 to 15: the neurons that any of them uses, all signs between them, what each keeps. */
function gadget() {
  const signs = ['nonnegative'];
  const own = horner.plan(networkClassOf(oneWeight(LARGEST), signs), GADGET_DELTA);
  const seed = 1n;
  const source = createSource(seed, own.shape);
  const weights = Array.from({ length: 2 * LARGEST + 1 }, (_, at) => at - LARGEST);
  let layout;
  const kept = weights.map((weight) => {
    const masks = [];
    const finding = horner.find(oneWeight(weight), source, own, (_, mask) => masks.push(mask));
    if (!finding.found) throw new Error(`seed ${seed} lacks ${finding.unmet.demand}`);
    layout = finding.layout;
    return masks.map((mask) => {
      const { columns, offsets, rows } = toSparse(mask);
      const edges = [];
      columns.forEach((column, index) => {
        for (const row of rows.subarray(offsets[index], offsets[index + 1]))
          edges.push([column, row]);
      });
      return edges;
    });
  });
  const depth = own.shape.layers.length;
  const layers = Array.from({ length: depth + 1 }, (_, t) => {
    const placed = layout.layer(t);
    const used = (neuron) =>
      kept.some((masks) =>
        masks.some((edges, index) =>
          edges.some(
            ([column, row]) =>
              (index === t && column === neuron) || (index === t - 1 && row === neuron),
          ),
        ),
      );
    return Array.from(placed.neurons, (neuron, index) => [neuron, placed.roles[index].kind]).filter(
      ([neuron]) => used(neuron),
    );
  });
  const place = layers.map((layer) => new Map(layer.map(([neuron], index) => [neuron, index])));
  const named = (masks) =>
    masks.map((edges, index) =>
      edges.map(([column, row]) => [place[index].get(column), place[index + 1].get(row)]),
    );
  // What an order of neurons in the source does to the picture is no matter here.
  const edges = layers
    .slice(1)
    .map((layer, index) =>
      layer.map(([row]) =>
        layers[index].map(([column]) => source.layer(index + 1).sign(column, row)),
      ),
    );
  const sizes = (construction) => {
    const of = construction.plan(networkClassOf(oneWeight(LARGEST), signs), 1e-6);
    return Number(sourceWeights(of.shape));
  };
  return {
    seed: Number(seed),
    largest: LARGEST,
    widths: widthsOf(own.shape),
    source: Number(sourceWeights(own.shape)),
    roles: layers.map((layer) => layer.map(([, role]) => role)),
    signs: edges,
    kept: kept.map(named),
    sizes: { delta: 1e-6, horner: sizes(horner), diamond: sizes(diamond) },
  };
}

/** Certified and measured error, and source size, of the digits rounded to so many fractional bits. */
async function bits() {
  const file = 'examples/digits/digits.onnx';
  const model = readModel(readFileSync(new URL(file, root)));
  const { network } = model;
  const domain = parseDomain('box:0,1', 64);
  const rows = [];
  for (let places = 2; places <= 24; places++) {
    const integers = quantizeToBits(network, places);
    const { epsilon, method } = certify(network, integers, domain, { boxes: 1 });
    const { measured } = attack(network, integers, domain);
    const { weights } = await plan(model, { domain, bits: places });
    rows.push({
      bits: places,
      certified: Number(epsilon),
      method,
      measured,
      weights: Number(weights),
    });
    process.stderr.write(`${places} bits: certified ${epsilon}, measured ${measured}\n`);
  }
  const { weights } = await plan(model, { domain });
  return { network: file, domain: 'box:0,1', lossless: Number(weights), rows };
}

const files = {
  'digits.json': () => networkData('examples/digits/digits.onnx', 'digits'),
  'samples.json': digitSamples,
  'toy.json': () => networkData('examples/toy/toy.onnx', 'two inputs'),
  'gadget.json': gadget,
  ...(process.argv.includes('--bits') && { 'bits.json': bits }),
};
mkdirSync(folder, { recursive: true });
for (const [name, make] of Object.entries(files)) {
  const text = `${JSON.stringify(await make())}\n`;
  const url = new URL(name, folder);
  if (!check) {
    writeFileSync(url, text);
    process.stdout.write(`web/data/${name}: ${text.length} characters\n`);
  } else if (readFileSync(url, 'utf8') !== text) {
    process.stderr.write(`${fileURLToPath(url)} is not what this script makes\n`);
    process.exitCode = 1;
  }
}
