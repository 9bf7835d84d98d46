/**
 * The lockfile fits package.json and is complete on every platform: npm drops the entries of binaries
 * for other platforms when it cannot fetch them, and `npm ci` then refuses to install anything.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly version?: string;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly resolved?: string;
}

function readProjectFile(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
}

const manifest = readProjectFile('package.json') as Manifest;
const { packages } = readProjectFile('package-lock.json') as {
  packages: Readonly<Record<string, Manifest>>;
};

/** Where npm puts a dependency of the package at `place`: beside it or in a folder above. */
function isLocked(place: string, name: string): boolean {
  for (let folder = place; ; folder = folder.slice(0, folder.lastIndexOf('node_modules/'))) {
    const base = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
    if (packages[`${base}node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
  }
}

describe('package-lock.json', () => {
  it('locks what package.json names, at exact versions', () => {
    const root = packages[''];
    for (const kind of ['dependencies', 'devDependencies'] as const) {
      expect(root[kind]).toEqual(manifest[kind]);
      for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
        expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
      }
    }
  });

  it('has an entry for every optional package of every platform', () => {
    const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !isLocked(place, name))
        .map((name) => `${name} (of ${place})`),
    );
    expect(missing).toEqual([]);
  });

  it('names a version for every package and no download address', () => {
    for (const [place, { version, resolved }] of Object.entries(packages)) {
      expect(version, place).toMatch(/^\d+\.\d+\.\d+/);
      expect(resolved, place).toBeUndefined();
    }
  });

  it('gives users no package that runs an install script', () => {
    const running = Object.entries(packages).filter(
      ([, entry]) => entry.hasInstallScript === true && entry.dev !== true,
    );
    expect(running).toEqual([]);
  });
});
