/** `find` with an error that is certified around given inputs alone, and what `verify` asks for then. */
import { describe, expect, it } from 'vitest';
import { find, UsageError, verify } from '../../src/index.js';
import { randomNetwork } from '../networks.js';

const network = randomNetwork({ dimensions: [3, 6, 2], seed: 4, bits: 18, places: 16 });
/** Two inputs, in units of a quarter. */
const values = Float64Array.of(1, -2, 3, 0, 2, -1);
const around = { values, radius: 0.1, divide: 4, clip: [-1, 1] as const };

describe('find around inputs', () => {
  it('certifies there, with fewer bits than on the box that holds them, and is verified with them', async () => {
    const found = await find({ network }, { epsilon: 0.01, around });
    if (!found.found) throw new Error('not found');
    const { precision, domain } = found.ticket;
    if (precision.mode !== 'certified') throw new Error('not certified');
    expect(precision.around).toMatchObject({ samples: 2, radius: 0.1, divide: 4, clip: [-1, 1] });
    expect(Number(precision.certified)).toBeLessThanOrEqual(0.01);
    if (domain.kind !== 'box') throw new Error('not on a box');
    // The second input of both: -2 / 4 and 2 / 4, a tenth of a unit of the file away.
    expect(domain.lower[1]).toBeCloseTo(-0.525, 12);
    expect(domain.upper[1]).toBeCloseTo(0.525, 12);

    const { data } = precision.around as { data: string };
    const given = (own: Float64Array) => ({ network, samples: { samples: 2, values: own, data } });
    expect((await verify(found.ticket, { model: given(values) })).proved).toBe(true);
    const others = values.map((value) => 2 * value - 1);
    expect((await verify(found.ticket, { model: given(others) })).proved).toBe(false);
    await expect(verify(found.ticket, { model: { network } })).rejects.toThrow(
      /give them as option "data"/,
    );
  });

  it('needs an error, and no other domain', async () => {
    await expect(find({ network }, { around })).rejects.toThrow(UsageError);
    const both = { epsilon: 0.01, around, domain: 'box:-1,1' };
    await expect(find({ network }, both)).rejects.toThrow(/exclude each other/);
  });
});
