/** Lists that are held for later layers: as many items as `mostHeld` says, counted while layers go by. */

import { expect, it } from 'vitest';
import { joinedNumbers } from '../../src/core/concatenate.js';
import { layerLists, mostHeld } from '../../src/source/layer-lists.js';

it('says how many items are held and joined at once', () => {
  let state = 11;
  const below = (limit: number): number => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
  let held = 0;
  for (let trial = 0; trial < 300; trial++) {
    const depth = 1 + below(7);
    const layers = Array.from({ length: depth }, (_, index) => {
      const reads = Array.from({ length: index + 1 }, (_, t) => t).filter(() => below(2) === 0);
      return {
        neurons: { length: 1 + below(9) },
        ...(reads.length > 0 && below(3) > 0 && { reads }),
      };
    });
    const before = 1 + below(9);
    const alive = new Map<number, number>();
    let joined = 0;
    let most = 0;
    // What is held can be told from what later layers ask for: a list that is read after the next layer.
    const lastReader = (t: number): number =>
      layers.reduce(
        (last, { reads }, index) => ((reads ?? [index]).includes(t) ? index + 1 : last),
        0,
      );
    const lists = layerLists<Float64Array>(layers, {
      before: { number: 0, list: new Float64Array(before) },
      join: (parts) => {
        joined = parts.reduce((sum, { length }) => sum + length, 0);
        return joinedNumbers(parts);
      },
      hold: (list) => list.slice(),
    });
    const note = (t: number, count: number): void => {
      if (lastReader(t) > t + 1) alive.set(t, count);
    };
    const total = (): number => [...alive.values()].reduce((sum, count) => sum + count, 0);
    note(0, before);
    most = total();
    for (const [index, { neurons }] of layers.entries()) {
      const t = index + 1;
      joined = 0;
      const read = lists.readBy(t);
      expect(read.length).toBe(
        (layers[index].reads ?? [index]).reduce(
          (sum, from) => sum + (from === 0 ? before : layers[from - 1].neurons.length),
          0,
        ),
      );
      most = Math.max(most, total() + joined);
      lists.add(t, new Float64Array(neurons.length));
      for (const from of [...alive.keys()]) if (lastReader(from) <= t) alive.delete(from);
      note(t, neurons.length);
      most = Math.max(most, total());
    }
    expect(mostHeld(layers, before)).toBe(most);
    if (most > 0) held++;
  }
  expect(held).toBeGreaterThan(100);
});

it('counts nothing where layers read one after the other', () => {
  expect(mostHeld([{ neurons: { length: 5 } }, { neurons: { length: 7 } }], 3)).toBe(0);
});
