/**
 * Study (d): universality (Theorem 2, Remark 3). One source, drawn from one seed, planned for a class of
 * networks; many random networks of the class, of all depths and widths that it holds, are found in it,
 * each with a mask of its own, and each is proved by propagation.
 */
import { z } from 'zod';
import type { Construction, Plan } from '../constructions/construction.js';
import { constructionNamed } from '../constructions/index.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { padToClass } from '../integer/join-networks.js';
import { propagate } from '../proof/propagate.js';
import { keptCount, type LayerMask } from '../source/mask.js';
import { sourceWeights } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { integerStream } from './random-integers.js';
import { classOfShape, networkOfShape, type TargetShape } from './shape.js';
import type { JsonRecord, Study, StudyRecord } from './study.js';

export interface UniversalityOptions {
  readonly targets: number;
  /** Seed of the one source of each construction. */
  readonly seed: number;
}

export interface UniversalityPoint extends JsonRecord {
  readonly construction: string;
  readonly dimensions: readonly number[];
  readonly bits: readonly number[];
  readonly inputs: 'signed' | 'nonnegative';
  readonly delta: number;
  /** Of the source. */
  readonly seed: number;
  /** Seed of the target, which also decides its kind. */
  readonly target: number;
}

export interface UniversalityResult extends JsonRecord {
  readonly kind: TargetKind;
  /** The target's own, before it is padded to the class. */
  readonly ownDimensions: readonly number[];
  /** Integers that are not 0. */
  readonly nonzero: number;
  /** Whether the masked source was proved equal to the target. */
  readonly proved: boolean;
  readonly kept: number;
  readonly sourceWeights: string;
  /** A digest of the mask (FNV-1a, 32 bits): different targets have different masks. */
  readonly maskDigest: string;
}

export type UniversalityRecord = StudyRecord<UniversalityPoint, UniversalityResult>;

export type TargetKind = 'uniform' | 'small' | 'sparse' | 'extreme' | 'shallow' | 'narrow';

const KINDS: readonly TargetKind[] = ['uniform', 'small', 'sparse', 'extreme', 'shallow', 'narrow'];

/** The classes, one source each. */
const CLASSES: readonly (TargetShape & {
  readonly construction: string;
  readonly delta: number;
})[] = [
  {
    construction: 'horner',
    dimensions: [8, 16, 16, 4],
    bits: [12, 12, 12],
    inputs: 'signed',
    delta: 1e-6,
  },
  {
    construction: 'diamond',
    dimensions: [4, 6, 5, 3],
    bits: [5, 5, 5],
    inputs: 'signed',
    delta: 1e-6,
  },
  {
    construction: 'skip',
    dimensions: [8, 16, 16, 4],
    bits: [12, 12, 12],
    inputs: 'signed',
    delta: 1e-6,
  },
];

/**
 * A random network that fits the class. Kinds: integers uniform over the class's range, much smaller
 * ones, mostly zeros, only the largest magnitudes, one layer fewer, narrower hidden layers.
 */
export function randomTarget(
  shape: TargetShape,
  target: number,
): { readonly kind: TargetKind; readonly network: IntegerNetwork; readonly own: TargetShape } {
  const integer = integerStream(target);
  const kind = KINDS[target % KINDS.length];
  let own = shape;
  if (kind === 'shallow') {
    const { dimensions, bits } = shape;
    own = { ...shape, dimensions: dimensions.toSpliced(1, 1), bits: bits.slice(1) };
  } else if (kind === 'narrow') {
    const last = shape.dimensions.length - 1;
    const dimensions = shape.dimensions.map((width, layer) =>
      layer === 0 || layer === last ? width : integer(1, width),
    );
    own = { ...shape, dimensions };
  }
  const network = networkOfShape(own, (layer) => {
    const largest = 2 ** own.bits[layer] - 1;
    switch (kind) {
      case 'small':
        return integer(-3, 3);
      case 'sparse':
        return integer(0, 9) === 0 ? integer(-largest, largest) : 0;
      case 'extreme':
        return integer(0, 1) === 0 ? largest : -largest;
      default:
        return integer(-largest, largest);
    }
  });
  return { kind, network, own };
}

