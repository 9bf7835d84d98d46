/**
 * Matching on bitsets: every group gets a number of neurons of its own out of a pool, from those
 * that suit it. Greedily first, then along shortest augmenting paths, 32 neurons a step.
 */

/** `groups` rows of `words` 32-bit words each; bit v of row g: neuron v suits group g. */
export interface Suitability {
  readonly groups: number;
  readonly words: number;
  readonly rows: Uint32Array;
}

export function suitability(groups: number, pool: number): Suitability {
  const words = Math.ceil(pool / 32);
  return { groups, words, rows: new Uint32Array(groups * words) };
}

/** A row of bits, one for each neuron of a layer. */
export function rowOf({ rows, words }: Suitability, group: number): Uint32Array {
  return rows.subarray(group * words, (group + 1) * words);
}

export type Matching =
  | {
      readonly complete: true /** Neurons of group g at `g * copies`. */;
      readonly neurons: Uint32Array;
    }
  | { readonly complete: false /** A group that cannot be served. */; readonly group: number };

const NOBODY = -1;

/** Gives each group `copies` neurons. Deterministic: depends on the rows alone. */
export function matchGroups({ groups, words, rows }: Suitability, copies: number): Matching {
  const neurons = new Uint32Array(groups * copies);
  const served = new Uint32Array(groups);
  const free = new Uint32Array(words).fill(0xffffffff);
  const owner = new Int32Array(words * 32).fill(NOBODY);
  const give = (group: number, neuron: number): void => {
    neurons[group * copies + served[group]++] = neuron;
    owner[neuron] = group;
    free[neuron >>> 5] &= ~(1 << (neuron & 31));
  };
  // Words before this one have no free neuron left.
  let firstFree = 0;
  for (let group = 0; group < groups; group++) {
    while (firstFree < words && free[firstFree] === 0) firstFree++;
    for (let word = firstFree; word < words && served[group] < copies; word++) {
      let fits = rows[group * words + word] & free[word];
      while (fits !== 0 && served[group] < copies) {
        give(group, word * 32 + (31 - Math.clz32(fits & -fits)));
        fits &= fits - 1;
      }
    }
  }
  const unvisited = new Uint32Array(words);
  const queue = new Int32Array(groups);
  /** The neuron through which the search came to a group. */
  const reachedBy = new Int32Array(groups);
  /** The group from which the search came to a neuron. */
  const from = new Int32Array(words * 32);

  function augment(root: number): boolean {
    unvisited.fill(0xffffffff);
    reachedBy.fill(NOBODY);
    queue[0] = root;
    let length = 1;
    for (let head = 0; head < length; head++) {
      const group = queue[head];
      for (let word = 0; word < words; word++) {
        const news = rows[group * words + word] & unvisited[word];
        if (news === 0) continue;
        const fits = news & free[word];
        if (fits !== 0) {
          const neuron = word * 32 + (31 - Math.clz32(fits & -fits));
          from[neuron] = group;
          shift(root, neuron);
          return true;
        }
        unvisited[word] &= ~news;
        for (let rest = news; rest !== 0; rest &= rest - 1) {
          const neuron = word * 32 + (31 - Math.clz32(rest & -rest));
          from[neuron] = group;
          const next = owner[neuron];
          if (next === root || reachedBy[next] !== NOBODY) continue;
          reachedBy[next] = neuron;
          queue[length++] = next;
        }
      }
    }
    return false;
  }

  /** Moves neurons along the path found: each group on it takes the one it was left with. */
  function shift(root: number, last: number): void {
    let neuron = last;
    free[neuron >>> 5] &= ~(1 << (neuron & 31));
    for (;;) {
      const group = from[neuron];
      owner[neuron] = group;
      if (group === root) {
        neurons[root * copies + served[root]++] = neuron;
        return;
      }
      const lost = reachedBy[group];
      const start = group * copies;
      neurons[start + neurons.subarray(start, start + served[group]).indexOf(lost)] = neuron;
      neuron = lost;
    }
  }

  for (let group = 0; group < groups; group++) {
    while (served[group] < copies) {
      if (!augment(group)) return { complete: false, group };
    }
  }
  return { complete: true, neurons };
}
