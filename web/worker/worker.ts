/** The page's worker: the library at work, away from the page's own thread. */
import { failing, open, verdict } from './example.js';
import { serve } from './serve.js';
import { ladder, layer, prove, regions, trace } from './shown.js';

serve({
  open,
  verdict,
  trace,
  ladder,
  layer,
  prove,
  regions,
  failing,
  plan: async (request, watched) => (await import('./own.js')).planOwn(request, watched),
  find: async (request, watched) => (await import('./own.js')).findOwn(request, watched),
  show: async (request, watched) => (await import('./own.js')).showOwn(request, watched),
});
