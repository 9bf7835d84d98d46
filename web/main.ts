/** The explorer's first paint: theme, glossary and the first section; everything else comes after it. */
import { startGlossary } from './page/glossary.js';
import { startScheme } from './page/scheme.js';
import { startWorker } from './page/worker-client.js';
import { startGadget } from './sections/gadget.js';

// It is loaded by another thread meanwhile.
const worker = startWorker();
startScheme();
startGadget();
startGlossary();
// After the browser has painted.
requestAnimationFrame(() =>
  setTimeout(async () => {
    const { startExplorer } = await import('./explore.js');
    await startExplorer(worker);
  }),
);
