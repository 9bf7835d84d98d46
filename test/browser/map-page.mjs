/** The script of the page that searches on feature maps. */
import { mapSearch } from './map-search.mjs';
import * as search from './search.js';

try {
  globalThis.result = { bytes: await mapSearch(search) };
} catch (error) {
  globalThis.result = { error: String(error?.stack ?? error) };
}
