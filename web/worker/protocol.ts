/** What the page and its workers say to each other: each task with what it is given and what comes back. */
import type { NeuronMap, SourceEdge, WeightLadder } from '../library.js';

export type ExampleName = 'digits' | 'toy' | 'conv';

export interface OpenRequest {
  readonly example: ExampleName;
  readonly seed: bigint;
  /** Failure probability that the plan allows. */
  readonly delta: number;
}

/** A layer of the trained network, as its integers say it. */
export interface TrainedMatrix {
  readonly rows: number;
  readonly columns: number;
  /** The nearest float64 of each weight, row-major; the constant's column last where there is one. */
  readonly values: Float64Array;
}

/** What the proof of a ticket came to. */
export interface Verdict {
  readonly proved: boolean;
  /** Largest error that is certified, a decimal; null or 0: the trained network, exactly. */
  readonly epsilon: string | null;
  /** Finding and proof together. */
  readonly seconds: number;
}

/** A network that was found, and that the page now shows. */
export interface Found {
  readonly found: true;
  readonly seed: bigint;
  readonly weights: bigint;
  readonly kept: number;
  /** Weights and biases of the trained network. */
  readonly parameters: number;
  readonly ticketBytes: number;
  /** Null while the proof is under way: the task `verdict` waits for it. */
  readonly verdict: Verdict | null;
  readonly constant: boolean;
  /** Whether neurons are channels of feature maps. */
  readonly isOfMaps: boolean;
  /** The inputs that the promise is about, in words. */
  readonly domain: string;
  /** A box of inputs to choose from, one entry for each. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly map: NeuronMap;
  readonly matrices: readonly TrainedMatrix[];
}

export type Opened =
  | Found
  | { readonly found: false; readonly seed: bigint; readonly reason: string };

/** A weight by its place; block from 1, row and column from 0. */
export interface WeightPlace {
  readonly block: number;
  readonly row: number;
  readonly column: number;
}

export interface Traced {
  readonly lit: readonly Uint8Array[];
  /** Exact decimals, of the pruned source and of the trained network by itself. */
  readonly pruned: readonly string[];
  readonly trained: readonly string[];
  /** The largest between the two, rounded upwards; 0: equal. */
  readonly difference: number;
  /** The index of the largest output. */
  readonly answer: number;
  /** Of the pruned source, for pictures. */
  readonly values: readonly number[];
}

/** The signs and the mask of a layer: a bit for each edge, columns one after the other. */
export interface LayerEdges {
  readonly layer: number;
  readonly columns: number;
  readonly rows: number;
  readonly words: number;
  /** 1 for +1. */
  readonly signs: Uint32Array;
  /** 1 for kept. */
  readonly kept: Uint32Array;
}

export interface Proof {
  readonly proved: boolean;
  readonly milliseconds: number;
  readonly failure?: {
    readonly block: number;
    readonly layer: number;
    readonly neuron: number;
    readonly reason: string;
  };
  /** The first neuron whose coefficients are not those of the ticket that was found. */
  readonly tampered?: { readonly layer: number; readonly neuron: number };
}

/** Classes on a square grid of the unit square, row by row from the top. */
export interface Regions {
  readonly side: number;
  readonly trained: Uint8Array;
  readonly pruned: Uint8Array;
  /** Points at which any output differs. */
  readonly different: number;
}

export interface OwnRequest {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly domain: string;
  readonly epsilon?: number;
  /** Without one 1, 2, .. until one succeeds. */
  readonly seed?: bigint;
  /** Failure probability that the plan allows; default 1e-6. */
  readonly delta?: number;
  /** What this machine took for the example, by which the time is estimated. */
  readonly example: { readonly weights: number; readonly seconds: number };
}

export interface OwnPlan {
  readonly widths: readonly number[];
  readonly parameters: number;
  readonly weights: bigint;
  readonly depth: number;
  readonly failureBound: number;
  readonly seconds: number;
}

export type OwnFound =
  | {
      readonly found: true;
      readonly bytes: Uint8Array;
      readonly kept: number;
      readonly seed: bigint;
      readonly proved: boolean;
      readonly epsilon: string | null;
      readonly seconds: number;
    }
  | { readonly found: false; readonly reason: string };

export interface SeedFailure {
  readonly seed: bigint;
  readonly tried: number;
  readonly reason: string | null;
  readonly bound: number;
}

/** An epoch of the training of a mask. */
export interface TrainedEpoch {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  /** On the training samples as they came by, and on those held out of them. */
  readonly accuracy: number;
  readonly heldOut: number;
  /** Of the first layer: 1 for an edge that is kept. */
  readonly mask: Uint8Array;
}

export type TrainDone =
  | {
      readonly finished: true;
      /** Of the written ticket on the test samples. */
      readonly correct: number;
      readonly count: number;
      readonly bytes: number;
      readonly edges: number;
      readonly kept: number;
    }
  | { readonly finished: false };

export interface Tasks {
  /** Answers as soon as there is something to show; the proof goes on behind it. */
  open: { request: OpenRequest; result: Opened };
  /** Of what was opened last. */
  verdict: { request: Record<string, never>; result: Verdict };
  trace: { request: { readonly input: Float64Array }; result: Traced };
  ladder: { request: WeightPlace; result: WeightLadder };
  layer: { request: { readonly layer: number }; result: LayerEdges };
  prove: { request: { readonly changed: readonly SourceEdge[] }; result: Proof };
  regions: { request: { readonly side: number }; result: Regions };
  failing: { request: { readonly delta: number; readonly from: bigint }; result: SeedFailure };
  plan: { request: OwnRequest; result: OwnPlan };
  find: { request: OwnRequest; result: OwnFound };
  show: { request: Record<string, never>; result: Found };
  train: { request: Record<string, never>; result: TrainDone };
}

export type TaskName = keyof Tasks;

export interface Step {
  /** What goes on, in words. */
  readonly words: string;
  /** 0 to 1. */
  readonly done: number;
  /** Of training: an epoch that is done. */
  readonly epoch?: TrainedEpoch;
}

/** From the page. */
export type ToWorker =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly task: TaskName;
      readonly request: unknown;
    }
  | { readonly kind: 'cancel'; readonly id: number };

/** From a worker. */
export type FromWorker =
  | { readonly kind: 'step'; readonly id: number; readonly step: Step }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly error: {
        readonly name: string;
        readonly message: string;
        readonly problem?: string;
        readonly remedy?: string;
      };
    };
