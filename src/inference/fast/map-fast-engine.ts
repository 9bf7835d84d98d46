/** The `fast` engine of feature maps: the same segments, number types and kernels, over positions as lanes. */
import { runMapsExactSteps } from '../map-engines.js';
import type { MapFastProgram } from '../map-fast-program.js';
import { type FastOptions, fastEngineOf, type Prepared, type SharedEngine } from './fast-engine.js';
import type { MapLayout } from './map-layout.js';
import { mapRunners } from './map-runner.js';

/** An engine for one program; a sample is channel by channel, unless the program says otherwise. */
export function mapFastEngine(
  program: MapFastProgram,
  options: FastOptions = {},
  prepared?: Prepared<MapLayout>,
): SharedEngine<MapLayout> {
  const { maps } = program;
  const geometry = {
    ...program,
    ...maps,
    outputs: { channels: program.outputs / maps.area, area: maps.area },
  };
  return fastEngineOf(
    program,
    options,
    {
      // Positions fill the lanes that samples leave.
      singles: false,
      runners: mapRunners(program),
      exactSteps: (_, batch, samples, unit) =>
        runMapsExactSteps(geometry, program, batch, samples, unit),
    },
    prepared,
  );
}
