/**
 * Labelled data from disk: a folder with files under MNIST's names, or one file of samples with its
 * labels beside it under the matching name or named by a flag.
 */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError, UsageError, withFileName } from '../../core/errors.js';
import { type CifarImages, readCifar } from '../../data/cifar.js';
import type { LabelledData } from '../../data/labelled.js';
import { asLabels, asSamples, type Samples } from '../../data/samples.js';
import { type MapSamples, reorderingFrom } from '../../inference/sample-layout.js';
import { beside, inFolder } from './in-folder.js';
import { MOST_BYTES_AT_ONCE, readRegularFile } from './open-file.js';
import { readDataFile } from './read-data.js';
import { layoutOfArray } from './sample-layout.js';

/** The two files of a labelled set. */
export interface LabelledFiles {
  readonly samples: string;
  readonly labels: string;
  /** CIFAR-10's binary files, which hold both, in order; the two names above are the first one's. */
  readonly cifar?: readonly string[];
}

/** The names that MNIST and its relatives use, without `.gz`. */
const NAMES = {
  train: [
    ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'],
    ['train-images.npy', 'train-labels.npy'],
  ],
  test: [
    ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'],
    ['test-images-idx3-ubyte', 'test-labels-idx1-ubyte'],
    ['test-images.npy', 'test-labels.npy'],
  ],
} as const;

const HOW =
  'put the four files of MNIST (train-images-idx3-ubyte.gz and so on) there, or name files with --labels, --test and --test-labels';

function isFolder(file: string): boolean {
  return existsSync(file) && statSync(file).isDirectory();
}

/** The file under its name, packed or not. */
function find(folder: string, name: string): string | undefined {
  return [`${name}.gz`, name].map((file) => inFolder(folder, file)).find(existsSync);
}

function labelledIn(folder: string, set: keyof typeof NAMES): LabelledFiles | undefined {
  for (const [images, labelNames] of NAMES[set]) {
    const samples = find(folder, images);
    const labels = find(folder, labelNames);
    if (samples !== undefined && labels !== undefined) return { samples, labels };
  }
  return cifarFiles(
    CIFAR[set].map((name) => inFolder(folder, name)).filter((file) => existsSync(file)),
  );
}

/** Names of CIFAR-10's binary version. */
const CIFAR = {
  train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
  test: ['test_batch.bin'],
} as const;

function cifarFiles(files: readonly string[]): LabelledFiles | undefined {
  const [first] = files;
  return first === undefined ? undefined : { samples: first, labels: first, cifar: files };
}

function isCifar(file: string): boolean {
  return /\.bin$/i.test(file);
}

/** The labels' file beside a file of samples: `images` becomes `labels` in its name. */
function labelsBeside(samples: string): string | undefined {
  const name = path.basename(samples);
  if (!name.includes('images')) return undefined;
  const renamed = name.replace('images', 'labels').replace('idx3', 'idx1');
  const bare = beside(samples, renamed.replace(/\.gz$/, ''));
  return [bare, `${bare}.gz`].find(existsSync);
}

/**
 * The files of a labelled set: `data` is a folder or a file of samples, `labels` what the user says of
 * its labels. Throws an `InputError` or `UsageError` that says what is missing.
 */
export function labelledFiles(
  data: string,
  labels: string | undefined,
  set: keyof typeof NAMES,
  flag: string,
): LabelledFiles {
  if (isFolder(data)) {
    const files = labelledIn(data, set);
    if (files === undefined) {
      const wanted = NAMES[set].map((names) => names.join('(.gz) and ')).join('(.gz), or ');
      throw new InputError({
        file: data,
        place: '',
        problem: `the folder has no ${wanted}(.gz)`,
        remedy: HOW,
      });
    }
    if (labels !== undefined && files.cifar !== undefined) {
      throw new UsageError(`${flag}: CIFAR-10's binary files hold their labels; leave it out`);
    }
    return labels === undefined ? files : { ...files, labels };
  }
  if (isCifar(data) && labels === undefined) return { samples: data, labels: data, cifar: [data] };
  const beside = labels ?? labelsBeside(data);
  if (beside === undefined) {
    throw new UsageError(`${data}: give its labels with ${flag} FILE (none lie beside it)`);
  }
  return { samples: data, labels: beside };
}

