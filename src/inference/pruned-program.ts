/**
 * The pruned source made ready to run: all live layers, in blocks, with the neurons that are read at
 * each block's end. Both engines execute exactly these additions and subtractions.
 */
import { checkEach, checkParts } from '../core/arguments.js';
import type { Watch } from '../core/progress.js';
import { complete, type Steps } from '../core/steps.js';
import type { OutputScale } from '../integer/integer-network.js';
import { requireConnectedLayers } from '../source/check-shape.js';
import { type PrunedLayer, pruneSourceSteps } from '../source/pruned-network.js';
import { blockEndsOf, depthOf, widthOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import type { Activation, InputSign } from '../target/network.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { type EvaluationBound, float32BudgetSteps, integerLayers } from './evaluation-bound.js';
import { inputScales } from './sample-size.js';

export interface PrunedProgram {
  /** `N_0`, the constant included. */
  readonly inputs: number;
  /** Whether the last input is the constant 1. */
  readonly constant: boolean;
  readonly outputs: number;
  /** Live layers, t = 1 .. L. In the last one, neuron v of the list is output `layer.neurons[v]`. */
  readonly layers: readonly PrunedLayer[];
  /** Layer numbers (from 1) that end a block, with the places `p_i` by which the block scaled up. */
  readonly blockEnds: readonly number[];
  readonly fractionalPlaces: readonly number[];
  readonly scale: OutputScale;
  /** Applied to the last layer; all others are ReLU. */
  readonly activation: Activation;
  /** What each raw input is measured in, see `inputScales`. */
  readonly scales: Float64Array;
  /** The integer network evaluated in float32: how far off that could be. */
  readonly float32: EvaluationBound;
  /** Kept edges on a path to an output: additions per sample. */
  readonly liveEdges: number;
  /** Of feature maps: then what is said of an input or a neuron here holds of a channel (`MapFastProgram`). */
  readonly maps?: ProgramMaps;
}

/** What a program of feature maps knows of coordinates; its outputs are counted in them. */
export interface ProgramMaps {
  /** Positions of the outputs' plane: output neuron v is outputs `v * area` on. */
  readonly area: number;
  /** What each coordinate of a sample is measured in, and the signs of the channels. */
  readonly scales: Float64Array;
  readonly channelSigns: readonly InputSign[];
}

export interface CompileOptions {
  /** Most bytes of memory that the program may take; default 2 GiB. */
  readonly memory?: number;
}

/**
 * Regenerates the signs and lays out the live part of a ticket's pruned source. Throws an `InputError` if
 * it would need more than `memory` bytes (default 2 GiB).
 */
export function compileTicket(
  ticket: ConstructedTicket,
  { memory, ...watch }: CompileOptions & Watch = {},
): PrunedProgram {
  return complete(compileTicketSteps(ticket, memory), watch);
}

/** The same in steps of stage `compile`, counted in layers. */
export function* compileTicketSteps(
  ticket: ConstructedTicket,
  memory?: number,
): Steps<PrunedProgram> {
  checkTicket(ticket, 'constructed', 'this program');
  requireConnectedLayers(ticket.shape, 'an engine');
  admitTicket(ticket, 'program', memory);
  const { shape, target } = ticket;
  const source = createSource(ticket.seed, shape);
  const inputs = widthOf(shape, 0);
  const live = yield* pruneSourceSteps(source, (t) => ticket.mask(t));
  const scales = inputScales(ticket.domain, inputs - (target.constant ? 1 : 0));
  const float32 = yield* float32BudgetSteps(integerLayers(target), scales);
  return {
    inputs,
    constant: target.constant,
    outputs: widthOf(shape, depthOf(shape)),
    layers: live,
    blockEnds: blockEndsOf(shape),
    fractionalPlaces: target.fractionalPlaces,
    scale: target.scale,
    activation: target.activation,
    scales,
    float32,
    liveEdges: live.reduce((sum, layer) => sum + layer.edges.length, 0),
  };
}

/** Throws a `UsageError` unless this is a program. */
export function checkProgram(program: PrunedProgram): void {
  checkParts('program', program, {
    ...{ inputs: 'number', outputs: 'number', constant: 'boolean', activation: 'text' },
    ...{ layers: 'list', blockEnds: 'list', fractionalPlaces: 'list', scale: 'object' },
    ...{ scales: 'numbers', float32: 'object' },
  });
  checkEach('program.layers', program.layers, {
    ...{ neurons: 'object', offsets: 'object', edges: 'object' },
  });
}
