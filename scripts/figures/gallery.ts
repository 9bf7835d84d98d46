/**
 * The figures of the project's own documentation, by file name. Their data are computed here: the
 * pruned source is one that the diamond construction found.
 */
import { diamond } from '../../src/constructions/diamond/diamond.js';
import { paperFigures } from '../../src/figures/paper-figures.js';
import { figureOfPrunedSource } from '../../src/figures/pruned-source.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { networkClassOf } from '../../src/integer/network-class.js';
import type { LayerMask } from '../../src/source/mask.js';
import { createSource } from '../../src/source/source.js';
import type { InputSign } from '../../src/target/network.js';
import { gadgetFigure, mirroredFigure } from './gadget.js';
import { hornerFailuresFigure } from './horner-failures.js';
import { hornerLayoutFigure } from './horner-layout.js';
import { mapLayoutFigure } from './map-layout.js';
import { pairLayoutFigure } from './pair-layout.js';

const SEED = 1n;
const DELTA = 1e-3;

/** A random source in which `5x - 3y` was found on non-negative inputs. */
function prunedSourceFigure(): string {
  const network: IntegerNetwork = {
    matrices: [{ rows: 1, columns: 2, values: Float64Array.of(5, -3) }],
    constant: false,
    fractionalPlaces: [0],
    scale: { base: 2, exponent: 0 },
    activation: 'identity',
  };
  const inputSigns: InputSign[] = ['nonnegative', 'nonnegative'];
  const plan = diamond.plan(networkClassOf(network, inputSigns), DELTA);
  const source = createSource(SEED, plan.shape);
  const masks: LayerMask[] = [];
  const finding = diamond.find(network, source, plan, (_, mask) => masks.push(mask));
  if (!finding.found) throw new Error(`seed ${SEED} lacks ${finding.unmet.demand}`);
  return figureOfPrunedSource(source, masks, {
    title: '5x₁ − 3x₂ in a network of random signs',
    caption:
      'Nothing here was trained or chosen but the mask: the signs are those the seed drew. Every ' +
      'neuron is labelled with what it computes for x₁, x₂ ≥ 0.',
    prunedNeurons: 2,
  });
}

/** File names (in `docs/figures`) and contents. */
export function documentationFigures(): ReadonlyMap<string, string> {
  return new Map([
    ['gadget.svg', gadgetFigure()],
    ['horner-failures.svg', hornerFailuresFigure()],
    ['horner-layout.svg', hornerLayoutFigure()],
    ['map-layout.svg', mapLayoutFigure()],
    ['mirrored.svg', mirroredFigure()],
    ['pair-layout.svg', pairLayoutFigure()],
    ['pruned-source.svg', prunedSourceFigure()],
    ...[...paperFigures()].map(([name, svg]) => [`paper/${name}`, svg] as const),
  ]);
}
