/** Domains around inputs as the command line names them; `read-balls.ts` reads what they name. */
import { UsageError } from '../../core/errors.js';
import { isDecimal } from '../../target/decimal.js';

/** Balls as the command line names them. */
export interface AroundRequest {
  readonly file: string;
  /** Decimals. */
  readonly radius: string;
  readonly clip?: readonly [string, string];
  readonly divide: number;
}

const FORM = 'write around:FILE,radius or around:FILE,radius,lo,hi';

/**
 * What `--domain around:FILE,radius[,lo,hi]` says; undefined for another domain. A name may hold commas: the
 * numbers are the last ones. Throws a `UsageError` for what is no number.
 */
export function aroundRequest(domain: string, divide: number): AroundRequest | undefined {
  const [, rest] = /^around:(.*)$/s.exec(domain.trim()) ?? [];
  if (rest === undefined) return undefined;
  const parts = rest.split(',');
  let numbers = 0;
  while (numbers < parts.length - 1 && isDecimal((parts.at(-1 - numbers) ?? '').trim())) numbers++;
  const taken = numbers >= 3 ? 3 : numbers >= 1 ? 1 : 0;
  const file = parts.slice(0, parts.length - taken).join(',');
  if (taken === 0 || file === '') {
    throw new UsageError(`the domain ${domain} has no file with a radius; ${FORM}`);
  }
  const [radius, low, high] = parts.slice(-taken).map((part) => part.trim());
  if (!(Number(radius) >= 0)) throw new UsageError(`the radius ${radius} is negative; ${FORM}`);
  return {
    ...{ file, radius, divide },
    ...(low !== undefined && high !== undefined && { clip: [low, high] as const }),
  };
}
