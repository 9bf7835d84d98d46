/** Section 6: the same network in another random one, and a seed that lacks it. */
import { byId, make } from '../page/dom.js';
import { aboutNow, ask } from '../page/stage.js';
import { foundNow, on, view } from '../page/state.js';

const WHOLE = /^\d{1,20}$/;

export function startSeed(): void {
  const number = byId<HTMLInputElement>('seed-number');
  const delta = byId<HTMLSelectElement>('seed-delta');
  const fail = byId<HTMLButtonElement>('seed-fail');
  const words = byId('seed-words');
  const failWords = fail.textContent ?? '';
  let turn = 0;
  const go = async (seed: bigint): Promise<void> => {
    if (seed < 0n || seed >= 2n ** 64n) {
      words.textContent = 'Seeds are whole numbers from 0 to below 2 to the 64th.';
      return;
    }
    turn++;
    const own = turn;
    view.seed = seed;
    view.delta = Number(delta.value);
    number.value = String(seed);
    words.textContent = `Looking in the network of seed ${seed} …`;
    const about = aboutNow();
    const went = about === undefined ? '' : await about.reopen();
    // Another seed was asked for meanwhile, which has the word.
    if (own !== turn) return;
    words.textContent = went;
    // What is shown above is still that of the seed before, where this one lacks the network.
    view.seed = foundNow()?.seed ?? view.seed;
  };
  byId('seed-go').addEventListener('click', () => {
    if (!WHOLE.test(number.value)) {
      words.textContent = 'A seed is a whole number, such as 7.';
      return;
    }
    void go(BigInt(number.value));
  });
  byId('seed-next').addEventListener('click', () => {
    // A seed that lacked the network is not shown, and yet the next one comes after it.
    const last = WHOLE.test(number.value) ? BigInt(number.value) : view.seed;
    void go(last + 1n);
  });
  let search: AbortController | undefined;
  fail.addEventListener('click', async () => {
    if (search !== undefined) {
      search.abort();
      return;
    }
    const own = new AbortController();
    search = own;
    // Only a plan that allows failing has seeds that fail soon.
    const allowed = Math.max(0.9, Number(delta.value));
    delta.value = String(allowed);
    words.textContent = 'Looking for a seed that fails …';
    fail.textContent = 'stop looking';
    try {
      const onStep = (step: { readonly words: string }): void => {
        if (!own.signal.aborted) words.textContent = `${step.words} …`;
      };
      const request = { delta: allowed, from: view.seed };
      const failed = await ask('failing', request, { signal: own.signal, onStep });
      if (failed === undefined) return;
      const { seed, tried, reason, bound } = failed;
      words.textContent =
        reason === null
          ? `None of ${tried} seeds failed, though the plan allows each to with probability ${bound}: the bound is on the safe side.`
          : `After ${tried} ${tried === 1 ? 'seed' : 'seeds'}: ${reason}. The plan allows failing with probability ${bound.toPrecision(3)}; the network is refused there, never stored wrongly. Seed ${seed} is good for other networks.`;
    } catch (error) {
      if (!own.signal.aborted) throw error;
      words.textContent = 'Stopped looking.';
    } finally {
      search = undefined;
      fail.textContent = failWords;
    }
  });
  on('opened', () => {
    // What it says is of the network before.
    search?.abort();
    words.textContent = '';
    number.value = String(view.seed);
    const options = [...delta.options];
    let own = options.find(({ value }) => Number(value) === view.delta);
    if (own === undefined) {
      // Of a shared address.
      own = make('option', { value: String(view.delta) }, String(view.delta));
      delta.append(own);
    }
    delta.value = own.value;
  });
}
