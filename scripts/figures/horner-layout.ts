/**
 * The layout of a Horner block, drawn from a real ticket: carriers that keep the inputs alive, chains
 * of accumulators that double, the digits between them, the offset that is subtracted at the end.
 */
import { horner } from '../../src/constructions/horner/horner.js';
import type { Role } from '../../src/constructions/roles.js';
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
const WEIGHTS = [5, -3];
const VARIABLES = ['x', 'y'];

/** Rows from one input's carriers to the next one's, with room for a second copy of each. */
const PITCH = 1.7;
/** From a carrier to its second copy. */
const COPY = 0.8;

/** Rows under the carriers': of the chain's first accumulator, the offset's copy and the output. */
const CHAIN = 0.1;
const OFFSET_COPY = 2.5;
const OUTPUT = 0.6;

/** A colour of the legend for each role that a block has. */
function colourOf({ kind }: Role): string {
  if (kind === 'offset') return ROLE_COLOURS.offset;
  return kind === 'accumulator' || kind === 'output' ? ROLE_COLOURS.chain : ROLE_COLOURS.carrier;
}

/** Rows of a layer's neurons: carriers by input, a second copy below the first, then chain and offset. */
function rowsOf(roles: readonly Role[], lastHidden: boolean): number[] {
  const below = WEIGHTS.length * PITCH;
  const copies = new Map<number, number>();
  const chain = roles.filter(({ kind }) => kind === 'accumulator').length;
  let accumulators = 0;
  let offsets = 0;
  return roles.map((role) => {
    if (role.kind === 'accumulator') return below + CHAIN + accumulators++;
    if (role.kind === 'output') return below + OUTPUT;
    if (role.kind === 'offset') {
      return below + (lastHidden ? OFFSET_COPY : CHAIN + chain + 0.4) + offsets++;
    }
    const input = 'input' in role ? Number(role.input) : 0;
    const copy = copies.get(input) ?? 0;
    copies.set(input, copy + 1);
    return input * PITCH + copy * COPY;
  });
}

/** The figure `horner-layout.svg`. */
export function hornerLayoutFigure(): string {
  const network = matrixNetwork({ rows: 1, columns: 2, values: Float64Array.from(WEIGHTS) });
  const signs: InputSign[] = ['nonnegative', 'nonnegative'];
  const plan = horner.plan(networkClassOf(network, signs), DELTA);
  const { live, layout } = findFigure(horner, network, plan, SEED);
  const depth = live.length;
  const texts = describeNeurons(
    live,
    blockEndsOf(plan.shape),
    signs,
    false,
    (input) => VARIABLES[input],
  );

  const layers = Array.from({ length: depth + 1 }, (_, t): DrawnLayer => {
    const ids = t === 0 ? WEIGHTS.map((__, input) => input) : [...live[t - 1].neurons];
    const roles = rolesAt(layout, t, ids);
    const rows = rowsOf(roles, t === depth - 1);
    const last = t === depth;
    return drawnLayer(plan, {
      ...{ t, ids, name: t === 0 ? 'input' : last ? 'output' : `layer ${t}` },
      isCounted: t > 0 && !last,
      row: (index) => rows[index],
      label: (index) => (t === 0 ? VARIABLES[ids[index]] : texts[t - 1][index].label),
      color: (index) => colourOf(roles[index]),
    });
  });
  const drawn = liveEdges(live, WEIGHTS.length).map(({ layer, from, to, sign }): DrawnEdge => {
    const [read] = rolesAt(layout, layer - 1, [from]);
    const [reader] = rolesAt(layout, layer, [to]);
    const carries = (role: Role): boolean => role.kind === 'carrier' || role.kind === 'input';
    const strong = carries(read) && !carries(reader);
    return { layer, from: `${from}`, to: `${to}`, sign, kept: true, strong };
  });
  return drawPrunedNetwork(
    {
      layers,
      edges: drawn,
      strong: 'digits, of either sign',
      roles: [
        { label: 'carriers', color: ROLE_COLOURS.carrier },
        { label: 'chain of the output', color: ROLE_COLOURS.chain },
        { label: 'offset', color: ROLE_COLOURS.offset },
      ],
    },
    {
      title: 'A Horner block: carriers, digits, chains, offset',
      caption:
        `${formatSum(WEIGHTS.map(BigInt), VARIABLES)} for ${VARIABLES.join(', ')} ≥ 0, found in a random network of ` +
        `${formatTick(Number(sourceWeights(plan.shape)))} signs; the pruned neurons are not shown. ` +
        'Carriers keep the inputs alive. The chain doubles from layer to layer and takes up the ' +
        'digits, whatever sign the seed drew; the offset does the same, and the output subtracts it ' +
        `at the end. Every neuron is labelled with what it computes. Seed ${SEED}.`,
    },
  );
}
