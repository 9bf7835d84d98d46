/**
 * A block of the construction skip whose chains grow in pairs, drawn from a real ticket: relays `a + b` and
 * `a - b`, accumulators that add and subtract them and read the block's input for their digits, the
 * offset's pair and its copies.
 */
import type { Role } from '../../src/constructions/roles.js';
import { planSkip } from '../../src/constructions/skip/search.js';
import { skip } from '../../src/constructions/skip/skip.js';
import { describeNeurons, formatSum } from '../../src/figures/coefficients.js';
import { liveEdges } from '../../src/figures/live-edges.js';
import { formatTick } from '../../src/figures/numbers.js';
import { ROLE_COLOURS } from '../../src/figures/palette.js';
import {
  type DrawnEdge,
  type DrawnLayer,
  drawPrunedNetwork,
} from '../../src/figures/pruned-network.js';
import { networkClassOf } from '../../src/integer/network-class.js';
import { blockEndsOf, sourceWeights } from '../../src/source/shape.js';
import type { InputSign } from '../../src/target/network.js';
import { drawnLayer, findFigure, matrixNetwork, rolesAt } from './block-figure.js';

const SEED = 1n;
const DELTA = 1e-3;
/** By output: a pair, of which the first is the larger. */
const WEIGHTS = [45, -27];

/** The layer of units, which is not drawn: there are dozens, each of them x, and a top is the sum of some. */
const UNITS = 1;

/** Rows: outputs by number, the input below them, then the offset. */
const INPUT = 1.9;
const PITCH = 1.3;
/** Between chains and offset, where the input's edges pass. */
const GAP = 1.1;

function colourOf({ kind }: Role): string {
  if (kind === 'offset') return ROLE_COLOURS.offset;
  return kind === 'input' || kind === 'relay' ? ROLE_COLOURS.carrier : ROLE_COLOURS.chain;
}

/** Rows of a layer's neurons: as many relays as the outputs' chains, then those of the offset's. */
function rowsOf(roles: readonly Role[]): number[] {
  const chains = WEIGHTS.length;
  const rowOf = (chain: number): number => PITCH * (chain < chains ? chain : chain + GAP);
  let relays = 0;
  let offsets = chains;
  return roles.map((role) => {
    if (role.kind === 'input') return INPUT;
    if (role.kind === 'relay') return rowOf(relays++);
    if (role.kind === 'offset') return rowOf(offsets++);
    return rowOf('output' in role ? Number(role.output) : 0);
  });
}

/** The figure `pair-layout.svg`. */
export function pairLayoutFigure(): string {
  const values = Float64Array.from(WEIGHTS);
  const network = matrixNetwork({ rows: WEIGHTS.length, columns: 1, values });
  const signs: InputSign[] = ['nonnegative'];
  const plan = planSkip(networkClassOf(network, signs), DELTA, () => ['pairs']);
  const { live, layout } = findFigure(skip, network, plan, SEED);
  const depth = live.length;
  const texts = describeNeurons(live, blockEndsOf(plan.shape), signs, false, () => 'x');
  const shown = Array.from({ length: depth + 1 }, (_, t) => t).filter((t) => t !== UNITS);
  const layers = shown.map((t): DrawnLayer => {
    const ids = t === 0 ? [0] : [...live[t - 1].neurons];
    const roles = rolesAt(layout, t, ids);
    const rows = rowsOf(roles);
    const last = t === depth;
    return drawnLayer(plan, {
      ...{ t, ids, name: t === 0 ? 'input' : last ? 'outputs' : `layer ${t}` },
      isCounted: t > 0 && !last,
      row: (index) => rows[index],
      label: (index) => (t === 0 ? 'x' : texts[t - 1][index].label),
      color: (index) => colourOf(roles[index]),
    });
  });
  const edges = liveEdges(live, 1)
    .filter(({ layer, fromLayer }) => layer !== UNITS && fromLayer !== UNITS)
    .map(({ layer, fromLayer, from, to, sign }): DrawnEdge => {
      const place = { layer: shown.indexOf(layer), fromLayer: shown.indexOf(fromLayer) };
      return {
        ...{ ...place, from: `${from}`, to: `${to}`, sign },
        ...{ kept: true, strong: fromLayer === 0 },
      };
    });
  const names = WEIGHTS.map((weight) => formatSum([BigInt(weight)], ['x']));
  return drawPrunedNetwork(
    {
      layers,
      edges,
      strong: 'digits, of either sign',
      roles: [
        { label: 'chains of the outputs', color: ROLE_COLOURS.chain },
        { label: 'offset', color: ROLE_COLOURS.offset },
        { label: 'relays, input', color: ROLE_COLOURS.carrier },
      ],
    },
    {
      title: 'Chains in a pair: relays, digits, offset',
      caption:
        `${names.join(' and ')} for x ≥ 0, found in a random network of ${formatTick(Number(sourceWeights(plan.shape)))} ` +
        'signs; pruned neurons are not shown, nor the units of layer 1, each of them x, whose sums layer 2 begins with. Relays hold a + b and a − b of a pair of chains, whose ' +
        'next neurons add and subtract the relays, so that each chain doubles, and read the input for a ' +
        'digit. The pair of the offset does the same; the outputs subtract copies of it. Every neuron is ' +
        `labelled with what it computes. Seed ${SEED}.`,
    },
  );
}
