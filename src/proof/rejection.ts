/** The answer no, on its way out of nested loops. */

/** Where and why the answer is no. Blocks, layers from 1; neurons, outputs from 0. */
export interface ProofFailure {
  readonly block: number;
  /** Source layer, from 1 through the whole source. */
  readonly layer: number;
  readonly neuron: number;
  readonly reason: string;
}

export class Rejection extends Error {
  readonly failure: ProofFailure;
  constructor(failure: ProofFailure) {
    super(failure.reason);
    this.failure = failure;
  }
}
