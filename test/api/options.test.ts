/**
 * Every option of every verb with values of every sort: a typed error that names it, or what it stands
 * for. What each verb's options are is asked of the verb itself.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as unearth from '../../src/index.js';
import { foundBaseline, smallNetwork } from '../baseline-tickets.js';
import { cloningThreads } from '../threads.js';

const { UsageError } = unearth;

// biome-ignore lint/suspicious/noExplicitAny: values that no type would let through are the subject.
type Any = any;

const model = { network: smallNetwork(1) };
const found = await unearth.find(model);
if (!found.found) throw new Error('not found');
const { ticket, bytes, layout } = found;
const digits = readFileSync(new URL('../../examples/digits/digits.onnx', import.meta.url));
const sample = Float64Array.of(0.5, 0.25, -1);
const baseline = foundBaseline('diffenderfer', smallNetwork(1));

/** What every option is tried with, and how it is shown. */
const VALUES: Readonly<Record<string, unknown>> = {
  NaN: Number.NaN,
  'an object': {},
  null: null,
  '"text"': 'text',
  'a function': () => undefined,
  '-1': -1,
  '1.5': 1.5,
  '1n': 1n,
};

/** Some options are for an error that is certified, and say so without one. */
function withError(options: Any): Any {
  if (options?.around !== undefined) return { epsilon: 0.5, ...options };
  return options?.effort === undefined ? options : { epsilon: 0.5, domain: 'box:0,1', ...options };
}

/** How each verb is called with options, and which of the values above each option takes. */
const VERBS: Readonly<
  Record<
    string,
    { call(options: Any): unknown; takes: Readonly<Record<string, readonly string[]>> }
  >
> = {
  readModel: {
    call: (options) => unearth.readModel(digits, options),
    takes: { name: ['"text"'], readExternal: ['a function'], memory: ['1.5'], rounding: [] },
  },
  find: {
    call: (options) => unearth.find(model, withError(options)),
    takes: {
      ...{ epsilon: ['1.5'], effort: ['1.5'], bits: [], domain: [], construction: [], delta: [] },
      ...{ seed: ['1n'], around: [], threads: [], onWritten: ['a function'] },
      ...{ signal: [], onProgress: ['a function'] },
    },
  },
  plan: {
    call: (options) => unearth.plan(model, withError(options)),
    takes: {
      ...{ epsilon: ['1.5'], effort: ['1.5'], bits: [], domain: [], construction: [], delta: [] },
      ...{ signal: [], onProgress: ['a function'] },
    },
  },
  verify: {
    call: (options) => unearth.verify(ticket, options),
    takes: {
      ...{ model: [], data: [], memory: ['1.5'], threads: [] },
      ...{ signal: [], onProgress: ['a function'] },
    },
  },
  open: {
    call: (options) => unearth.open(ticket, options),
    takes: {
      ...{ engine: [], exactness: [], divide: ['1.5'], outside: [], threads: [], memory: ['1.5'] },
      layout: [],
    },
  },
  run: {
    call: (options) => unearth.open(ticket).run(sample, options),
    takes: { signal: [], onProgress: ['a function'] },
  },
  exportTicket: {
    call: (options) => unearth.exportTicket(ticket, options),
    takes: {
      ...{ format: [], form: [], compute: [], memory: ['1.5'] },
      ...{ signal: [], onProgress: ['a function'] },
    },
  },
  rolesOf: {
    call: (options) => unearth.rolesOf(ticket, options),
    takes: { plan: [], memory: ['1.5'], signal: [], onProgress: ['a function'] },
  },
  trace: {
    call: (options) => unearth.trace(ticket, sample, options),
    takes: { memory: ['1.5'], signal: [], onProgress: ['a function'] },
  },
  rowOf: {
    call: (options) => unearth.rowOf(ticket, 1, 0, options),
    takes: { memory: ['1.5'] },
  },
  readTicket: {
    call: (options) => unearth.readTicket(bytes, options),
    takes: { ignoreDigest: [], memory: ['1.5'] },
  },
};

