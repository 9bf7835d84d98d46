/** Roles in tickets of feature maps as the plan's layout tells them (docs/roles.md). */

import { layoutMapsSteps } from '../constructions/maps/find.js';
import { handedEdges } from '../constructions/maps/find-skip.js';
import type { MapsLayout } from '../constructions/maps/layout.js';
import { hornerMaps, provideMapFinding, skipMaps } from '../constructions/maps/maps.js';
import { mapsLayout } from '../constructions/maps/placed.js';
import type { MapsClass } from '../constructions/maps/plan.js';
import type { BlockLayout } from '../constructions/skip/layout.js';
import { retold } from '../core/steps.js';
import { createSource } from '../source/source.js';
import { planOfSteps } from './decide.js';
import { type MapPlacer, mapPlacer } from './maps-on-demand.js';
import { fittingRoles } from './skip-roles.js';

/** A block of skip with the edges of the maps that it hands on; null for one of another kind. */
function withHandedEdges({ maps }: MapsClass, layout: MapsLayout, index: number) {
  if (layout.kind !== 'skip') return null;
  const { skip, handed } = layout;
  const edges = [...skip.edges, ...handedEdges(skip, maps.blocks[index].known, handed)];
  return { ...skip, edges } satisfies BlockLayout;
}

/** Statement: `MapPlacer`. */
const placeMapsSteps: MapPlacer = function* (ticket, given, steps) {
  const construction = ticket.construction === 'skip' ? skipMaps : hornerMaps;
  const plan = yield* planOfSteps(ticket, construction, given, steps);
  if (plan === undefined) return null;
  const placed = yield* retold(
    layoutMapsSteps(createSource(ticket.seed, plan.shape), plan),
    () => undefined,
  );
  if (!placed.found) return null;
  const { layouts } = placed;
  const layout = mapsLayout(plan, layouts);
  const blocks = layouts.map((own, index) =>
    withHandedEdges(plan.networkClass as MapsClass, own, index),
  );
  return {
    layout,
    skipRoleSteps: (live) => fittingRoles(ticket.shape, live, layout, blocks),
  };
};

/** Gives it to those who ask for it (`rolesOfSteps`). */
export function provideMapRoles(): void {
  provideMapFinding();
  mapPlacer.provide(placeMapsSteps);
}
