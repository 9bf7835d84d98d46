/**
 * Every version of every operator, as ONNX Runtime's own copy of the operator document has it: since when it is,
 * how many inputs and which attributes it takes. What is read must take the same, and the page must list the same.
 */
import { readFileSync } from 'node:fs';
import { create } from '@bufbuild/protobuf';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { NodeProtoSchema } from '../../../../src/target/onnx/onnx_pb.js';
import { OPERATORS } from '../../../../src/target/onnx/operators.js';
import { checkVersion, NEWEST_OPSET } from '../../../../src/target/onnx/versions.js';
import { type AttributeValue, buildModel, node } from '../../onnx-writer.js';

ort.env.wasm.numThreads = 1;

/** The newest operator set that the runtime takes without calling it unfinished. */
const NEWEST_OF_RUNTIME = 26;

/** The runtime replaces Constant before it looks at its schema. */
const OTHERS = [...OPERATORS.keys()].filter((opType) => opType !== 'Constant');

/** All attributes that a version of these operators has, and one that none has. */
const ATTRIBUTES = [
  ...['allowzero', 'alpha', 'axes', 'axis', 'beta', 'block_size', 'broadcast', 'end', 'ends'],
  ...['epsilon', 'is_test', 'max', 'min', 'momentum', 'num_outputs', 'output_dtype', 'perm'],
  ...['precision', 'ratio', 'round_mode', 'saturate', 'seed', 'shape', 'spatial', 'split'],
  ...['start', 'starts', 'to', 'training_mode', 'transA', 'transB', 'value', 'none_of_them'],
  ...['auto_pad', 'axes', 'ceil_mode', 'count_include_pad', 'dilations', 'group', 'keepdims'],
  ...[
    'kernel_shape',
    'mode',
    'noop_with_empty_axes',
    'paddings',
    'pads',
    'storage_order',
    'strides',
  ],
];

/** What the runtime says of a model of this node, or nothing where it takes it. */
async function saidBy(
  opset: number,
  opType: string,
  inputs: number,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Promise<string> {
  const model = buildModel({
    opset,
    nodes: [node(opType, new Array<string>(inputs).fill('x'), ['y'], attributes)],
    inputDims: [1, 2],
  });
  try {
    const session = await ort.InferenceSession.create(model, { logSeverityLevel: 4 });
    await session.release();
    return '';
  } catch (error) {
    return String(error);
  }
}

/** What is said here of the node; nothing where it fits its version. */
function saidHere(
  opset: number,
  opType: string,
  inputs: number,
  attributes: readonly string[] = [],
): string {
  const message = create(NodeProtoSchema, {
    opType,
    input: new Array<string>(inputs).fill('x'),
    attribute: attributes.map((name) => ({ name })),
  });
  try {
    checkVersion({ node: message, place: 'node 1' }, opset);
    return '';
  } catch (error) {
    return String(error);
  }
}

interface Schema {
  readonly since: number;
  readonly least: number;
  readonly most: number;
}

/** The schema in force, from the complaint about a node without inputs. */
async function schemaAt(opset: number, opType: string): Promise<Schema | undefined> {
  const said = await saidBy(opset, opType, 0);
  const found = /schema\(::\w+:(\d+)\) has input size 0 not in range \[min=(\d+), max=(\d+)\]/.exec(
    said,
  );
  if (found === null) {
    expect(said).toMatch(`No Op registered for ${opType} `);
    return undefined;
  }
  const [since, least, most] = found.slice(1).map(Number);
  return { since, least, most };
}

interface Attributes {
  readonly needed: readonly string[];
  readonly known: readonly string[];
}

/** Its attributes, from the complaints about ones that are missing or unknown. */
async function attributesAt(opset: number, opType: string, inputs: number): Promise<Attributes> {
  const needed: string[] = [];
  for (;;) {
    const given = needed.map((name) => [name, attributeValue(opset, opType, name)] as const);
    const said = await saidBy(opset, opType, inputs, Object.fromEntries(given));
    const missing = /Required attribute '(\w+)' is missing/.exec(said)?.[1];
    if (missing === undefined) break;
    needed.push(missing);
  }
  const known: string[] = [];
  for (const name of ATTRIBUTES) {
    const said = await saidBy(opset, opType, inputs, { [name]: 1n });
    if (!said.includes(`Unrecognized attribute: ${name} `)) known.push(name);
  }
  // Nobody ever read it.
  return { needed: needed.filter((name) => name !== 'consumed_inputs'), known };
}

/** A value of the type that the required attribute has there. */
function attributeValue(opset: number, opType: string, name: string): AttributeValue {
  if (name === 'to' && opset < 6) return 'FLOAT';
  return opType === 'Concat' || name === 'to' ? 1n : [0n];
}

/** What is read takes these inputs and attributes, and no others. */
function expectTheSame(
  opset: number,
  opType: string,
  { least, most }: Schema,
  { needed, known }: Attributes,
): void {
  const said = (inputs: number, attributes: readonly string[]): string =>
    saidHere(opset, opType, inputs, [...new Set(attributes)]);
  expect(said(least, needed)).toBe('');
  expect(said(least - 1, needed)).toMatch(`its input ${least} is missing`);
  const more = said(Math.min(most, 1000), needed);
  expect(more).toBe('');
  if (most < 1000) expect(said(most + 1, needed)).toMatch(`at most ${most} in`);
  for (const name of needed) {
    const rest = needed.filter((other) => other !== name);
    expect(said(least, rest)).toMatch(`it has no ${name}, which`);
  }
  for (const name of ATTRIBUTES) {
    const answer = said(least, [...needed, name]);
    if (known.includes(name)) expect(answer).toBe('');
    else expect(answer).toMatch(`has no attribute "${name}" in operator set ${opset}`);
  }
}

/** The operators' versions as `docs/models.md` lists them. */
function versionsOfPage(): Map<string, number[]> {
  const page = readFileSync(new URL('../../../../docs/models.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('## Versions'), page.indexOf('## `.nnet`'));
  const rows = [...table.matchAll(/^\| ([\w, ]+) \| (\d+(?:, \d+)*) \|/gm)];
  return new Map(
    rows.flatMap(([, names, versions]) =>
      names.split(', ').map((name) => [name, versions.split(', ').map(Number)] as const),
    ),
  );
}

describe('the schemas of ONNX Runtime', () => {
  it.each(OTHERS)('%s', async (opType) => {
    const versions: number[] = [];
    let attributes: Attributes = { needed: [], known: [] };
    for (let opset = 1; opset <= NEWEST_OF_RUNTIME; opset++) {
      const schema = await schemaAt(opset, opType);
      if (schema === undefined) {
        expect(saidHere(opset, opType, 1)).toMatch(`operator set ${opset} has no ${opType}`);
        continue;
      }
      if (versions.at(-1) !== schema.since) {
        expect(schema.since).toBe(opset);
        versions.push(opset);
        attributes = await attributesAt(opset, opType, schema.least);
      }
      expectTheSame(opset, opType, schema, attributes);
    }
    expect(versionsOfPage().get(opType)).toEqual(versions);
  });

  it('are known up to the operator set before the newest that is read', async () => {
    expect(NEWEST_OPSET).toBe(NEWEST_OF_RUNTIME + 1);
    expect(await saidBy(NEWEST_OPSET, 'Relu', 1)).toMatch(
      `official support for domain ai.onnx is till opset ${NEWEST_OF_RUNTIME}`,
    );
  });
});
