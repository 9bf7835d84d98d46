/**
 * The schema library in its small form, with messages in English. Readers of files take it from here:
 * without the messages it says of everything that it is invalid.
 */
import { config } from 'zod/mini';
import english from 'zod/v4/locales/en.js';

config(english());

export * as z from 'zod/mini';
