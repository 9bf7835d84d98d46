/**
 * The paper's diamond gadget (Figures 2 and 3) as pictures, drawn from the same data as any pruned
 * network: one gadget per power of two, whose output edges pick the bits of a weight, and the mirrored
 * pair that makes it work for inputs of either sign.
 */
import { UsageError } from '../../src/core/errors.js';
import {
  type DrawnEdge,
  type DrawnGroup,
  type DrawnNeuron,
  drawPrunedNetwork,
  type PrunedNetworkDrawing,
} from '../../src/figures/pruned-network.js';

const SIDES = ['a', 'b'] as const;
/** Distance in rows from one gadget's first neuron to the next one's. */
const ROWS_PER_GADGET = 2.6;
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function multiple(factor: number, variable: string): string {
  return factor === 1 ? variable : factor === -1 ? `−${variable}` : `${factor}${variable}`;
}

interface GadgetPart {
  /** Per layer 0 .. n + 1; the input and the output are not among them. */
  readonly neurons: readonly (readonly DrawnNeuron[])[];
  readonly edges: readonly DrawnEdge[];
}

/**
 * The gadget of `2^power` with `pairs` hidden pairs. The first `power - 1` transitions between pairs
 * keep all four edges and double, the others keep two parallel ones and pass on.
 */
function gadget(
  name: string,
  power: number,
  pairs: number,
  firstRow: number,
  options: {
    readonly variable: string;
    readonly inputSign: 1 | -1;
    readonly outputSign: 1 | -1;
    readonly chosen: boolean;
  },
): GadgetPart {
  const neurons: DrawnNeuron[][] = [[]];
  const edges: DrawnEdge[] = [];
  let value = 1;
  for (let layer = 1; layer <= pairs; layer++) {
    const doubles = layer >= 2 && layer <= power;
    if (doubles) value *= 2;
    neurons.push(
      SIDES.map((side, index) => ({
        id: `${name}${side}`,
        label: multiple(value, options.variable),
        row: firstRow + index,
      })),
    );
    for (const to of SIDES) {
      if (layer === 1) {
        const kept = { sign: options.inputSign, kept: true };
        edges.push({ layer, from: 'x', to: `${name}${to}`, ...kept });
        continue;
      }
      for (const from of SIDES) {
        const ends = { from: `${name}${from}`, to: `${name}${to}` };
        edges.push({ layer, ...ends, sign: 1, kept: doubles || from === to });
      }
    }
  }
  SIDES.forEach((side, index) => {
    edges.push({
      layer: pairs + 1,
      from: `${name}${side}`,
      to: 'y',
      sign: options.outputSign,
      // The lowest power is one copy of the input, so one output edge is enough.
      kept: options.chosen && (power > 0 || index === 0),
    });
  });
  return { neurons: [...neurons, []], edges };
}

function assemble(
  parts: readonly GadgetPart[],
  groups: readonly DrawnGroup[],
  pairs: number,
  output: string,
): PrunedNetworkDrawing {
  const hidden = Array.from({ length: pairs }, (_, index) => ({
    name: `layer ${index + 1}`,
    neurons: parts.flatMap(({ neurons }) => neurons[index + 1] as readonly DrawnNeuron[]),
  }));
  return {
    layers: [
      { name: 'input', neurons: [{ id: 'x', label: 'x' }] },
      ...hidden,
      { name: 'output', neurons: [{ id: 'y', label: output }] },
    ],
    edges: parts.flatMap(({ edges }) => edges),
    groups,
  };
}

function groupOf(name: string, pairs: number, label: string): DrawnGroup {
  const layers = Array.from({ length: pairs }, (_, index) => index + 1);
  return {
    label,
    neurons: layers.flatMap((layer) => SIDES.map((side) => ({ layer, id: `${name}${side}` }))),
  };
}

function checkPairs(pairs: number): void {
  if (!Number.isInteger(pairs) || pairs < 1 || pairs > 6) {
    throw new UsageError(`a gadget is drawn with 1 to 6 hidden pairs, not ${pairs}`);
  }
}

function gadgetLabel(power: number, chosen: boolean): string {
  const doublings = Math.max(0, power - 1);
  const times = ['', 'once', 'twice'];
  const kind = doublings > 0 ? `doubles ${times[doublings] ?? `${doublings} times`}` : 'passes on';
  const half = multiple(2 ** doublings, 'x');
  const sum = power === 0 ? 'x' : `${half} + ${half} = ${multiple(2 ** power, 'x')}`;
  const start = `2${SUPERSCRIPTS[power]}: ${kind}`;
  return chosen ? `${start}; gives ${sum}` : `${start}; not used`;
}

