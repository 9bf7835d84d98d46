/** Everything after the first paint: wires the sections to each other, to the worker and to the page's address. */
import type { WeightLadder } from './library.js';
import { bold, byId, bytes, fill, grouped, seconds } from './page/dom.js';
import { foundNow, on, readView, setFound, tell, view, writeView } from './page/state.js';
import { startWorker, type WorkerClient } from './page/worker-client.js';
import { firstInput, startInput } from './sections/input.js';
import { startMap } from './sections/map.js';
import { startScissors } from './sections/scissors.js';
import { startSeed } from './sections/seed.js';
import { startWeight } from './sections/weight.js';

/** Finds the chosen example under the chosen seed, shows it, and says in a sentence how that went. */
async function open(worker: WorkerClient): Promise<string> {
  const status = byId('status');
  const { example, seed, delta } = view;
  const opened = await worker.call(
    'open',
    { example, seed, delta },
    {
      onStep: ({ words, done }) => {
        status.textContent = `${words}: ${Math.round(100 * done)} %`;
      },
    },
  );
  if (!opened.found) {
    const words = `Not found: ${opened.reason}.`;
    status.textContent = words;
    return words;
  }
  setFound(opened);
  const { weights, kept, ticketBytes, seconds: time, proved } = opened;
  byId('lead-weights').textContent = grouped(weights);
  byId('lead-seed').textContent = String(opened.seed);
  byId('lead-kept').textContent = grouped(kept);
  byId('lead-what').textContent =
    example === 'digits' ? 'a digit classifier' : 'a classifier of points in a square';
  fill(
    status,
    'Found and ',
    bold(proved ? 'proved' : 'NOT proved'),
    ` on your machine just now, in ${seconds(time)}, from the seed and the trained weights; nothing was sent anywhere. The ticket (seed and mask) is ${bytes(ticketBytes)}.`,
  );
  tell('opened');
  return `Found and proved under seed ${opened.seed} in ${seconds(time)}: ${grouped(weights)} random weights, ${grouped(kept)} edges kept.`;
}

/** The weight that is chosen to begin with. */
function firstWeight(): void {
  const isToy = view.example === 'toy';
  Object.assign(view, {
    block: 1,
    ...(isToy ? { row: 0, column: 0, layer: 5 } : { row: 19, column: 36, layer: 12 }),
  });
}

function followExample(reopen: () => Promise<string>): void {
  const example = byId<HTMLSelectElement>('example');
  example.value = view.example;
  example.addEventListener('change', () => {
    view.example = example.value === 'toy' ? 'toy' : 'digits';
    view.input = firstInput();
    firstWeight();
    void reopen();
  });
}

/** The address follows what is shown; back and forward are left alone. */
function followAddress(): void {
  const remember = (): void => {
    if (foundNow() !== undefined) history.replaceState(null, '', `#${writeView()}`);
  };
  for (const topic of ['opened', 'input', 'weight', 'layer', 'sorted'] as const)
    on(topic, remember);
  byId('share').addEventListener('click', async () => {
    const button = byId('share');
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = 'copied';
    } catch {
      button.textContent = 'copy it from the address bar';
    }
  });
}

/** Sections further down come with code of their own, when they are near. */
function startLater(): void {
  const later: Readonly<Record<string, () => Promise<unknown>>> = {
    bits: async () => (await import('./sections/bits.js')).startBits(),
    systems: async () => (await import('./sections/systems.js')).startSystems(),
    train: async () => (await import('./sections/train.js')).startTrain(),
    own: async () => (await import('./sections/own.js')).startOwn(),
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        void later[target.id]?.();
      }
    },
    { rootMargin: '600px' },
  );
  for (const id of Object.keys(later)) observer.observe(byId(id));
}

export async function startExplorer(): Promise<void> {
  // A shared address may say less than all: the rest is as for any first visit.
  const { hasInput } = readView(location.hash);
  if (!hasInput) view.input = firstInput();
  const worker = startWorker();
  const reopen = (): Promise<string> => open(worker);
  const map = startMap();
  const scissors = startScissors(worker);
  startInput(worker, map.setTrace);
  startWeight(worker, (ladder: WeightLadder | undefined) => {
    map.setLadder(ladder);
    scissors.setLadder(ladder);
  });
  startSeed(worker, reopen);
  followExample(reopen);
  followAddress();
  startLater();
  await reopen();
}
