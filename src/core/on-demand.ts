/**
 * Parts that few requests need: in a page, files of their own, loaded before the work that needs them
 * begins. Whoever has them gives them once; work in steps asks for them where it comes to them.
 */
import { UsageError } from './errors.js';

export interface OnDemand<Part> {
  provide(part: Part): void;
  /** Throws a `UsageError` where nobody has given it. */
  get(): Part;
  /** For what can be done without. */
  ifGiven(): Part | undefined;
}

/** `what` says in words what the part is for. */
export function onDemand<Part>(what: string): OnDemand<Part> {
  let given: Part | undefined;
  return {
    provide(part) {
      given = part;
    },
    get() {
      if (given === undefined) throw new UsageError(`${what}: not loaded`);
      return given;
    },
    ifGiven: () => given,
  };
}