/**
 * Figure 2 of the paper at work: the function `weight * x` on `x >= 0`, from gadgets for the powers
 * `2^0 .. 2^pairs` of which the output keeps those that are bits of `weight`.
 *
 * @param weight an integer from 1 to `2^(pairs+1) - 1`
 * @param pairs number of hidden pairs, the paper's n, 1 to 6
 */
export function gadgetFigure(weight = 5, pairs = 3): string {
  checkPairs(pairs);
  if (!Number.isInteger(weight) || weight < 1 || weight >= 2 ** (pairs + 1)) {
    throw new UsageError(
      `with ${pairs} hidden pairs a weight is an integer from 1 to ${2 ** (pairs + 1) - 1}, not ${weight}`,
    );
  }
  const powers = Array.from({ length: pairs + 1 }, (_, power) => power);
  const chosen = powers.filter((power) => (weight >> power) & 1);
  const parts = powers.map((power) =>
    gadget(`k${power}`, power, pairs, power * ROWS_PER_GADGET, {
      variable: 'x',
      inputSign: 1,
      outputSign: 1,
      chosen: chosen.includes(power),
    }),
  );
  const groups = powers.map((power) =>
    groupOf(`k${power}`, pairs, gadgetLabel(power, chosen.includes(power))),
  );
  const sum = chosen.map((power) => multiple(2 ** power, 'x')).join(' + ');
  const output = multiple(weight, 'x');
  const bits = weight.toString(2);
  return drawPrunedNetwork(assemble(parts, groups, pairs, output), {
    title: `${output} from weights of +1, by pruning alone`,
    caption:
      'Every neuron is labelled with what it computes, for x ≥ 0. Four kept edges between two pairs ' +
      'double the value, two pass it on, so each gadget makes its own power of two. The output keeps ' +
      `the powers that are bits of ${weight} (binary ${bits}): ${sum}${chosen.length > 1 ? ` = ${output}` : ''}. ` +
      `Any other weight up to ${2 ** (pairs + 1) - 1} differs only in the edges of the last layer.`,
    description:
      `A layered network: input x, ${pairs} hidden layers, one output. Gadgets for the powers of two ` +
      `from 1 to ${2 ** pairs} each own a pair of neurons in every hidden layer; the output adds ${sum}.`,
  });
}

/**
 * Figure 3 of the paper: two gadgets for `2^power`, one on `max(0, x)` and one on `max(0, -x)`, whose
 * difference is `2^power x` for `x` of either sign.
 *
 * @param power 1 to `pairs`
 * @param pairs number of hidden pairs, 1 to 6
 */
export function mirroredFigure(power = 2, pairs = 3): string {
  checkPairs(pairs);
  if (!Number.isInteger(power) || power < 1 || power > pairs) {
    throw new UsageError(`with ${pairs} hidden pairs a power is 1 to ${pairs}, not ${power}`);
  }
  const halves = [
    { name: 'p', variable: 'x⁺', sign: 1, label: 'x⁺ = max(0, x), by weights +1' },
    { name: 'm', variable: 'x⁻', sign: -1, label: 'x⁻ = max(0, −x), by weights −1' },
  ] as const;
  const parts = halves.map(({ name, variable, sign }, index) =>
    gadget(name, power, pairs, index * ROWS_PER_GADGET, {
      variable,
      inputSign: sign,
      outputSign: sign,
      chosen: true,
    }),
  );
  const groups = halves.map(({ name, label }) => groupOf(name, pairs, label));
  const factor = 2 ** power;
  const output = multiple(factor, 'x');
  return drawPrunedNetwork(assemble(parts, groups, pairs, output), {
    title: `${output} for an input of either sign: a mirrored pair of gadgets`,
    caption:
      'A ReLU lets only non-negative values through, so one gadget carries x⁺ and another x⁻; at most ' +
      `one of them is not zero. ${factor}x⁺ − ${factor}x⁻ = ${output}. With the signs of the output ` +
      `edges exchanged, the same hidden neurons give −${output}.`,
    description:
      `A layered network: input x, ${pairs} hidden layers with two pairs of neurons each, one output. ` +
      'The upper pairs carry the positive part of x, the lower pairs the negative part, which enters ' +
      'and leaves by edges of weight -1.',
  });
}
