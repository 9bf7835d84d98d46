/** The kernels that a network of feature maps is run with, on a machine's memory. */
import type { Machine } from '../fast/kernels.js';
import { jsPool } from './js-pool.js';
import { jsProduct } from './js-product.js';
import type { Pool } from './pool-call.js';
import type { Product, ProductLane } from './product-call.js';
import { poolFunction } from './wasm-pool.js';
import { productFunction } from './wasm-product.js';

export interface MapKernels {
  readonly product: Product;
  readonly pool: Pool;
}

export function mapKernels(machine: Machine, lane: ProductLane): MapKernels {
  return machine.further<MapKernels>(
    `maps ${lane}`,
    () => [productFunction(lane), poolFunction(lane)],
    (buffer) => ({ product: jsProduct(buffer, lane), pool: jsPool(buffer, lane) }),
  );
}
