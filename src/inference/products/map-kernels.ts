/** The kernels that a network of feature maps is run with, on a machine's memory. */
import type { Machine } from '../fast/kernels.js';
import type { Finish } from './finish-call.js';
import { jsFinish } from './js-finish.js';
import { jsPool } from './js-pool.js';
import { jsProduct } from './js-product.js';
import type { Pool } from './pool-call.js';
import type { Product, ProductLane } from './product-call.js';
import { finishFunction } from './wasm-finish.js';
import { poolFunction } from './wasm-pool.js';
import { productFunction } from './wasm-product.js';

export interface MapKernels {
  readonly product: Product;
  readonly pool: Pool;
  readonly finish: Finish;
}

export function mapKernels(machine: Machine, lane: ProductLane): MapKernels {
  const { buffer } = machine;
  const kernels = machine.further<MapKernels>(
    `maps ${lane}`,
    () => [
      productFunction(lane),
      poolFunction(lane),
      ...(lane === 'float64' ? [finishFunction()] : []),
    ],
    () => ({
      product: jsProduct(buffer, lane),
      pool: jsPool(buffer, lane),
      finish: jsFinish(buffer, lane),
    }),
  );
  // In float32, whose steps round to float64, it is a small part of an evaluation in training.
  return lane === 'float64' ? kernels : { ...kernels, finish: jsFinish(buffer, lane) };
}
