/** The page's worker: the library at work, away from the page's own thread. */
import { failing, ladder, layer, open, prove, regions, trace } from './example.js';
import { serve } from './serve.js';

serve({
  open,
  trace,
  ladder,
  layer,
  prove,
  regions,
  failing,
  plan: async (request, watched) => (await import('./own.js')).planOwn(request, watched),
  find: async (request, watched) => (await import('./own.js')).findOwn(request, watched),
});