/** The error of a call, `null` where it has a result. */
async function errorOf(call: () => unknown): Promise<Error | null> {
  try {
    await call();
    return null;
  } catch (error) {
    return error as Error;
  }
}

async function messageOf(call: () => unknown): Promise<string> {
  const error = await errorOf(call);
  expect(error).toBeInstanceOf(UsageError);
  return String(error?.message);
}

describe.each(Object.entries(VERBS))('the options of %s', (verb, { call, takes }) => {
  it('are these and no others', async () => {
    const message = await messageOf(() => call({ zzzzzzzzzzzzz: 1 }));
    const names = Object.keys(takes);
    expect(message).toBe(
      `option "zzzzzzzzzzzzz": ${verb} has none of that name; it has ${names.join(', ')}`,
    );
  });

  it.each(Object.entries(takes))('%s: is of its kind, or refused by name', async (name, taken) => {
    for (const [shown, value] of Object.entries(VALUES)) {
      const error = await errorOf(() => call({ [name]: value }));
      if (taken.includes(shown)) {
        // Networks that need more memory, and domains without bounds, are refused as such.
        const isSo =
          error instanceof unearth.InputError || /bounded domain/.test(`${error?.message}`);
        expect(error === null || isSo, `${name}: ${shown}`).toBe(true);
        continue;
      }
      expect(error, `${name}: ${shown}`).toBeInstanceOf(UsageError);
      expect(error?.message).toMatch(new RegExp(`^(?:option "${name}"|the domain)`));
      expect(error?.message).toMatch(/; ./);
      // What has parts tells of the first that is wrong.
      if (/^the domain|^option "around": /.test(`${error?.message}`)) continue;
      expect(error?.message).toContain(shown);
      expect(error?.message).not.toContain('NaNn');
    }
    expect(await errorOf(() => call({ [name]: undefined }))).toBeNull();
  });

  it('tell what a misspelt one was meant to be', async () => {
    for (const name of Object.keys(takes)) {
      const misspelt = `${name.slice(0, -1)}x`;
      const message = await messageOf(() => call({ [misspelt]: 1 }));
      expect(message).toContain(`option "${misspelt}": ${verb} has none of that name`);
      expect(message).toContain(`did you mean "${name}"?`);
    }
  });

  it('come in a plain object', async () => {
    const { signal } = new AbortController();
    for (const value of [null, 3, 'text', [], () => undefined, new Map(), signal]) {
      expect(await messageOf(() => call(value))).toMatch(
        /^options: .* is no plain object of .*; ./,
      );
    }
    expect(await messageOf(() => call(signal))).toContain('give { signal: .. }');
  });
});

describe('an option that holds something else', () => {
  it.each([
    [() => unearth.find(model, { signal: new AbortController() as Any }), 'give its "signal"'],
    [() => unearth.find(model, { threads: 3 as Any }), 'startThreads(..)'],
    [() => unearth.find(model, { seed: 3 as Any }), 'write 3n'],
    [() => unearth.find(model, { epsilom: 1 } as Any), 'did you mean "epsilon"?'],
    [() => unearth.find(model, { eps: 1 } as Any), 'did you mean "epsilon"?'],
    [() => unearth.verify(ticket, { memory: '2G' as Any }), 'write 2 ** 31 for 2 GiB'],
    [() => unearth.verify(ticket, { model: model.network as Any }), 'give { network } with it'],
    [() => unearth.verify(ticket, { model: { network: null } as Any }), 'option "model".network'],
    [() => unearth.readModel(digits, { name: 'a/b.onnx' }), 'option "name": "a/b.onnx"'],
  ])('is told what to give instead (%#)', async (call, advice) => {
    expect(await messageOf(call)).toContain(advice);
  });
});

