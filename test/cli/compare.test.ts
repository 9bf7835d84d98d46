/** `unearth compare` as a process, and its tickets in the hands of the other commands. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { comparisonCsv } from '../../src/cli/text/compare-table.js';
import { commandLine, digits, images, labels } from './processes.js';

const { folder, unearth, start } = commandLine('compare');
const compare = ['compare', digits, '--domain', 'box:0,1'];

describe('unearth compare', () => {
  it('writes table, report and tickets, which verify, run, inspect and attack take', () => {
    mkdirSync(path.join(folder, 'tickets'));
    const files = ['--csv', 'table.csv', '--html', 'report.html', '--tickets', 'tickets'];
    const systems = ['--systems', 'malach,pensia'];
    const compared = unearth(...compare, '--epsilon', '0.1', ...systems, ...files, '--json');
    expect(compared).toMatchObject({ status: 0, stderr: '' });
    const report = JSON.parse(compared.stdout);
    expect(report).toMatchObject({ epsilon: 0.1, seed: '1', systems: [{ system: 'malach' }, {}] });
    const [malach, pensia] = report.systems;
    expect(malach).toMatchObject({ status: 'planned', built: null });
    expect(pensia).toMatchObject({ status: 'proved', reason: null, built: { violated: false } });
    expect(pensia.peakMemory).toBeGreaterThan(1e7);

    const csv = readFileSync(path.join(folder, 'table.csv'), 'utf8').split('\r\n');
    expect(csv).toHaveLength(4);
    expect(csv[2]).toContain(`,${pensia.built.kept},`);
    expect(readFileSync(path.join(folder, 'report.html'), 'utf8')).toContain('<svg');
    expect(readdirSync(path.join(folder, 'tickets'))).toEqual(['digits.pensia.ticket']);

    const ticket = 'tickets/digits.pensia.ticket';
    const verified = unearth('verify', ticket, '--model', digits, '--json');
    expect(verified.status).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({ proved: true, epsilon: pensia.certified });
    const run = ['run', ticket, '--input', images, '--divide', '255'];
    const accuracy = JSON.parse(unearth(...run, '--labels', labels, '--json').stdout);
    expect(accuracy.accuracy).toBeGreaterThan(0.96);
    expect(accuracy.arithmetic).toContain('source weights');
    const outputs = ['exact', 'folded'].map((engine) =>
      unearth(...run, '--limit', '1', '--engine', engine)
        .stdout.trim()
        .split(',')
        .map(Number),
    );
    outputs[0].forEach((value, index) => {
      expect(outputs[1][index]).toBeCloseTo(value, 9);
    });
    const inspected = JSON.parse(unearth('inspect', ticket, '--json').stdout);
    expect(inspected).toMatchObject({ kind: 'baseline', system: 'pensia', layers: 6 });
    const attack = ['attack', ticket, '--model', digits, '--evaluations', '300', '--json'];
    expect(JSON.parse(unearth(...attack).stdout)).toMatchObject({ violated: false });

    // Its own files are replaced, others are not.
    writeFileSync(path.join(folder, 'table.csv'), 'mine');
    const again = unearth(...compare, '--epsilon', '0.1', '--systems', 'malach', ...files);
    expect(again).toMatchObject({ status: 2, stdout: '' });
    expect(again.stderr).toMatch(/table\.csv.*not a table written by unearth/);
  });

  it('refuses bad usage in one line', () => {
    for (const [args, message] of [
      [['--epsilon', '0.1', '--systems', 'pensia,laplace'], /"laplace" is none/],
      [['--epsilon', '-1'], /--epsilon -1/],
      [[], /epsilon/],
      [['--epsilon', '0.1', '--html', 'nowhere/report.html'], /no folder nowhere/],
      [['--epsilon', '0.1', '--tickets', 'nowhere'], /no folder nowhere/],
    ] as const) {
      const { status, stdout, stderr } = unearth(...compare, ...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(message);
    }
    const unbounded = unearth('compare', digits, '--epsilon', '0.1');
    expect(unbounded.status).toBe(2);
    expect(unbounded.stderr).toMatch(/bounded domain/);
  });

  it('stops at Ctrl-C and leaves no file', async () => {
    const args = [...compare, '--epsilon', '0.0001', '--csv', 'stopped.csv'];
    const { child, ended } = start(...args);
    setTimeout(() => child.kill('SIGINT'), 700);
    expect([130, null]).toContain(await ended);
    expect(existsSync(path.join(folder, 'stopped.csv'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('the CSV file', () => {
  it('quotes cells that need it', () => {
    const csv = comparisonCsv([
      {
        system: 'malach',
        title: 'A "quoted", title',
        status: 'planned',
        reason: 'two\nlines',
        planned: { widest: 3, depth: 2, weights: '12', failureBound: 0.5 },
        bitsPerWeight: 24,
        certified: null,
        built: null,
        peakMemory: 5,
      },
    ]);
    expect(csv).toContain('malach,"A ""quoted"", title",planned,"two\nlines",3,2,12,0.5,,');
    expect(csv.endsWith(',5\r\n')).toBe(true);
  });
});
