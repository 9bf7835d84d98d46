/** The class of networks of feature maps, and the source layers of their blocks. */
import type { NetworkClass } from '../../integer/network-class.js';
import type { LayerGroup } from '../../source/shape.js';

/** The class of a plan for maps. */
export type MapsClass = NetworkClass & { readonly maps: NonNullable<NetworkClass['maps']> };

/** A source layer of a block, and what it reads: layers of the block from 1, its input 0. */
export interface MapsLayer {
  readonly width: number;
  readonly reads: readonly number[];
  readonly groups?: readonly LayerGroup[];
}
