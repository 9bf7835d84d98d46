/**
 * The gradients of a search's first step on a convolutional network (conv2 to conv8), and PyTorch's in float32, against
 * PyTorch's in float64 on the same effective weights and images: for each layer the root mean square of the difference,
 * of the gradients', and by how much they are too long along the right direction. After a build, with Debian's
 * python3-torch; files go beside FILE:
 *
 *   node bench/search-gradients.mjs DATA 32x32x3-conv4 FILE [PYTHON]
 */
import { labelledFiles, readLabelled } from '../dist/cli/files/read-labelled.js';
import { gatherBatch } from '../dist/search/data.js';
import { createLayers } from '../dist/search/layer.js';
import { createMapNetwork } from '../dist/search/map-network.js';
import { METHODS } from '../dist/search/methods.js';
import { searchOptions } from '../dist/search/options.js';
import { standardizationFor } from '../dist/search/search.js';
import { parseShape } from '../dist/search/shape-text.js';
import { beginScores } from '../dist/search/train.js';
import { mapStages } from '../dist/ticket/trained-maps.js';
import { epochOrder, handNumbers, startTorch } from './torch-numbers.mjs';

const [folder, network, results, python = '/usr/bin/python3'] = process.argv.slice(2);
if (results === undefined) throw new Error('give the data, the network and a file');
const shape = parseShape(network);
const { widths, maps } = shape;
const data = readLabelled(labelledFiles(folder, undefined, 'train', ''), {
  classes: widths.at(-1),
  maps: { shape: { channels: widths[0], ...maps.input }, layout: 'nhwc' },
  limit: 12_800,
});
const options = searchOptions({ method: 'edge-popup', ...shape });
const layers = createLayers(options);
beginScores(layers, options);
METHODS[options.method].forward(layers, options.keep, options, { k0: 1, k1: 2 });
const order = epochOrder(options, data, 1);
const standardization = standardizationFor(options, data);
const batch = gatherBatch(data, standardization, order, 0, options.batch);
const { loss, gradients } = await createMapNetwork(mapStages(widths, maps)).step(layers, batch);
handNumbers(results, 'order', order.slice(0, options.batch));
handNumbers(results, 'effective', ...layers.map(({ effective }) => effective));
handNumbers(results, 'gradients', ...gradients);
handNumbers(
  results,
  'scales',
  Float64Array.from(layers, ({ scale }) => scale),
);
const script = 'search_gradients_reference.py';
const torch = startTorch({ python, script, results, options, data, test: data });
torch.end();
const line = await torch.next();
if (line === undefined) throw new Error('PyTorch ended');
const { exact, narrow, layers: found } = JSON.parse(line);
console.log(`loss ${loss}, PyTorch ${narrow}, in float64 ${exact}`);
console.log('layer | unearth: off by, too long by | PyTorch: off by, too long by');
found.forEach((sides, index) => {
  const show = ({ off, long }) => `${off.toExponential(1)}, ${long.toExponential(1)}`;
  console.log([index + 1, ...sides.map(show)].join(' | '));
});
