/** What is computed with of a trained ticket: its network, rebuilt from seed and mask. */
import type { Standardization, TrainedActivation } from '../ticket/trained.js';
import type { MapStage } from '../ticket/trained-maps.js';
import type { ChannelMaps } from '../ticket/trained-normalization.js';

/** One rebuilt layer: neuron v's edges are `edges[offsets[v] .. offsets[v+1])`. */
export interface TrainedProgramLayer {
  readonly outputs: number;
  readonly offsets: Uint32Array;
  /**
   * `2 * c + s`: from column c of the layer, which is neuron c of the one before where it is fully connected;
   * negative if s = 1; ascending for each neuron.
   */
  readonly edges: Uint32Array;
  /** Magnitudes of the edges; null where all are 1. */
  readonly magnitudes: Float64Array | null;
  readonly scale: number;
  /** Of feature maps that are normalised. */
  readonly normalization?: ChannelMaps;
}

export interface TrainedProgram {
  readonly inputs: number;
  readonly outputs: number;
  readonly standardization: Standardization;
  readonly activation: TrainedActivation;
  readonly layers: readonly TrainedProgramLayer[];
  /** Of networks of feature maps: the sizes of their layers. */
  readonly stages?: readonly MapStage[];
}
