/**
 * Makes the examples: draws the digits, trains both networks, writes models and test set beside itself.
 *
 *   node examples/digits/make.mjs           writes the four files
 *   node examples/digits/make.mjs --check   makes them anew and compares; exit code 1 if they differ
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { convolutionAccuracy, trainConvolutions } from './convolution.mjs';
import { drawSet, gzip, idxFiles } from './dataset.mjs';
import { convolutionModel, onnxModel } from './onnx.mjs';
import { accuracy, train } from './train.mjs';

const options = process.argv.slice(2);
const check = options.length === 1 && options[0] === '--check';
if (options.length > 0 && !check) {
  console.error('usage: node examples/digits/make.mjs [--check]');
  process.exit(2);
}

const TRAINING_IMAGES = 30_000;
const CONVOLUTION_IMAGES = 15_000;
const TEST_IMAGES = 2_000;

const beside = (name) => new URL(name, import.meta.url);
const percent = (fraction) => `${(100 * fraction).toFixed(2)} %`;

const testSet = drawSet('test', TEST_IMAGES);
const trainingSet = drawSet('train', TRAINING_IMAGES);
const layers = await train(trainingSet, (epoch, epochs, loss) => {
  process.stderr.write(`epoch ${epoch} of ${epochs}: mean loss ${loss.toFixed(4)}\n`);
});
const convolutionSet = drawSet('train', CONVOLUTION_IMAGES);
const convolutions = trainConvolutions(convolutionSet, (epoch, epochs, wrong) => {
  process.stderr.write(`convolutions, epoch ${epoch} of ${epochs}: ${percent(wrong)} wrong\n`);
});
const { images, labels } = idxFiles(testSet);
const files = [
  { name: 'digits.onnx', content: onnxModel(layers), packed: false },
  { name: 'digits-conv.onnx', content: convolutionModel(convolutions), packed: false },
  { name: 'test-images-idx3-ubyte.gz', content: images, packed: true },
  { name: 'test-labels-idx1-ubyte.gz', content: labels, packed: true },
];

console.log(`training accuracy ${percent(accuracy(layers, trainingSet))}`);
console.log(`test accuracy ${percent(accuracy(layers, testSet))} of ${TEST_IMAGES} images`);
const [training, test] = [convolutionSet, testSet].map((set) =>
  convolutionAccuracy(convolutions, set),
);
console.log(`convolutions: training accuracy ${percent(training)}, test accuracy ${percent(test)}`);
for (const { name, content, packed } of files) {
  if (check) {
    const stored = readFileSync(beside(name));
    // What is packed is compared, not the packing: zlib's choices vary with its version.
    const same = Buffer.from(content).equals(packed ? gunzipSync(stored) : stored);
    if (!same) process.exitCode = 1;
    console.log(`${name}: ${same ? 'as stored' : 'differs'}`);
  } else {
    const stored = packed ? gzip(content) : content;
    writeFileSync(beside(name), stored);
    console.log(`${name}: ${stored.length} bytes`);
  }
}