describe('options that make no sense together', () => {
  it.each([
    [() => unearth.find(model, { epsilon: 1, bits: 2 }), ['"epsilon"', '"bits"']],
    [() => unearth.plan(model, { epsilon: 1, bits: 2 }), ['"epsilon"', '"bits"']],
    [
      () => unearth.open(ticket, { engine: 'float', exactness: 'bits' }),
      ['"engine: float"', '"exactness: bits"'],
    ],
    [
      () => unearth.open(ticket, { engine: 'exact', threads: cloningThreads(2) }),
      ['"engine: exact"', '"threads"'],
    ],
    [() => unearth.open(baseline.ticket, { engine: 'fast' }), ['"engine: fast"']],
    [() => unearth.verify(ticket, { data: { labels: 1 } as Any }), ['"data"', 'constructed']],
  ])('are refused by name (%#)', async (call, names) => {
    const message = await messageOf(call);
    for (const name of names) expect(message).toContain(name);
    expect(message).toMatch(/; ./);
  });
});

describe('other arguments', () => {
  const takesTicket: readonly ((value: Any) => unknown)[] = [
    (value) => unearth.open(value),
    (value) => unearth.verify(value),
    (value) => unearth.exportTicket(value),
    (value) => unearth.rolesOf(value),
    (value) => unearth.trace(value, sample),
    (value) => unearth.rowOf(value, 1, 0),
  ];

  it('of verbs that take tickets: what to pass instead', async () => {
    for (const call of takesTicket) {
      expect(await messageOf(() => call(found))).toMatch(/^ticket: .*; give its "ticket"$/);
      expect(await messageOf(() => call(bytes))).toMatch(
        /^ticket: .*; give readTicket\(..\) of it$/,
      );
      expect(await messageOf(() => call(Promise.resolve(ticket)))).toMatch(/; await it$/);
      for (const kind of ['constructed', 'baseline', 'trained', 'other']) {
        expect(await messageOf(() => call({ kind }))).toMatch(/^ticket: .*; give what readTicket/);
        expect(await messageOf(() => call({ kind, seed: 1n }))).toMatch(/^ticket/);
      }
      for (const value of [null, undefined, 3, {}, 'a.ticket']) {
        expect(await messageOf(() => call(value))).toMatch(/^ticket: .* is no ticket; give what/);
      }
    }
  });

  it.each([
    [() => unearth.find(digits as Any), /^model: a Uint8Array is no model; give what readModel/],
    [() => unearth.find('a.onnx' as Any), /^model: "a\.onnx" is no model; give what readModel/],
    [() => unearth.find(model.network as Any), /^model: .*; give \{ network \} with it/],
    [() => unearth.find({ ...model, sha256: 'abc' }), /^model\.sha256: "abc" is no SHA-256/],
    [() => unearth.readModel('a.onnx' as Any), /^bytes: "a\.onnx" is no Uint8Array/],
    [
      () => unearth.readModel(bytes.buffer as Any),
      /^bytes: an ArrayBuffer .*Uint8Array\(..\) of it/,
    ],
    [() => unearth.readTicket(found as Any), /^bytes: .*; give its "bytes"/],
    [() => unearth.open(ticket).run([0, 1, 10n] as Any), /^samples\[2\]: 10n is no number/],
    [() => unearth.open(ticket).run(['0', 1, 2] as Any), /^samples\[0\]: "0" is no number/],
    [() => unearth.open(ticket).run(new BigInt64Array(3) as Any), /^samples\[0\]: 0n is no number/],
    [() => unearth.open(ticket).run(3 as Any), /^samples: 3 is no list of numbers/],
    [() => unearth.open(ticket).run([1, 2]), /^samples: 2 numbers are no whole samples of 3; give/],
    [() => layout.layer(9999), /^layer: 9999 is no whole number from 0 to \d+/],
    [() => ticket.mask(9999), /^layer: 9999 is no whole number from 1 to \d+/],
    [() => unearth.rowOf(ticket, 9999, 0), /^layer: 9999 is no whole number from 0 to \d+/],
    [() => unearth.rowOf(ticket, 1, 1e9), /^neuron: 1000000000 is no whole number from 0 to \d+/],
    [() => unearth.trace(ticket, [1, 2, 3] as Any), /^batch: an Array is no Float64Array/],
    [() => unearth.parseDomain(3 as Any, 2), /^domain: 3 is no text/],
    [() => unearth.parseDomain('box:0,1', Number.NaN), /^inputs: NaN is no whole number/],
    [() => unearth.readBoxText(null as Any, 2), /^text: null is no text/],
    [() => unearth.readVnnlibBox({} as Any, 2), /^text: an object is no text/],
    [() => unearth.roleAt(null as Any, 1), /^layer: null is no object/],
  ])('say what they are, and what was given (%#)', async (call, message) => {
    expect(await messageOf(call)).toMatch(message);
  });

  it('of run may be any numbers', async () => {
    const network = unearth.open(ticket, { outside: 'allow' });
    const expected = [...(await network.run([0, 1, 2]))];
    expect([...(await network.run(Uint8Array.of(0, 1, 2) as Any))]).toEqual(expected);
    expect([...(await network.run(Float32Array.of(0, 1, 2)))]).toEqual(expected);
  });
});

