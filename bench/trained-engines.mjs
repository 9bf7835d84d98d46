/**
 * The engines of trained tickets, `float` and `fast`, and ONNX Runtime on what is exported of them, all on one thread in
 * turns: milliseconds a sample, medians. `fast` has to give the bits of `float`. After a build, with the packages of
 * bench/:
 *
 *   node bench/trained-engines.mjs [NETWORK:ACTIVATION[:KEEP],..] [TURNS]
 *
 * Where `fast` leaves the work to `float`, that is said.
 */
import { exportTrained } from '../dist/export/export-trained.js';
import { fileBytes } from '../dist/export/exported-file.js';
import { openEngine } from '../dist/inference/open-engine-now.js';
import { searchOptions } from '../dist/search/options.js';
import { searchTicket } from '../dist/search/search.js';
import { parseShape } from '../dist/search/shape-text.js';
import { inputCount } from '../dist/ticket/trained-maps.js';
import { onnxRuntime, withAnyBatch } from './engines/onnx-runtime.mjs';

const NETWORKS =
  '784-300-100-10:relu,784-300-100-10:sign,28x28-conv2:relu,28x28-conv2-norm:sign,32x32x3-conv4-norm:sign,32x32x3-resnet20:sign';
const [networks = NETWORKS, turns = '5'] = process.argv.slice(2);
const SAMPLES = 64;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
async function milliseconds(run) {
  const before = performance.now();
  await run();
  return (performance.now() - before) / SAMPLES;
}

for (const each of networks.split(',')) {
  const [text, activation, keep = '0.5'] = each.split(':');
  const shape = parseShape(text);
  const inputs = inputCount(shape.widths, shape.maps);
  const classes = shape.widths.at(-1);
  const values = Uint8Array.from(
    { length: SAMPLES * inputs },
    (_, at) => (at * 7919 + (at >> 3)) % 256,
  );
  const labels = Uint32Array.from({ length: SAMPLES }, (_, at) => at % classes);
  const data = { count: SAMPLES, inputs, classes, values, labels };
  const method = activation === 'sign' ? 'biprop' : 'edge-popup';
  const options = searchOptions({
    ...{ method, activation, ...shape, epochs: 1 },
    keep: [Number(keep)],
  });
  const { ticket } = await searchTicket({ options, data });
  const batch = Float64Array.from(values);
  const [float, fast] = ['float', 'fast'].map((engine) => openEngine(ticket, { engine }));
  const exported = fileBytes(exportTrained(ticket, { format: 'onnx', compute: 'float' }));
  const session = await onnxRuntime('node', withAnyBatch(exported), 1);
  const narrow = Float32Array.from(values);
  const runs = [
    () => float.evaluate(batch, SAMPLES),
    () => fast.evaluate(batch, SAMPLES),
    () => session.run(narrow, SAMPLES),
  ];
  const outputs = [];
  for (const run of runs) outputs.push(await run());
  if (outputs[0].some((value, at) => !Object.is(value, outputs[1][at]))) {
    throw new Error(`${each}: fast gives other bits than float`);
  }
  const times = runs.map(() => []);
  for (let turn = 0; turn < Number(turns); turn++) {
    for (const [which, run] of runs.entries()) times[which].push(await milliseconds(run));
  }
  const [ofFloat, ofFast, ofRuntime] = times.map(median);
  const { engine, reason } = fast.report();
  const left = engine === 'fast' ? '' : `; it was ${engine}: ${reason}`;
  console.log(
    `${each}: float ${ofFloat.toFixed(3)} ms, fast ${ofFast.toFixed(3)}, ONNX Runtime ${ofRuntime.toFixed(3)}; fast is ${(ofFloat / ofFast).toFixed(1)} times as fast as float, ${(ofRuntime / ofFast).toFixed(1)} times as ONNX Runtime${left}`,
  );
}
