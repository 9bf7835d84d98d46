/** A block of growing chains on its way: what all steps of its layout share. */
import { type Chain, chainsOf } from './chains.js';
import type { TermKind } from './demand.js';
import { type GrownBlock, type GrownPlaces, grownPlaces } from './grown-block.js';
import { GROWTHS, type Growth } from './growths.js';
import type { BlockRequest, FixedEdges, LayoutFailure } from './layout.js';

/** A block on its way. */
export interface GrownWork {
  readonly request: BlockRequest;
  readonly block: GrownBlock;
  readonly growth: Growth;
  readonly places: GrownPlaces;
  readonly chains: readonly Chain[];
  readonly edges: FixedEdges[];
  /** Neurons of the digit inputs in the layer that digits are read from, and of the doubled ones. */
  digitNeurons: Uint32Array;
  doubledNeurons: Uint32Array;
  /** Copies of the base. */
  baseNeurons: Uint32Array;
  /** 1 where a digit input is read with the other sign. */
  readonly negative: Uint8Array;
}

export function unmet(kind: TermKind, layer: number, demand: string): LayoutFailure {
  return { kind, layer, demand };
}

export function beginWork(request: BlockRequest, block: GrownBlock): GrownWork {
  const growth = GROWTHS[block.scheme];
  const { parts, inputNeurons, demand } = request;
  const none = new Uint32Array(0);
  return {
    request,
    block,
    growth,
    places: grownPlaces(block),
    chains: chainsOf(growth, demand, block.head),
    edges: [],
    digitNeurons: growth.based
      ? inputNeurons
      : Uint32Array.from(parts, ({ column }) => inputNeurons[column]),
    doubledNeurons: none,
    baseNeurons: none,
    negative: growth.based
      ? new Uint8Array(demand.columns)
      : Uint8Array.from(parts, ({ negative }) => (negative ? 1 : 0)),
  };
}