/**
 * The test set of `data`: named by the flags, else the one in the same folder under MNIST's names if
 * there is one.
 */
export function testFiles(
  data: string,
  test: string | undefined,
  labels: string | undefined,
): LabelledFiles | undefined {
  if (test !== undefined) return labelledFiles(test, labels, 'test', '--test-labels');
  if (labels !== undefined) throw new UsageError('--test-labels needs --test FILE');
  return labelledIn(isFolder(data) ? data : path.dirname(data), 'test');
}

export interface ReadLabelledOptions {
  /** Values a sample; default: what the file has. */
  readonly inputs?: number;
  readonly classes: number;
  /** Only the first so many samples. */
  readonly limit?: number;
  /** Samples of feature maps are brought to this order, told from the array's axes. */
  readonly maps?: MapSamples;
}

/** Samples in the order of feature maps; as they are where there are none. */
function inOrder(
  samples: Samples,
  shape: readonly number[],
  maps: MapSamples | undefined,
): Samples {
  if (maps === undefined) return samples;
  const layout = layoutOfArray(shape, maps);
  const reorder = reorderingFrom(layout, maps);
  if (reorder === null) return samples;
  const { values } = samples;
  // Into the type that they came in: nothing is rounded.
  const ordered = values.slice();
  ordered.set(reorder(values));
  return { ...samples, values: ordered };
}

/** Reads a labelled set. Throws an `InputError` that names the file. */
export function readLabelled(files: LabelledFiles, options: ReadLabelledOptions): LabelledData {
  if (files.cifar !== undefined) return readCifarFiles(files.cifar, options);
  const tensor = readDataFile(files.samples);
  const { inputs, count, values } = withFileName(files.samples, () =>
    inOrder(
      asSamples(tensor, options.inputs ?? tensor.data.length / (tensor.shape[0] as number)),
      tensor.shape,
      options.maps,
    ),
  );
  const { classes, limit = count } = options;
  const labelTensor = readDataFile(files.labels);
  const labels = withFileName(files.labels, () => asLabels(labelTensor, count, classes));
  const size = Math.min(count, limit);
  return {
    count: size,
    inputs,
    classes,
    values: values.subarray(0, size * inputs),
    labels: labels.subarray(0, size),
  };
}

/** All batches together. */
function readCifarFiles(
  files: readonly string[],
  { inputs, classes, limit, maps }: ReadLabelledOptions,
): LabelledData {
  const batches = files.map(
    (file): CifarImages =>
      withFileName(file, () => {
        const expected = 'a binary file of CIFAR-10';
        const tooLarge = 'give the files as they are distributed';
        const bytes = readRegularFile(file, { expected, limit: MOST_BYTES_AT_ONCE, tooLarge });
        const batch = readCifar(bytes);
        // As any file of samples: one that does not fit is refused by its name.
        asSamples(batch.images, inputs ?? batch.images.data.length / batch.labels.data.length);
        asLabels(batch.labels, batch.labels.data.length, classes);
        if (maps !== undefined) layoutOfArray(batch.images.shape, maps);
        return batch;
      }),
  );
  const all = batches.reduce((sum, { labels }) => sum + labels.data.length, 0);
  const count = Math.min(all, limit ?? all);
  const perImage =
    (batches[0] as CifarImages).images.data.length / (batches[0] as CifarImages).labels.data.length;
  const values = new Uint8Array(all * perImage);
  const labels = new Uint32Array(all);
  let at = 0;
  for (const batch of batches) {
    values.set(batch.images.data, at * perImage);
    labels.set(batch.labels.data, at);
    at += batch.labels.data.length;
  }
  return {
    count,
    inputs: perImage,
    classes,
    values: values.subarray(0, count * perImage),
    labels: labels.subarray(0, count),
  };
}
