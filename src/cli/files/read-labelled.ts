/**
 * Labelled data from disk: a folder with files under MNIST's names, or one file of samples with its
 * labels beside it under the matching name or named by a flag.
 */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError, UsageError, withFileName } from '../../core/errors.js';
import type { LabelledData } from '../../data/labelled.js';
import { asLabels, asSamples } from '../../data/samples.js';
import { beside, inFolder } from './in-folder.js';
import { readDataFile } from './read-data.js';

/** The two files of a labelled set. */
export interface LabelledFiles {
  readonly samples: string;
  readonly labels: string;
}

/** The names that MNIST and its relatives use, without `.gz`. */
const NAMES = {
  train: [['train-images-idx3-ubyte', 'train-labels-idx1-ubyte']],
  test: [
    ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'],
    ['test-images-idx3-ubyte', 'test-labels-idx1-ubyte'],
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
  return undefined;
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
    return labels === undefined ? files : { ...files, labels };
  }
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
}

/** Reads a labelled set. Throws an `InputError` that names the file. */
export function readLabelled(files: LabelledFiles, options: ReadLabelledOptions): LabelledData {
  const tensor = readDataFile(files.samples);
  const { inputs, count, values } = withFileName(files.samples, () =>
    asSamples(tensor, options.inputs ?? tensor.data.length / (tensor.shape[0] as number)),
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
