/** CIFAR-10's binary files. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { readCifar } from '../../src/data/cifar.js';

const RECORD = 3073;

describe('a binary file of CIFAR-10', () => {
  it('is read position by position', () => {
    const bytes = new Uint8Array(2 * RECORD);
    bytes[0] = 7;
    bytes[RECORD] = 9;
    // Red, green and blue at row 2, column 5 of the second image.
    [11, 12, 13].forEach((value, channel) => {
      bytes[RECORD + 1 + channel * 1024 + 2 * 32 + 5] = value;
    });
    const { images, labels } = readCifar(bytes);
    expect(images.shape).toEqual([2, 32, 32, 3]);
    expect(Array.from(labels.data)).toEqual([7, 9]);
    const at = 3072 + (2 * 32 + 5) * 3;
    expect(Array.from(images.data.subarray(at, at + 3))).toEqual([11, 12, 13]);
    expect(Array.from(images.data).reduce((sum, value) => sum + value, 0)).toBe(36);
  });

  it('is refused with another length, or a class that there is not', () => {
    expect(() => readCifar(new Uint8Array(0))).toThrow(InputError);
    expect(() => readCifar(new Uint8Array(RECORD + 1))).toThrow(/records of 3073 bytes/);
    const wrong = new Uint8Array(3 * RECORD);
    wrong[2 * RECORD] = 10;
    expect(() => readCifar(wrong)).toThrow(/image 2 is of class 10/);
  });
});
