/** The explorer's first paint: theme, glossary and the first section; everything else comes after it. */
import { startGlossary } from './page/glossary.js';
import { startScheme } from './page/scheme.js';
import { startWorker } from './page/worker-client.js';
import { startGadget } from './sections/gadget.js';

// While the page is still being read: another thread loads its script, and searches.
const worker = startWorker();
const rest = import('./explore.js');

const whole = new Promise<void>((resolve) => {
  if (document.readyState !== 'loading') resolve();
  else document.addEventListener('DOMContentLoaded', () => resolve(), { once: true });
});
const painted = whole.then(
  () =>
    new Promise<void>((resolve) => {
      startScheme();
      startGadget();
      startGlossary();
      // After the browser has painted.
      requestAnimationFrame(() => setTimeout(resolve));
    }),
);
rest.then(({ startExplorer }) => startExplorer(worker, painted));
