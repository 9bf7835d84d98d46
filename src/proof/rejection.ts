/** The answer no, on its way out of nested loops. */

/** Where and why the answer is no. Blocks, layers from 1; neurons, outputs from 0. */
export interface ProofFailure {
  readonly block: number;
  /** Source layer, from 1 through the whole source. */
  readonly layer: number;
  readonly neuron: number;
  readonly reason: string;
}

/** Thrown with how many neurons of its layer the check looks at before this one, as far as that tells two apart. */
export class Rejection extends Error {
  readonly failure: ProofFailure;
  readonly order: number;
  constructor(failure: ProofFailure, order: number = failure.neuron) {
    super(failure.reason);
    this.failure = failure;
    this.order = order;
  }
}
