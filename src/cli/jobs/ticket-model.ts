/** The model that a ticket was made from, where a job needs both. */
import { InputError } from '../../core/errors.js';
import { modelFailure } from '../../proof/claims.js';
import { type ModelFile, readModel } from '../files/read-model.js';

/** Reads a model. Throws an `InputError` where it is none, or another one than the ticket's. */
export function readTicketModel(
  ticket: Parameters<typeof modelFailure>[0],
  file: string,
  memory: number,
): ModelFile {
  const model = readModel(file, { memory });
  const other = modelFailure(ticket, model);
  if (other === null) return model;
  throw new InputError({
    file,
    place: '',
    problem: other.reason,
    remedy: 'give the model that the ticket was made from',
  });
}
