/**
 * A step of networks of widths, forward and backward, on kernels of our own and on jax-js in turns: processor time a
 * step, the ratio, and how far the gradients are apart. After a build:
 *
 *   node bench/search-dense.mjs [SHAPE,..] [BATCH] [TURNS]
 */
import { createJaxNetwork } from '../dist/search/jax-network.js';
import { createLayers } from '../dist/search/layer.js';
import { createMapNetwork } from '../dist/search/map-network.js';
import { METHODS } from '../dist/search/methods.js';
import { searchOptions } from '../dist/search/options.js';
import { beginScores } from '../dist/search/train.js';
import { stagesOf } from '../dist/ticket/trained-maps.js';

const [shapes = '784-300-100-10,64-128-64-10,784-2000-2000-10', batch = '128', turns = '9'] =
  process.argv.slice(2);
const size = Number(batch);

/** Milliseconds of processor time a step, of so many that they take a tenth of a second or more. */
async function perStep(step, steps) {
  const before = process.cpuUsage();
  for (let at = 0; at < steps; at++) await step();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / steps;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Root mean square of the difference of all gradients, of those of `b`. */
function apart(a, b) {
  const square = (values) => values.reduce((sum, value) => sum + value ** 2, 0);
  const differences = a.map((own, index) => own.map((value, at) => value - b[index][at]));
  const sum = (all) => all.reduce((total, values) => total + square(values), 0);
  return Math.sqrt(sum(differences) / sum(b));
}

for (const activation of ['relu', 'sign']) {
  for (const shape of shapes.split(',')) {
    const widths = shape.split('-').map(Number);
    const options = searchOptions({ method: 'edge-popup', widths, activation, batch: size });
    const layers = createLayers(options);
    beginScores(layers, options);
    METHODS['edge-popup'].forward(layers, options.keep, options, { k0: 1, k1: 2 });
    const [inputs, classes] = [widths[0], widths.at(-1)];
    const given = {
      size,
      inputs: Float32Array.from({ length: size * inputs }, (_, at) => Math.sin(12.9898 * at)),
      targets: new Float32Array(size * classes),
    };
    for (let row = 0; row < size; row++) given.targets[row * classes + (row % classes)] = 1;
    const networks = [
      createMapNetwork(stagesOf(widths, undefined), { activation }),
      await createJaxNetwork(activation, 'wasm'),
    ];
    const steps = networks.map((network) => () => network.step(layers, given));
    const found = [await steps[0](), await steps[1]()];
    const difference = apart(found[0].gradients, found[1].gradients);
    const count = Math.ceil(100 / (await perStep(steps[0], 3)));
    const times = [[], []];
    for (let turn = 0; turn < Number(turns); turn++) {
      for (const which of [0, 1]) times[which].push(await perStep(steps[which], count));
    }
    const ratio = median(times[0].map((own, turn) => own / times[1][turn]));
    const [own, other] = times.map((each) => `${median(each).toFixed(2)} ms`);
    console.log(
      `${shape}, ${activation}: ${own} a step, jax-js ${other}, ratio ${ratio.toFixed(2)}; gradients apart by ${difference.toExponential(1)}`,
    );
  }
}
