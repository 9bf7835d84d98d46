import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';

const folder = new URL('../../examples/digits/', import.meta.url);
const run = promisify(execFile);

function stored(name: string): Buffer {
  return readFileSync(new URL(name, folder));
}

describe('examples/digits', () => {
  const images = gunzipSync(stored('test-images-idx3-ubyte.gz'));
  const labels = gunzipSync(stored('test-labels-idx1-ubyte.gz'));

  it('has a test set of 2,000 images of 8x8, 200 of each digit', () => {
    expect([0, 4, 8, 12].map((at) => images.readUInt32BE(at))).toEqual([0x803, 2000, 8, 8]);
    expect([0, 4].map((at) => labels.readUInt32BE(at))).toEqual([0x801, 2000]);
    expect(images.length).toBe(16 + 2000 * 64);
    expect(labels.length).toBe(8 + 2000);
    const counts = new Array<number>(10).fill(0);
    for (const label of labels.subarray(8)) counts[label]++;
    expect(counts).toEqual(new Array(10).fill(200));
  });

  it('packs the test set without a date or a platform', () => {
    for (const name of ['test-images-idx3-ubyte.gz', 'test-labels-idx1-ubyte.gz']) {
      expect([...stored(name).subarray(4, 8), stored(name)[9]]).toEqual([0, 0, 0, 0, 255]);
    }
  });

  it.each([
    ['digits.onnx', [2000, 64], 1938, '96.90 % (1,938 of 2,000)'],
    ['digits-conv.onnx', [2000, 1, 8, 8], 1914, '95.70 % (1,914 of 2,000)'],
  ] as const)('%s labels them in ONNX Runtime as the README says', async (...model) => {
    const [name, dims, most, text] = model;
    const session = await InferenceSession.create(stored(name));
    const pixels = Float32Array.from(images.subarray(16), (byte) => byte / 255);
    const input = new Tensor('float32', pixels, dims);
    const { output } = await session.run({ input });
    const values = output?.data as Float32Array;
    let right = 0;
    for (let image = 0; image < 2000; image++) {
      const row = values.subarray(10 * image, 10 * image + 10);
      if (row.indexOf(Math.max(...row)) === labels[8 + image]) right++;
    }
    expect(right).toBe(most);
    const readme = readFileSync(new URL('../README.md', folder), 'utf8');
    expect(readme).toContain(text);
    await session.release();
  });

  it('is made again, byte for byte, by its script: digits drawn, networks trained', async () => {
    const script = fileURLToPath(new URL('make.mjs', folder));
    const { stdout } = await run(process.execPath, [script, '--check']);
    expect(stdout.split('\n').filter((line) => line.endsWith(': as stored'))).toHaveLength(4);
    expect(stdout).toContain('test accuracy 96.90 %');
    expect(stdout).toContain('test accuracy 95.70 %');
  });

  it('refuses options that its script does not have, before it writes', async () => {
    const script = fileURLToPath(new URL('make.mjs', folder));
    await expect(run(process.execPath, [script, '--chekc'])).rejects.toMatchObject({ code: 2 });
  });
});
