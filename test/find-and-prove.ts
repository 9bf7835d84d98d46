/** A network found by a construction in a source of its plan, and proved as a ticket's is. */
import type { Construction, Plan } from '../src/constructions/construction.js';
import type { IntegerNetwork } from '../src/integer/integer-network.js';
import { propagate } from '../src/proof/propagate.js';
import type { LayerMask } from '../src/source/mask.js';
import { createSource } from '../src/source/source.js';
import type { InputSign } from '../src/target/network.js';

/** Throws unless the masks come in the order of the layers. */
export function findAndProve<P extends Plan>(
  construction: Construction<P>,
  target: IntegerNetwork,
  signs: readonly InputSign[],
  plan: P,
  seed: bigint,
) {
  const source = createSource(seed, plan.shape);
  const masks: LayerMask[] = [];
  const finding = construction.find(target, source, plan, (t, mask) => {
    if (t !== masks.length + 1) throw new Error(`mask ${t} after ${masks.length} others`);
    masks.push(mask);
  });
  if (!finding.found) return { finding, masks, proof: null };
  const proof = propagate({
    source,
    mask: (layer) => masks[layer - 1],
    target,
    inputSigns: signs,
    assignments: finding.assignments,
  });
  return { finding, masks, proof };
}
