/** The tops of chains: units by their edges into the first accumulators, and which chains go on. */
import { matchGroups } from '../matching.js';
import { exclude, firstWithSign, lacking, sourcesOf } from '../targets.js';
import { type GrownWork, unmet } from './grown-work.js';
import { groupSize } from './growths.js';
import { firstColumn, type LayoutFailure, signsOf } from './layout.js';
import { selectChains } from './select-chains.js';

/** The units and the selected tops; `units` by chain, `block.units` each. */
export interface Tops {
  readonly tops: Uint32Array;
  readonly units: Uint32Array;
}

export function placeTops(work: GrownWork): Tops | LayoutFailure {
  const { request, block, places, chains, edges } = work;
  const { units, tops, base } = places;
  const width = block.unitWidth;
  const all = Uint32Array.from({ length: block.chains }, (_, chain) => chain);
  const rows = sourcesOf(signsOf(request, tops), firstColumn(request, tops, units), width, all);
  let bases: Int32Array | null = null;
  if (base > 0) {
    const first = firstColumn(request, units, base);
    bases = firstWithSign(signsOf(request, units), first, work.baseNeurons, width, true);
    exclude(rows, lacking(bases));
  }
  const matching = matchGroups(rows, block.units);
  if (!matching.complete) {
    return unmet('units', units, `${block.units} units for chain ${matching.group}`);
  }
  const selected = selectChains(work, matching.neurons);
  if (selected === null) {
    const wanted = `${chains.length} chains that reach every weight, of ${block.chains}`;
    return unmet('windows', tops, wanted);
  }
  const chosen = new Uint32Array(selected.length * block.units);
  selected.forEach((chain, index) => {
    const start = chain * block.units;
    chosen.set(matching.neurons.subarray(start, start + block.units), index * block.units);
  });
  const rowsOfUnits = Uint32Array.from(
    chosen,
    (_, index) => selected[Math.floor(index / block.units)],
  );
  edges.push({ layer: tops, from: units, neurons: chosen, rows: rowsOfUnits });
  if (bases !== null) {
    const found = bases;
    edges.push({
      layer: units,
      from: base,
      neurons: Uint32Array.from(chosen, (unit) => found[unit]),
      rows: chosen,
    });
    keepFirstBases(work, selected);
  }
  return { tops: selected, units: chosen };
}

/** Two copies of the base more for the first chain of each pair. */
function keepFirstBases(
  { request, places, growth, edges, ...work }: GrownWork,
  tops: Uint32Array,
): void {
  const neurons: number[] = [];
  const rows: number[] = [];
  const signs = signsOf(request, places.tops);
  const first = firstColumn(request, places.tops, places.base);
  const group = groupSize(growth);
  tops.forEach((top, index) => {
    if (index % group !== 0) return;
    const positive = work.baseNeurons.filter((copy) => signs.sign(first + copy, top) > 0);
    for (const copy of positive.subarray(0, 2)) {
      neurons.push(copy);
      rows.push(top);
    }
  });
  edges.push({
    layer: places.tops,
    from: places.base,
    neurons: Uint32Array.from(neurons),
    rows: Uint32Array.from(rows),
  });
}