describe('what is no ticket', () => {
  const latin = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
  const header = '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
  it.each([
    ['an ONNX model', digits],
    ['an image (PNG)', latin('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')],
    ['a file packed with gzip', latin('\x1f\x8b\x08\0\0\0\0\0')],
    ['JSON that begins with', latin('{"a": [1, 2]}')],
    ['text that begins with', latin('404: Not Found')],
    ['an empty file', new Uint8Array(0)],
    ['a safetensors file', latin(`${String.fromCharCode(header.length)}\0\0\0\0\0\0\0${header}x`)],
  ])('is named for what it is: %s', (words, file) => {
    expect(() => unearth.readTicket(file)).toThrow(unearth.InputError);
    expect(() => unearth.readTicket(file)).toThrow(words);
  });
});

describe('a ticket with a part of another form', () => {
  // What a mask of the caller's own gives is the caller's to answer for.
  const parts = Object.entries(ticket).filter(([name]) => name !== 'mask');
  const spoilt = parts.flatMap(([name, part]) =>
    Object.values(VALUES).flatMap((value): [string, Any][] => [
      [name, { ...ticket, [name]: value }],
      ...(typeof part === 'object' ? partsOf(part) : []).map((inner): [string, Any] => {
        const copy = Array.isArray(part) ? [...part] : { ...(part as object) };
        return [`${name}.${inner}`, { ...ticket, [name]: Object.assign(copy, { [inner]: value }) }];
      }),
    ]),
  );

  function partsOf(part: object): string[] {
    return Object.keys(part).slice(0, 3);
  }

  it.each([
    ['verify', (value: Any) => unearth.verify(value)],
    ['verify with a model', (value: Any) => unearth.verify(value, { model })],
    ['run', (value: Any) => unearth.open(value).run(sample)],
    ['run exactly', (value: Any) => unearth.open(value, { engine: 'exact' }).run(sample)],
    ['export', (value: Any) => unearth.exportTicket(value)],
    ['roles', (value: Any) => unearth.rolesOf(value)],
    ['trace', (value: Any) => unearth.trace(value, sample)],
    ['row', (value: Any) => unearth.rowOf(value, 1, 0)],
  ])('never breaks the midst of the work: %s', async (_, call) => {
    const types = [UsageError, unearth.InputError, unearth.MisfitError];
    const broken: string[] = [];
    for (const [place, value] of spoilt) {
      const error = await errorOf(() => call(value));
      if (error === null || types.some((type) => error instanceof type)) continue;
      broken.push(`${place}: ${error.message}`);
    }
    expect(broken).toEqual([]);
  });
});
