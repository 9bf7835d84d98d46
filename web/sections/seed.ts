/** Section 6: the same network in another random one, and a seed that lacks it. */
import { byId } from '../page/dom.js';
import { on, view } from '../page/state.js';
import type { WorkerClient } from '../page/worker-client.js';

export function startSeed(worker: WorkerClient, reopen: () => Promise<string>): void {
  const number = byId<HTMLInputElement>('seed-number');
  const delta = byId<HTMLSelectElement>('seed-delta');
  const words = byId('seed-words');
  const go = async (seed: bigint): Promise<void> => {
    if (seed < 0n || seed >= 2n ** 64n) {
      words.textContent = 'Seeds are whole numbers from 0 to below 2 to the 64th.';
      return;
    }
    view.seed = seed;
    view.delta = Number(delta.value);
    number.value = String(seed);
    words.textContent = await reopen();
  };
  byId('seed-go').addEventListener('click', () => {
    if (!/^\d{1,20}$/.test(number.value)) {
      words.textContent = 'A seed is a whole number, such as 7.';
      return;
    }
    void go(BigInt(number.value));
  });
  byId('seed-next').addEventListener('click', () => void go(view.seed + 1n));
  byId('seed-fail').addEventListener('click', async () => {
    // Only a plan that allows failing has seeds that fail soon.
    const allowed = Math.max(0.9, Number(delta.value));
    delta.value = String(allowed);
    words.textContent = 'Looking for a seed that fails …';
    const { seed, tried, reason, bound } = await worker.call(
      'failing',
      { delta: allowed, from: view.seed },
      {
        onStep: (step) => {
          words.textContent = `${step.words} …`;
        },
      },
    );
    words.textContent =
      reason === null
        ? `None of ${tried} seeds failed, though the plan allows each to with probability ${bound}: the bound is on the safe side.`
        : `After ${tried} ${tried === 1 ? 'seed' : 'seeds'}: ${reason}. The plan allows failing with probability ${bound.toPrecision(3)}; the network is refused there, never stored wrongly. Seed ${seed} is good for other networks.`;
  });
  on('opened', () => {
    number.value = String(view.seed);
  });
}
