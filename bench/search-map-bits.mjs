/**
 * Bits against accuracy on a convolutional network (conv2 to conv8): the network trained in the usual way in PyTorch on the
 * images of a search, in the same order, and rounded to k bits; and tickets by training. A tenth of the images is held
 * out, as in `search-report.mjs`. Files that PyTorch reads lie beside WORK. After a build, with Debian's python3-torch:
 *
 *   node bench/search-map-bits.mjs DATA 28x28-conv2 EPOCHS WORK IMAGES TEST-IMAGES [RATE] [TICKET..]
 */
import { readFileSync } from 'node:fs';
import { labelledFiles, readLabelled, testFiles } from '../dist/cli/files/read-labelled.js';
import { verifyTrained } from '../dist/inference/verify-trained.js';
import { searchOptions } from '../dist/search/options.js';
import { parseShape } from '../dist/search/shape-text.js';
import { maskSizes } from '../dist/source/shape.js';
import { ticketEntropyBits } from '../dist/ticket/mask-entropy.js';
import { readTicket } from '../dist/ticket/read.js';
import { trainedShape } from '../dist/ticket/trained.js';
import { epochOrder, handNumbers, startTorch } from './torch-numbers.mjs';

const [folder, network, epochs, results, images, testImages, rate = '0.01', ...tickets] =
  process.argv.slice(2);
if (testImages === undefined) throw new Error('give the data, the network, the epochs and so on');
const shape = parseShape(network);
const wanted = {
  classes: shape.widths.at(-1),
  maps: { shape: { channels: shape.widths[0], ...shape.maps.input }, layout: 'nhwc' },
};
const data = readLabelled(labelledFiles(folder, undefined, 'train', ''), {
  ...wanted,
  limit: Number(images),
});
const test = readLabelled(testFiles(folder), { ...wanted, limit: Number(testImages) });
const options = searchOptions({
  ...{ method: 'edge-popup', weights: 'kaiming-normal', ...shape },
  ...{ epochs: Number(epochs), learningRate: Number(rate), validation: 0.1 },
});
const orders = Array.from({ length: options.epochs }, (_, index) =>
  epochOrder(options, data, index + 1),
);
handNumbers(results, 'order', ...orders);

const percent = (share) => `${(100 * share).toFixed(2)} %`;
const kilobytes = (bits) => `${(bits / 8000).toFixed(1)} kB`;
console.log('| network | size | entropy | test |');
console.log('|---|---|---|---|');
const script = 'search_bits_reference.py';
const torch = startTorch({ python: '/usr/bin/python3', script, results, options, data, test });
torch.end();
for (let line = await torch.next(); line !== undefined; line = await torch.next()) {
  const { name, bits, entropy, test: share } = JSON.parse(line);
  const coded = entropy === null ? '' : kilobytes(entropy);
  console.log(`| ${name} | ${kilobytes(bits)} | ${coded} | ${percent(share)} |`);
}
for (const file of tickets) {
  const bytes = readFileSync(file);
  const ticket = readTicket(bytes);
  const { accuracy } = verifyTrained(ticket, { data: test });
  const entropy = kilobytes(ticketEntropyBits(maskSizes(trainedShape(ticket)), ticket.kept));
  const share = percent(accuracy.correct / accuracy.samples);
  console.log(`| ${file} | ${kilobytes(8 * bytes.length)} | ${entropy} | ${share} |`);
}
