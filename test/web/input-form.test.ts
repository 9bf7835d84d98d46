/** Inputs of the page, how they are compared, and zooming. */
import { describe, expect, it } from 'vitest';
import { drawMatrixPixels, matrixPixels } from '../../web/drawing/matrix-pixels.js';
import { pixelOf } from '../../web/drawing/pixels.js';
import { palette } from '../../web/library.js';
import { firstInput, formOf, sampleAt, valuesOf } from '../../web/page/input-form.js';
import { zoomAt } from '../../web/page/zoom.js';
import { compareDecimals, largestDifference, largestIndex } from '../../web/worker/decimals.js';

describe('an input', () => {
  it('is drawn, a point or a list, by how many numbers it has', () => {
    const kinds = [2, 64, 784, 5, 4, 63, 4096, 3072].map((inputs) => formOf(inputs).kind);
    expect(kinds).toEqual(['plane', 'pad', 'pad', 'list', 'list', 'list', 'pad', 'list']);
  });

  it('stays in its range at both ends, whatever rounding does', () => {
    const lower = Float64Array.of(0.1, -0.3, 5, -1e-300, 0);
    const upper = Float64Array.of(0.7, 0.1, 5, 1e300, 1);
    const box = { lower, upper };
    for (const value of [0, 1, 77, 128, 255]) {
      valuesOf(new Uint8Array(5).fill(value), box).forEach((number, at) => {
        expect(number).toBeGreaterThanOrEqual(lower[at]);
        expect(number).toBeLessThanOrEqual(upper[at]);
        if (value === 0) expect(number).toBe(lower[at]);
      });
    }
    const unit = { lower: new Float64Array(64), upper: new Float64Array(64).fill(1) };
    expect(valuesOf(new Uint8Array(64).fill(255), unit)[0]).toBe(1);
  });

  it('begins as a drawn digit at any size', () => {
    expect(firstInput(64)).toEqual(sampleAt(3, 8));
    expect(firstInput(784)[28 * 14 + 14]).toBe(firstInput(64)[8 * 4 + 4]);
    expect(firstInput(5)).toEqual(new Uint8Array(5).fill(128));
  });
});

describe('decimals', () => {
  it('are compared to their last digit, beyond what numbers tell apart', () => {
    const [low, high] = ['0.10000000000000000000000000001', '0.10000000000000000000000000002'];
    expect(Number(low)).toBe(Number(high));
    expect(compareDecimals(low, high)).toBe(-1);
    expect(compareDecimals('-1.5', '-1.25')).toBe(-1);
    expect(compareDecimals('12', '12.0')).toBe(0);
    expect(largestIndex([low, high, '-3'])).toBe(1);
    expect(largestIndex(['-2', '-2', '-3'])).toBe(0);
  });

  it('differ by no more than is said', () => {
    expect(largestDifference(['1', '-2.5'], ['1', '-2.5'])).toBe(0);
    const said = largestDifference(['0.3', '1'], ['0.1', '1']);
    expect(said).toBeGreaterThanOrEqual(0.2);
    expect(said).toBeLessThan(0.2 * (1 + 1e-14));
    expect(largestDifference(['-0.001'], ['0.002'])).toBeCloseTo(0.003, 12);
  });
});

describe('zooming', () => {
  it('keeps the point under the pointer where it is, and the picture in the canvas', () => {
    const canvas = {
      clientWidth: 400,
      clientHeight: 200,
      style: {},
      dataset: {},
    } as HTMLCanvasElement;
    const zoom = { scale: 1, x: 0, y: 0 };
    const under = (x: number, y: number) => [(zoom.x + x) / zoom.scale, (zoom.y + y) / zoom.scale];
    for (const factor of [1.5, 2, 0.8]) {
      const before = under(130, 90);
      zoomAt(zoom, canvas, [130, 90], factor, 12);
      expect(under(130, 90)[0]).toBeCloseTo(before[0], 9);
      expect(under(130, 90)[1]).toBeCloseTo(before[1], 9);
    }
    expect(canvas.style.touchAction).toBe('none');
    zoomAt(zoom, canvas, [0, 0], 1000, 12);
    expect(zoom.scale).toBe(12);
    zoomAt(zoom, canvas, [399, 199], 1e-9, 12);
    expect(zoom).toEqual({ scale: 1, x: 0, y: 0 });
    expect(canvas.style.touchAction).toBe('');
  });
});

describe('a matrix', () => {
  it('has each weight in the colour of its sign, the largest at full strength', () => {
    const values = Float64Array.of(4, -4, 1, 0, -1, 2);
    const image = { data: new Uint32Array(6 * 4), width: 6, height: 4 };
    drawMatrixPixels(
      image,
      { rows: 2, columns: 3, values },
      matrixPixels((light) => light, '#ffffff'),
    );
    const { positive, negative } = palette.SIGNS;
    expect(image.data[0]).toBe(pixelOf(positive));
    expect(image.data[6 * 1 + 3]).toBe(pixelOf(negative));
    expect(image.data[6 * 2 + 0]).toBe(pixelOf('#ffffff'));
    expect(image.data[6 * 3 + 5]).not.toBe(image.data[6 * 3 + 3]);
  });
});
