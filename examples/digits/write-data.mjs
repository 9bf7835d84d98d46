/**
 * Writes drawn digits as a folder with MNIST's file names, for `unearth search`.
 *
 *   node examples/digits/write-data.mjs FOLDER [TRAINING-IMAGES]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { drawSet, gzip, idxFiles } from './dataset.mjs';

const [folder, count = '30000'] = process.argv.slice(2);
if (folder === undefined || !/^[1-9]\d{0,5}$/.test(count)) {
  console.error('usage: node examples/digits/write-data.mjs FOLDER [TRAINING-IMAGES]');
  process.exit(2);
}

mkdirSync(folder, { recursive: true });
for (const [set, size] of [
  ['train', Number(count)],
  ['test', 2_000],
]) {
  const { images, labels } = idxFiles(drawSet(set, size));
  writeFileSync(path.join(folder, `${set}-images-idx3-ubyte.gz`), gzip(images));
  writeFileSync(path.join(folder, `${set}-labels-idx1-ubyte.gz`), gzip(labels));
}
