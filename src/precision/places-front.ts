/**
 * A finer ladder of places than one that adds bit by bit: between two rungs there are exchanges, a bit less in one
 * layer for one or two more in all others, where they cost less for the error that is predicted. Rungs rise in
 * cost and fall in predicted error, and neither the domain's verdicts nor epsilon decide which there are.
 */
import { placesLadder } from './allot-bits.js';

/** Bits that the other layers get where one goes without. */
const EXCHANGED = [1, 2] as const;

interface Candidate {
  readonly places: readonly number[];
  readonly cost: number;
  readonly error: number;
}

/** From no places to the lossless ones; `effects` times `2^-places` is the error predicted of a layer. */
export function placesFront(
  effects: readonly number[],
  lossless: readonly number[],
  cost: (places: readonly number[]) => number,
): (readonly number[])[] {
  const ladder = placesLadder(effects, lossless, cost);
  const errorOf = (places: readonly number[]): number =>
    places.reduce(
      (sum, own, index) => sum + (own < lossless[index] ? effects[index] * 2 ** -own : 0),
      0,
    );
  const candidates = new Map<string, Candidate>();
  const add = (places: readonly number[]): void => {
    const key = places.join();
    if (candidates.has(key)) return;
    candidates.set(key, { places, cost: cost(places), error: errorOf(places) });
  };
  for (const places of ladder) {
    add(places);
    for (let less = 0; less < places.length; less++) {
      for (const more of EXCHANGED) {
        const raised = places.map((own, index) =>
          index === less ? own : Math.min(own + more, lossless[index]),
        );
        add(raised);
        if (places[less] > 0) {
          add(raised.map((own, index) => (index === less ? own - 1 : own)));
        }
      }
    }
  }
  const front: Candidate[] = [];
  const sorted = [...candidates.values()].sort((a, b) => a.cost - b.cost || a.error - b.error);
  for (const candidate of sorted) {
    const last = front[front.length - 1];
    if (last === undefined || candidate.error < last.error) front.push(candidate);
  }
  const rungs = front.map(({ places }) => places);
  const top = ladder[ladder.length - 1];
  // Cheaper ones may be predicted to be without error; only this one is for certain.
  if (rungs[rungs.length - 1].join() !== top.join()) rungs.push(top);
  return rungs;
}
