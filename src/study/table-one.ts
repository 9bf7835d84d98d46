/** Table 1 of the paper: what it claims of each system, as text and as formulas without constants. */
import type { Target } from './size-systems.js';

export interface Claim {
  readonly reference: string;
  readonly width: string;
  readonly depth: string;
  readonly totalParameters: string;
  readonly formulas: {
    readonly width: (target: Target) => number;
    readonly depth: (target: Target) => number;
    /** As printed: width times depth, which counts neurons. */
    readonly totalParameters: (target: Target) => number;
  };
}

function claim(
  reference: string,
  text: Pick<Claim, 'width' | 'depth' | 'totalParameters'>,
  width: (target: Target) => number,
  depth: (target: Target) => number,
): Claim {
  const totalParameters = (target: Target): number => width(target) * depth(target);
  return { reference, ...text, formulas: { width, depth, totalParameters } };
}

const twice = ({ l }: Target): number => 2 * l;

/** By construction. Natural logarithms; the bounds hide constants and so the base. */
export const claims: ReadonlyMap<string, Claim> = new Map([
  [
    'malach',
    claim(
      'Malach et al. (2020)',
      { width: 'd² l² / ε²', depth: '2l', totalParameters: 'd² l³ / ε²' },
      ({ d, l, epsilon }) => (d * d * l * l) / epsilon ** 2,
      twice,
    ),
  ],
  [
    'orseau',
    claim(
      'Orseau et al. (2020)',
      { width: 'd² log(dl/ε)', depth: '2l', totalParameters: 'd² l log(dl/ε)' },
      ({ d, l, epsilon }) => d * d * Math.log((d * l) / epsilon),
      twice,
    ),
  ],
  [
    'pensia',
    claim(
      'Pensia et al. (2020)',
      {
        width: 'd log(dl/min{ε, δ})',
        depth: '2l',
        totalParameters: 'd l log(dl/min{ε, δ})',
      },
      ({ d, l, epsilon, delta }) => d * Math.log((d * l) / Math.min(epsilon, delta)),
      twice,
    ),
  ],
  [
    'diffenderfer',
    claim(
      'Diffenderfer and Kailkhura (2021)',
      {
        width: 'l d^1.5/ε + l d log(ld/δ)',
        depth: '2l',
        totalParameters: 'l² d^1.5/ε + l² d log(ld/δ)',
      },
      ({ d, l, epsilon, delta }) => (l * d ** 1.5) / epsilon + l * d * Math.log((l * d) / delta),
      twice,
    ),
  ],
  [
    'diamond',
    claim(
      'Sreenivasan et al. (2022)',
      { width: 'd log²(dl/εδ)', depth: 'l log(dl/ε)', totalParameters: 'd l log³(dl/εδ)' },
      ({ d, l, epsilon, delta }) => d * Math.log((d * l) / (epsilon * delta)) ** 2,
      ({ d, l, epsilon }) => l * Math.log((d * l) / epsilon),
    ),
  ],
]);

/** A construction's name for readers: the row of Table 1, or its own name. */
export function systemName(construction: string): string {
  if (construction === 'diamond') return 'Diamond (the paper)';
  return (
    claims.get(construction)?.reference ??
    construction.charAt(0).toUpperCase() + construction.slice(1)
  );
}
