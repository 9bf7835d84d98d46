/** The attacks on bounds that bench/ makes by the hundred, a few of each kind: none may break one. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';

function run(script: string, ...args: readonly string[]) {
  const { status, stdout } = spawnSync(process.execPath, [path.resolve('bench', script), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout };
}

describe('attacks of bench/', () => {
  it('break no stated rounding error of any engine, on tickets of every kind', () => {
    const { status, stdout } = run('inference-bounds.mjs', '0.04');
    expect(stdout).not.toContain('BROKEN');
    expect(status).toBe(0);
    for (const kind of ['diamond', 'joint source', 'certified', 'malach', 'pensia', 'trained']) {
      expect(stdout).toContain(kind);
    }
  });

  it('break no certificate, on networks of every oddity', () => {
    const { status, stdout } = run('precision-fuzz.mjs', '100', '3');
    expect(stdout).not.toContain('violated:');
    expect(stdout).toMatch(/^100 networks and domains, 800 certificates, 0 violations;/m);
    expect(status).toBe(0);
  });
});
