/** The script of the search's test page: a search on the backend that the address names. */
import { cornerSearch } from './corner-search.mjs';
import * as search from './search.js';

const backend = new URL(location.href).searchParams.get('backend') ?? 'wasm';

async function result() {
  // Chromium offers WebGPU where it is told to; not every machine has it then.
  const isThere = backend === 'wasm' || (await navigator.gpu?.requestAdapter());
  return isThere ? cornerSearch(search, { backend }) : { absent: true };
}

globalThis.result = await result().catch((error) => ({ error: String(error?.stack ?? error) }));
