/**
 * One change to a ticket file, as `docs/test-vectors.md` spells them: `KEY.PATH = JSON`, `remove KEY.PATH`
 * or `TENSOR byte N = VALUE`, several after another with `; ` between them. The digest is made to fit.
 */
import { DIGEST_KEY, ticketDigest } from '../src/ticket/digest.js';
import { decodeSafetensors, encodeSafetensors } from '../src/ticket/safetensors.js';
import { joined } from './ticket/sample.js';

/** Metadata whose values are words, not JSON. */
const WORDS = ['format', 'kind', 'generator', 'seed', 'weights', 'activation', DIGEST_KEY];

type Json = { [key: string]: Json };

export function changed(bytes: Uint8Array, changes: string): Uint8Array {
  const file = decodeSafetensors(bytes);
  const texts: Record<string, string> = Object.fromEntries(file.metadata);
  const tensors = [...file.tensors.values()].map((tensor) => ({
    ...tensor,
    data: [Uint8Array.from(tensor.data)],
  }));
  let signed = true;
  for (const change of changes === '(none)' ? [] : changes.split('; ')) {
    const [, name, byte, to] = /^([\w.]+) byte (\d+) = (\d+)$/.exec(change) ?? [];
    if (name !== undefined) {
      const tensor = tensors.find((candidate) => candidate.name === name);
      if (tensor === undefined) throw new Error(`no tensor ${name}`);
      (tensor.data[0] as Uint8Array)[Number(byte)] = Number(to);
      continue;
    }
    const [, removed, path = removed, value] =
      /^(?:remove ([\w.]+)|([\w.]+) = (.*))$/.exec(change) ?? [];
    if (path === undefined) throw new Error(`no change: ${change}`);
    changeMetadata(texts, path.split('.'), value);
    if (path === DIGEST_KEY) signed = false;
  }
  if (signed) {
    delete texts[DIGEST_KEY];
    texts[DIGEST_KEY] = ticketDigest(Object.entries(texts), tensors);
  }
  return joined(encodeSafetensors(texts, tensors));
}

/** Sets what is at a path to a JSON text, or removes it. */
function changeMetadata(
  texts: Record<string, string>,
  [key = '', ...inner]: readonly string[],
  value: string | undefined,
): void {
  const last = inner.pop();
  if (last === undefined) {
    if (value === undefined) delete texts[key];
    else texts[key] = WORDS.includes(key) || texts[key] === undefined ? JSON.parse(value) : value;
    return;
  }
  const body = JSON.parse(texts[key] as string) as Json;
  let at = body;
  for (const step of inner) at = at[step] as Json;
  if (value === undefined) delete at[last];
  else at[last] = JSON.parse(value) as Json;
  texts[key] = JSON.stringify(body);
}
