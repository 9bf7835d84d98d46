/**
 * The layout of a Horner block, drawn from a real ticket: carriers that keep the inputs alive, chains
 * of accumulators that double, the digits between them, the offset that is subtracted at the end.
 */
import { findBlock, horner, layoutHorner } from '../../src/constructions/horner/horner.js';
import type { BlockLayout } from '../../src/constructions/horner/layout.js';
import { complete } from '../../src/core/steps.js';
import { formatSum } from '../../src/figures/coefficients.js';
import { formatTick } from '../../src/figures/numbers.js';
import { ROLE_COLOURS } from '../../src/figures/palette.js';
import {
  type DrawnEdge,
  type DrawnLayer,
  drawPrunedNetwork,
} from '../../src/figures/pruned-network.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { networkClassOf } from '../../src/integer/network-class.js';
import { toSparse } from '../../src/source/mask.js';
import { sourceWeights, widthOf } from '../../src/source/shape.js';
import { createSource, type Source } from '../../src/source/source.js';
import type { InputSign } from '../../src/target/network.js';

const SEED = 1n;
const DELTA = 1e-3;
const WEIGHTS = [5, -3];
const VARIABLES = ['x', 'y'];

/** Rows from one input's carriers to the next one's, with room for a second copy of each. */
const PITCH = 1.7;
/** From a carrier to its second copy. */
const COPY = 0.8;

type Role = 'carrier' | 'chain' | 'offset';

interface Node {
  readonly role: Role;
  readonly row: number;
  readonly coefficients: readonly bigint[];
}

interface Edge {
  readonly layer: number;
  readonly from: number;
  readonly to: number;
  readonly positive: boolean;
}

/** Role and row of every placed neuron of hidden layer t (0: the input). */
function placed(layout: BlockLayout, t: number): Map<number, { role: Role; row: number }> {
  const roles = new Map<number, { role: Role; row: number }>();
  const depth = layout.radices.length;
  const inputs = layout.columns.length;
  if (t < depth) {
    const copies = layout.carrierCopies[t];
    layout.carriers[t].forEach((neuron, index) => {
      roles.set(neuron, { role: 'carrier', row: Math.floor(index / copies) * PITCH });
    });
  }
  if (t >= 1 && t <= depth) {
    layout.accumulators[t - 1].forEach((neuron, index) => {
      const chain = Math.floor(index / layout.radices[t - 1]);
      const role = chain === layout.outputs.length ? 'offset' : 'chain';
      roles.set(neuron, {
        role,
        row: inputs * PITCH + 0.1 + index + (role === 'offset' ? 0.4 : 0),
      });
    });
  }
  if (t === depth) {
    for (const neuron of layout.offsetOf)
      roles.set(neuron, { role: 'offset', row: inputs * PITCH + 2.5 });
  }
  if (t === depth + 1) roles.set(layout.outputs[0], { role: 'chain', row: inputs * PITCH + 0.6 });
  return roles;
}

/** The pruned network: nodes by layer and neuron, and kept edges. */
function prunedBlock(source: Source, network: IntegerNetwork, layout: BlockLayout) {
  const { masks } = complete(findBlock(network, 0, layout, source));
  const nodes: Map<number, Node>[] = [new Map()];
  for (const [neuron, { role, row }] of placed(layout, 0)) {
    const coefficients = WEIGHTS.map((_, input) => (input === neuron ? 1n : 0n));
    nodes[0].set(neuron, { role, row, coefficients });
  }
  const edges: Edge[] = [];
  masks.forEach((mask, index) => {
    const layer = index + 1;
    const { columns, offsets, rows } = toSparse(mask);
    const roles = placed(layout, layer);
    const sums = new Map<number, bigint[]>();
    columns.forEach((from, position) => {
      for (let edge = offsets[position]; edge < offsets[position + 1]; edge++) {
        const to = rows[edge];
        const sign = source.layer(layer).sign(from, to);
        edges.push({ layer, from, to, positive: sign > 0 });
        const before = nodes[index].get(from)?.coefficients ?? [];
        const sum = sums.get(to) ?? WEIGHTS.map(() => 0n);
        sums.set(
          to,
          sum.map((value, input) => value + BigInt(sign) * before[input]),
        );
      }
    });
    const here = new Map<number, Node>();
    const taken = new Set<number>();
    for (const [neuron, coefficients] of sums) {
      const role = roles.get(neuron);
      if (role === undefined) throw new Error(`neuron ${neuron} of layer ${layer} has no role`);
      // A further copy of a carrier stands below the first.
      let { row } = role;
      while (taken.has(row)) row += COPY;
      taken.add(row);
      here.set(neuron, { role: role.role, row, coefficients });
    }
    nodes.push(here);
  });
  return { nodes, edges };
}

/** The figure `horner-layout.svg`. */
export function hornerLayoutFigure(): string {
  const network: IntegerNetwork = {
    matrices: [{ rows: 1, columns: 2, values: Float64Array.from(WEIGHTS) }],
    constant: false,
    fractionalPlaces: [0],
    scale: { base: 2, exponent: 0 },
    activation: 'identity',
  };
  const signs: InputSign[] = ['nonnegative', 'nonnegative'];
  const plan = horner.plan(networkClassOf(network, signs), DELTA);
  const source = createSource(SEED, plan.shape);
  const placedAll = layoutHorner(source, plan);
  if (!placedAll.found) throw new Error(`seed ${SEED} lacks ${placedAll.unmet.demand}`);
  const [layout] = placedAll.layouts;
  const { nodes, edges } = prunedBlock(source, network, layout);

  const sum = (coefficients: readonly bigint[]): string => formatSum(coefficients, VARIABLES);
  const layers = nodes.map((layer, t): DrawnLayer => {
    const last = t === nodes.length - 1;
    return {
      name: t === 0 ? 'input' : last ? 'output' : `layer ${t}`,
      ...(t === 0 || last ? {} : { note: `${layer.size} of ${widthOf(plan.shape, t)}` }),
      neurons: [...layer].map(([id, { role, row, coefficients }]) => ({
        id: `${id}`,
        row,
        label: sum(coefficients),
        color: ROLE_COLOURS[role],
      })),
    };
  });
  const drawn = edges.map(({ layer, from, to, positive }): DrawnEdge => {
    const digit =
      nodes[layer - 1].get(from)?.role === 'carrier' && nodes[layer].get(to)?.role !== 'carrier';
    const sign = positive ? 1 : -1;
    return { layer, from: `${from}`, to: `${to}`, sign, kept: true, strong: digit };
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
        `${sum(WEIGHTS.map(BigInt))} for x, y ≥ 0, found in a random network of ` +
        `${formatTick(Number(sourceWeights(plan.shape)))} signs; the pruned neurons are not shown. ` +
        'Carriers keep the inputs alive. The chain doubles from layer to layer and takes up the ' +
        'digits, whatever sign the seed drew; the offset does the same, and the output subtracts it ' +
        `at the end. Every neuron is labelled with what it computes. Seed ${SEED}.`,
    },
  );
}
