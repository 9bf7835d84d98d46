/** The product in plain JavaScript: the same multiplications and additions in the same order. */
import { PRODUCT_MODE, type Product, type ProductLane } from './product-call.js';

/** What a number becomes in the lane's type. Products and sums of two float32 are right after one rounding more. */
export function rounding(lane: ProductLane): (value: number) => number {
  return lane === 'float32' ? Math.fround : (value) => value;
}

export function jsProduct(buffer: ArrayBuffer, lane: ProductLane): Product {
  const values = lane === 'float32' ? new Float32Array(buffer) : new Float64Array(buffer);
  const bytes = values.BYTES_PER_ELEMENT;
  const perVector = 16 / bytes;
  const round = rounding(lane);
  return (
    a,
    b,
    c,
    rows,
    vectors,
    inner,
    outer,
    aRow,
    aInner,
    aOuter,
    bInner,
    bOuter,
    bPanel,
    cRow,
    mode,
    factor,
  ) => {
    const columns = vectors * perVector;
    const perPanel = 2 * perVector;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const at = (c + row * cRow) / bytes + column;
        const panel = b + Math.floor(column / perPanel) * bPanel + (column % perPanel) * bytes;
        let sum = (mode & PRODUCT_MODE.accumulate) === 0 ? 0 : (values[at] as number);
        for (let o = 0; o < outer; o++) {
          let left = (a + row * aRow + o * aOuter) / bytes;
          let right = (panel + o * bOuter) / bytes;
          for (let k = 0; k < inner; k++) {
            sum = round(sum + round((values[left] as number) * (values[right] as number)));
            left += aInner / bytes;
            right += bInner / bytes;
          }
        }
        if ((mode & PRODUCT_MODE.add) !== 0) sum = round((values[at] as number) + sum);
        if ((mode & PRODUCT_MODE.scale) !== 0) sum = round(sum * round(factor));
        if ((mode & PRODUCT_MODE.rectify) !== 0) sum = Math.max(0, sum);
        values[at] = sum;
      }
    }
  };
}
