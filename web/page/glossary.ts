/** Words that are explained where they stand: on hover, on focus, and for readers who hear the page. */
import { byId } from './dom.js';

const TERMS: Record<string, string> = {
  seed: 'A number from which every sign of the random network follows. Who knows the seed can draw the same network again, so it need not be stored.',
  domain: 'The inputs that the equality is about: here all values from 0 to 1.',
  digit:
    'An edge from the carrier into the chain: kept, it adds +1 or −1, whichever the coin fell, to the number that the chain has come to.',
  carrier:
    'A neuron that holds one input unchanged: of all its edges one +1 was kept, from the carrier in the layer before.',
  chain:
    'Neurons that each take both (or all) of the chain’s neurons in the layer before: so what they hold together doubles from layer to layer.',
  offset:
    'A number that is added to every chain, so that it never falls below 0, where a neuron would forget it, and that an edge of −1 takes away at the end.',
  mask: 'Which edges of the random network are kept: one yes or no for each.',
  bits: 'How finely weights are rounded: with b fractional bits to multiples of one half multiplied b times.',
  certified:
    'Proved by rounding everything outwards: no input in the domain has a larger error. A measured error is only the worst that a search has found.',
  supermask:
    'A mask that is learned by gradient descent on one score for each edge (Ramanujan et al., 2020). The weights themselves never change.',
  ticket:
    'A file with the seed, the mask and the whole numbers that the pruned network is proved equal to.',
};

/** Says anew what a word stands for. */
export function setTerm(term: string, text: string): void {
  TERMS[term] = text;
}

export function startGlossary(): void {
  const tip = byId('tip');
  const hide = (): void => {
    tip.hidden = true;
  };
  for (const word of document.querySelectorAll<HTMLElement>('dfn[data-term]')) {
    const term = word.dataset.term ?? '';
    if (!(term in TERMS)) continue;
    word.tabIndex = 0;
    word.setAttribute('aria-describedby', 'tip');
    const show = (): void => {
      tip.textContent = TERMS[term];
      tip.hidden = false;
      const box = word.getBoundingClientRect();
      const left = Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 12);
      tip.style.left = `${Math.max(8, left) + scrollX}px`;
      tip.style.top = `${box.bottom + 6 + scrollY}px`;
    };
    word.addEventListener('pointerenter', show);
    word.addEventListener('focus', show);
    word.addEventListener('pointerleave', hide);
    word.addEventListener('blur', hide);
  }
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
  });
}
