/** The roles that a layout of chains in fours gives neurons: those of plain chains, and relays. */
import { type LayerRoles, type Role, roleAt, sortedRoles } from '../../roles.js';
import { isRelayLayer } from './block.js';
import type { QuadsLayout } from './layout.js';

const RELAY: Role = { kind: 'relay' };
const OFFSET: Role = { kind: 'offset' };

/** What is placed in a layer of such a block, given how it would be were all chains plain. */
export function quadRoles(layer: LayerRoles, layout: QuadsLayout): LayerRoles {
  const { level, neurons, roles } = layer;
  if (isRelayLayer(layout, level)) {
    const isCarrier = ({ kind }: Role): boolean => kind === 'carrier';
    return { ...layer, roles: roles.map((role) => (isCarrier(role) ? role : RELAY)) };
  }
  // Here the constant's output, the last one, subtracts an offset as the others do.
  const copy = layout.offsetOf[layout.offsetOf.length - 1];
  if (level !== layout.radices.length || roleAt(layer, copy) !== undefined) return layer;
  const placed = roles.map((role, index) => [neurons[index], role] as const);
  return sortedRoles(layer, [...placed, [copy, OFFSET]]);
}
