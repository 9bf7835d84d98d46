/**
 * A step of a search on feature maps, selection and update of the scores included, against PyTorch on the same
 * network in turns, on one thread each: processor time a sample, and the ratio. `/usr/bin/python3` needs
 * Debian's python3-torch.
 *
 *   node bench/search-maps.mjs [PYTHON] [NETWORK,..] [STEPS]
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createLayers } from '../dist/search/layer.js';
import { createMapNetwork } from '../dist/search/map-network.js';
import { mapTrainingBytes } from '../dist/search/map-shard.js';
import { METHODS } from '../dist/search/methods.js';
import { descend } from '../dist/search/optimizer.js';
import { searchOptions } from '../dist/search/options.js';
import { parseShape } from '../dist/search/shape-text.js';
import { beginScores } from '../dist/search/train.js';
import { mapStages } from '../dist/ticket/trained-maps.js';

const [python = '/usr/bin/python3', networks, count = '4'] = process.argv.slice(2);
const texts = networks?.split(',') ?? [
  '28x28-conv2',
  '28x28-conv4',
  '32x32x3-conv2',
  '32x32x3-conv4',
];
const STEPS = Number(count);
const BATCH = 128;

/** Seconds of processor time that `work` took. */
async function seconds(work) {
  const { user, system } = process.cpuUsage();
  await work();
  const spent = process.cpuUsage({ user, system });
  return (spent.user + spent.system) / 1e6;
}

function median(values) {
  return [...values].sort((first, second) => first - second)[values.length >> 1];
}

for (const text of texts) {
  const shape = parseShape(text);
  const options = searchOptions({ method: 'edge-popup', ...shape, batch: BATCH });
  const layers = createLayers(options);
  beginScores(layers, options);
  const stages = mapStages(shape.widths, shape.maps);
  const network = createMapNetwork(stages);
  const { height, width } = shape.maps.input;
  const inputs = Float32Array.from(
    { length: BATCH * height * width * shape.widths[0] },
    () => 2 * Math.random() - 1,
  );
  const targets = new Float32Array(BATCH * 10);
  for (let row = 0; row < BATCH; row++) targets[10 * row + (row % 10)] = 1;
  const method = METHODS[options.method];
  const step = async () => {
    method.forward(layers, options.keep, options, { k0: 1, k1: 2 });
    const { gradients } = await network.step(layers, { size: BATCH, inputs, targets });
    layers.forEach((layer, index) => {
      method.backward(layer, gradients[index]);
      descend(layer, gradients[index], options.learningRate, options);
    });
  };
  const script = path.join(import.meta.dirname, 'search_maps_reference.py');
  const other = spawn(python, [script, text, String(BATCH), ...shape.widths.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const lines = createInterface({ input: other.stdout })[Symbol.asyncIterator]();
  const ready = (await lines.next()).value;
  const [ours, theirs] = [[], []];
  for (let turn = 0; turn <= STEPS; turn++) {
    const own = await seconds(step);
    other.stdin.write('\n');
    const reference = Number((await lines.next()).value);
    // The first one compiles and fills caches.
    if (turn > 0) ours.push(own) && theirs.push(reference);
  }
  other.stdin.end();
  const perSample = (values) => `${((1000 * median(values)) / BATCH).toFixed(2)} ms`;
  const ratio = median(ours.map((own, index) => own / theirs[index]));
  console.log(
    `${text}: ${perSample(ours)} a sample, PyTorch ${ready} ${perSample(theirs)}, ratio ${ratio.toFixed(2)}; kernels hold ${(mapTrainingBytes(stages) / 2 ** 20).toFixed(0)} MiB`,
  );
}
