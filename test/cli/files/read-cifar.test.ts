/** Folders of CIFAR-10's binary files, and of NPY files, as labelled sets. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageShape } from '../../../src/cli/files/image-shape.js';
import { labelledFiles, readLabelled, testFiles } from '../../../src/cli/files/read-labelled.js';
import { InputError } from '../../../src/core/errors.js';

const RECORD = 3073;

function records(...labels: number[]): Uint8Array {
  const bytes = new Uint8Array(labels.length * RECORD);
  labels.forEach((label, index) => {
    bytes.fill(10 * label, index * RECORD, (index + 1) * RECORD);
    bytes[index * RECORD] = label;
  });
  return bytes;
}

describe('a folder of CIFAR-10', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'unearth-cifar-'));
  writeFileSync(path.join(folder, 'data_batch_1.bin'), records(3, 1));
  writeFileSync(path.join(folder, 'data_batch_2.bin'), records(9));
  writeFileSync(path.join(folder, 'test_batch.bin'), records(2));

  it('has the batches in order, and those of the test', () => {
    const files = labelledFiles(folder, undefined, 'train', '--labels');
    expect(imageShape(files.samples)).toEqual({ height: 32, width: 32, channels: 3 });
    const data = readLabelled(files, { classes: 10 });
    expect(data).toMatchObject({ count: 3, inputs: 3072, classes: 10 });
    expect(Array.from(data.labels)).toEqual([3, 1, 9]);
    expect([data.values[0], data.values[3072], data.values[2 * 3072]]).toEqual([30, 10, 90]);
    expect(readLabelled(files, { classes: 10, limit: 2 }).count).toBe(2);
    const test = testFiles(folder, undefined, undefined);
    expect(test?.cifar).toEqual([path.join(folder, 'test_batch.bin')]);
    expect(() => readLabelled(files, { classes: 5 })).toThrow(InputError);
    expect(() => readLabelled(files, { classes: 10, inputs: 784 })).toThrow(InputError);
  });

  it('may be one file', () => {
    const file = path.join(folder, 'data_batch_2.bin');
    const files = labelledFiles(file, undefined, 'train', '--labels');
    expect(readLabelled(files, { classes: 10 }).count).toBe(1);
  });
});
