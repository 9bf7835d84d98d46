/** Which chains go on: those whose tops reach every weight at every input, whatever the weights are. */

import type { GrownWork } from './grown-work.js';
import { groupSize } from './growths.js';
import { firstColumn, signsOf, widthAt } from './layout.js';

/** Least and largest number of +1 among the digits of each top, over all inputs. */
function positiveDigits(
  { request, block, places, digitNeurons, negative }: GrownWork,
  units: Uint32Array,
): { readonly least: Uint16Array; readonly most: Uint16Array } {
  const layers = [places.units, places.tops];
  const signs = layers.map((layer) => signsOf(request, layer));
  const firsts = layers.map((layer) => firstColumn(request, layer, places.digits));
  const widths = layers.map((layer) => widthAt(request, layer));
  const columns = widths.map((width) => new Uint32Array(Math.ceil(width / 32) + 1));
  const [ofUnits, ofTops] = columns;
  const least = new Uint16Array(block.chains).fill(0xffff);
  const most = new Uint16Array(block.chains);
  digitNeurons.forEach((neuron, input) => {
    columns.forEach((column, index) => {
      signs[index].column(firsts[index] + neuron, widths[index], column);
    });
    // Raw inputs that are never positive are read with the other sign.
    const flip = places.digits === 0 ? negative[input] : 0;
    let at = 0;
    for (let chain = 0; chain < block.chains; chain++) {
      let positive = ((ofTops[chain >>> 5] >>> (chain & 31)) & 1) ^ flip;
      for (let unit = 0; unit < block.units; unit++) {
        const row = units[at++];
        positive += ((ofUnits[row >>> 5] >>> (row & 31)) & 1) ^ flip;
      }
      if (positive < least[chain]) least[chain] = positive;
      if (positive > most[chain]) most[chain] = positive;
    }
  });
  return { least, most };
}

/** By chain of the block, a top that is good for its type; null if there are too few. */
export function selectChains(work: GrownWork, units: Uint32Array): Uint32Array | null {
  const { request, block, growth, places, chains, baseNeurons } = work;
  const { least, most } = positiveDigits(work, units);
  const group = groupSize(growth);
  const reach = growth.reaches.map((each) => each * 2 ** block.head);
  const signs = signsOf(request, places.tops);
  const firstBase = places.base > 0 ? firstColumn(request, places.tops, places.base) : 0;
  const hasBases = (top: number): boolean =>
    baseNeurons.reduce((sum, copy) => sum + (signs.sign(firstBase + copy, top) > 0 ? 1 : 0), 0) >=
    2;
  const isGood = (top: number, type: number): boolean => {
    if (!growth.based) return least[top] >= reach[type];
    if (least[top] === 0 || most[top] > block.units) return false;
    return type > 0 || hasBases(top);
  };
  const selected = new Uint32Array(chains.length);
  const taken = new Uint8Array(block.chains);
  for (let type = 0; type < group; type++) {
    let top = 0;
    for (let chain = type; chain < chains.length; chain += group) {
      while (top < block.chains && (taken[top] === 1 || !isGood(top, type))) top++;
      if (top === block.chains) return null;
      taken[top] = 1;
      selected[chain] = top;
    }
  }
  return selected;
}
