/**
 * The front door: the names that `unearth` exports, and that every type in the signatures of what it
 * exports is exported too.
 */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as unearth from '../../src/index.js';
import { type Declared, exportsOf, mentionedBy } from './declared-types.js';

const index = path.resolve(import.meta.dirname, '../../dist/index.d.ts');
const keyOf = ({ file, name }: Declared): string => `${path.basename(file)}: ${name}`;

describe('the public API', () => {
  it('is this list of values; the rest are types', () => {
    expect(Object.keys(unearth).sort()).toEqual([
      'InputError',
      'MisfitError',
      'STAGES',
      'UsageError',
      'denseLayer',
      'evaluateExactly',
      'exactDecimal',
      'exportTicket',
      'find',
      'open',
      'parseDomain',
      'plan',
      'readBoxText',
      'readModel',
      'readTicket',
      'readVnnlibBox',
      'roleAt',
      'rolesOf',
      'rowOf',
      'trace',
      'verify',
    ]);
  });

  it('exports every type that its declarations mention', () => {
    const exported = [...exportsOf(index).values()];
    const known = new Set(exported.map(keyOf));
    expect(known.has('find.d.ts: FindOptions')).toBe(true);
    const missing = exported.flatMap((declared) =>
      mentionedBy(declared)
        // Lists of words, behind `typeof`.
        .filter(({ name }) => !/^[A-Z_]+$/.test(name))
        .filter((mentioned) => !known.has(keyOf(mentioned)))
        .map((mentioned) => `${keyOf(declared)} mentions ${keyOf(mentioned)}`),
    );
    expect(missing).toEqual([]);
  });

  it('names the stages that progress is told in', () => {
    expect(Object.keys(unearth.STAGES)).toEqual([
      ...[
        'read',
        'train',
        'choose',
        'analyse',
        'allot',
        'quantise',
        'plan',
        'find',
        'select',
        'bound',
      ],
      ...[
        'prove',
        'certify',
        'classify',
        'attack',
        'compile',
        'run',
        'stream',
        'measure',
        'study',
        'write',
      ],
    ]);
  });
});
