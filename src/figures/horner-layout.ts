/**
 * The layout of a Horner block, drawn from a real ticket: carriers that keep the inputs alive, chains
 * of accumulators that double, the digits between them, the offset that is subtracted at the end.
 */
import { findBlock, horner, layoutHorner } from '../constructions/horner.js';
import type { BlockLayout } from '../constructions/horner-layout.js';
import type { IntegerNetwork } from '../precision/integer-network.js';
import { networkClassOf } from '../precision/network-class.js';
import { toSparse } from '../source/mask.js';
import { createSource, type Source, sourceWeights } from '../source/source.js';
import type { InputSign } from '../target/network.js';
import { formatSum } from './coefficients.js';
import { element, svgDocument, textElement, wrapText } from './svg.js';

const SEED = 1n;
const DELTA = 1e-3;
const WEIGHTS = [21, -13];
const VARIABLES = ['x', 'y'];

const COLUMN = 126;
const ROW = 58;
/** Rows from one input's carriers to the next one's, with room for a second copy of each. */
const PITCH = 1.6;
const LEFT = 70;
const TOP = 96;
const RADIUS = 15;
const INK = '#1f2933';
const CARRIER = '#8795a1';
const CHAIN = '#1f6f8b';
const OFFSET = '#9a5b13';
const POSITIVE = '#2f855a';
const NEGATIVE = '#c53030';

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

const COLORS: Readonly<Record<Role, string>> = { carrier: CARRIER, chain: CHAIN, offset: OFFSET };

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
  const { masks } = findBlock(network, 0, layout, source);
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
      while (taken.has(row)) row += 0.75;
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

  const centre = (layer: number, row: number): { x: number; y: number } => ({
    x: LEFT + layer * COLUMN,
    y: TOP + row * ROW,
  });
  const width = 2 * LEFT + (nodes.length - 1) * COLUMN;
  const drawn: string[] = [];
  for (const { layer, from, to, positive } of edges) {
    const a = nodes[layer - 1].get(from);
    const b = nodes[layer].get(to);
    if (a === undefined || b === undefined) continue;
    const digit = a.role === 'carrier' && b.role !== 'carrier';
    const start = centre(layer - 1, a.row);
    const end = centre(layer, b.row);
    drawn.push(
      element('line', {
        x1: start.x + RADIUS,
        y1: start.y,
        x2: end.x - RADIUS,
        y2: end.y,
        stroke: digit || !positive ? (positive ? POSITIVE : NEGATIVE) : COLORS[b.role],
        'stroke-width': digit ? 2.4 : 1.2,
        'stroke-dasharray': positive ? undefined : '6 3',
      }),
    );
  }
  nodes.forEach((layer, t) => {
    const name = t === 0 ? 'input' : t === nodes.length - 1 ? 'output' : `layer ${t}`;
    drawn.push(
      textElement(
        { x: LEFT + t * COLUMN, y: 58, 'font-size': 12, 'text-anchor': 'middle', fill: INK },
        t === 0 ? name : `${name}: ${layer.size} of ${plan.shape.widths[t]}`,
      ),
    );
    for (const { role, row, coefficients } of layer.values()) {
      const { x, y } = centre(t, row);
      drawn.push(
        element('circle', {
          cx: x,
          cy: y,
          r: RADIUS,
          fill: '#ffffff',
          stroke: COLORS[role],
          'stroke-width': 2,
        }),
        textElement(
          { x, y: y + RADIUS + 12, 'font-size': 11, 'text-anchor': 'middle', fill: INK },
          formatSum(coefficients, VARIABLES),
        ),
      );
    }
  });
  const bottom = TOP + (WEIGHTS.length * PITCH + 4.4) * ROW;
  const caption =
    `${formatSum(WEIGHTS.map(BigInt), VARIABLES)} for x, y ≥ 0, in a random network of ` +
    `${new Intl.NumberFormat('en').format(sourceWeights(plan.shape))} signs (seed ${SEED}; pruned neurons are not shown). ` +
    'Grey: carriers. Blue: the output’s chain, doubled from layer to layer. Brown: the offset, ' +
    'which every output subtracts at the end. Thick: digits, green +1 and dashed red −1, whatever sign the seed ' +
    'drew. Under each neuron what it computes.';
  const lines = wrapText(caption, 13, width - 2 * 24);
  lines.forEach((line, index) => {
    drawn.push(textElement({ x: 24, y: bottom + index * 18, 'font-size': 13, fill: INK }, line));
  });
  const height = bottom + lines.length * 18 + 8;
  const title = 'A Horner block: carriers, digits, chains, offset';
  return svgDocument({ width, height }, title, caption, [
    element('rect', { x: 0, y: 0, width, height, fill: '#ffffff' }),
    textElement({ x: 24, y: 30, 'font-size': 17, 'font-weight': 600, fill: INK }, title),
    ...drawn,
  ]);
}