/** FNV-1a over the kept edges of all masks. */
function digestOf(masks: readonly LayerMask[]): string {
  let hash = 0x811c9dc5;
  const add = (word: number): void => {
    for (let shift = 0; shift < 32; shift += 8) {
      hash = Math.imul(hash ^ ((word >>> shift) & 0xff), 0x01000193);
    }
  };
  for (const mask of masks) {
    if (mask.kind === 'dense') mask.words.forEach(add);
    else for (const list of [mask.columns, mask.offsets, mask.rows]) list.forEach(add);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

const count = z.number().int().nonnegative();
const resultSchema = z.strictObject({
  kind: z.enum(KINDS),
  ownDimensions: z.array(count),
  nonzero: count,
  proved: z.boolean(),
  kept: count,
  sourceWeights: z.string().regex(/^\d+$/),
  maskDigest: z.string(),
});

const plans = new Map<string, Plan>();

/** Plans of the same class are the same: made once per thread. */
function planFor(construction: Construction, { target, ...rest }: UniversalityPoint): Plan {
  const key = JSON.stringify(rest);
  let plan = plans.get(key);
  if (plan === undefined) {
    plan = construction.plan(classOfShape(rest), rest.delta);
    plans.set(key, plan);
  }
  return plan;
}

export const universalityStudy: Study<UniversalityOptions, UniversalityPoint, UniversalityResult> =
  {
    name: 'universality',
    resultSchema,
    plan: ({ targets, seed }) =>
      CLASSES.flatMap((each) =>
        Array.from(
          { length: targets },
          (_, target): UniversalityPoint => ({ ...each, seed, target }),
        ),
      ),
    run(point) {
      const construction = constructionNamed(point.construction);
      if (construction === undefined) throw new RangeError(`no construction ${point.construction}`);
      const networkClass = classOfShape(point);
      const plan = planFor(construction, point);
      const source = createSource(BigInt(point.seed), plan.shape);
      const { kind, network, own } = randomTarget(point, point.target);
      const { inputSigns } = networkClass;
      const target = padToClass(network, inputSigns, networkClass);
      const masks: LayerMask[] = [];
      const finding = construction.find(target, source, plan, (_, mask) => masks.push(mask));
      // Of a network that is not found nothing is proved; its masks are void.
      const proof = finding.found
        ? propagate({
            source,
            mask: (t) => masks[t - 1],
            target,
            inputSigns,
            assignments: finding.assignments,
          })
        : null;
      return {
        kind,
        ownDimensions: own.dimensions,
        nonzero: network.matrices.reduce(
          (sum, { values }) =>
            sum + Array.from<number | bigint>(values).filter((value) => Number(value) !== 0).length,
          0,
        ),
        proved: proof?.equal === true,
        kept: finding.found ? masks.reduce((sum, mask) => sum + keptCount(mask), 0) : 0,
        sourceWeights: sourceWeights(plan.shape).toString(),
        maskDigest: finding.found ? digestOf(masks) : '',
      };
    },
  };

export interface UniversalitySummary {
  readonly construction: string;
  readonly targets: number;
  readonly proved: number;
  readonly differentMasks: number;
  readonly sourceWeights: string;
  readonly kept: { readonly least: number; readonly mean: number; readonly most: number };
}

export function summariseUniversality(
  records: readonly UniversalityRecord[],
): UniversalitySummary[] {
  const constructions = [...new Set(records.map(({ point }) => point.construction))];
  return constructions.map((construction) => {
    const results = records
      .filter(({ point }) => point.construction === construction)
      .map(({ result }) => result);
    const kept = results.map((result) => result.kept);
    return {
      construction,
      targets: results.length,
      proved: results.filter(({ proved }) => proved).length,
      differentMasks: new Set(results.map(({ maskDigest }) => maskDigest)).size,
      sourceWeights: results[0].sourceWeights,
      kept: {
        least: Math.min(...kept),
        mean: kept.reduce((sum, count) => sum + count, 0) / kept.length,
        most: Math.max(...kept),
      },
    };
  });
}
