/** The models that verbs take: what `readModel` returns, or a network with what tickets record of it. */
import { check, hasPart, type Kind, matching, OBJECT } from '../core/arguments.js';
import type { Network } from '../target/network.js';
import { MODEL_NAME, MODEL_SHA256 } from '../ticket/model-record.js';

/** A network with the name and the digest that its tickets record; without a digest they record neither. */
export interface Model {
  readonly network: Network;
  /** As tickets name it; file names come without folders. */
  readonly name?: string;
  /** Lower-case hexadecimal SHA-256 of the file. */
  readonly sha256?: string;
}

/** What a ticket can record as a model's name. */
export const NAME = matching(MODEL_NAME, 'no file name of 1 to 255 characters without folders');

const DIGEST = matching(MODEL_SHA256, 'no SHA-256 in 64 lower-case hexadecimal digits');

export const MODEL: Kind = {
  is: (value) => hasPart(value, 'network'),
  not: 'no model',
  remedy: (value) =>
    hasPart(value, 'layers') ? 'give { network } with it' : 'give what readModel returns',
};

/** Throws a `UsageError` unless this is a model; its network is checked where the work begins. */
export function checkModel(argument: string, model: Model): void {
  check(argument, model, MODEL);
  const { network, name, sha256 } = model;
  check(`${argument}.network`, network, OBJECT);
  if (name !== undefined) check(`${argument}.name`, name, NAME);
  if (sha256 !== undefined) check(`${argument}.sha256`, sha256, DIGEST);
}
