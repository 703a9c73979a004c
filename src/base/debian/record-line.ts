import { parseRelations } from './relations.ts';
import type { PackageRecord } from './types.ts';

/**
 * A package's record as one line, so that an index of 60,000 packages is a few megabytes of bytes that need no parsing before a
 * package is asked for. A line's fields, apart by tabs, are these, in this order; what a record needs of a stanza is plain ASCII.
 */
const fields = [
  ...['package', 'version', 'architecture', 'filename', 'size', 'sha256', 'source', 'essential'],
  ...['priority', 'section', 'pre-depends', 'depends', 'provides', 'conflicts', 'breaks'],
] as const;
type Field = (typeof fields)[number];

const places = new Map<string, number>(fields.map((name, place) => [name, place]));
/** By length of the name and its first letter: whether it may be one of them. Most lines are told apart by that. */
const likely = new Uint8Array(32 * 32);
for (const name of fields) likely[name.length * 32 + (name.charCodeAt(0) & 31)] = 1;

/** The line of a stanza of Packages and the names that the package provides; undefined when the stanza lacks what a record must have. */
export function lineOf(stanza: string): { line: string; provides: string[] } | undefined {
  const values = readFields(stanza);
  const field = (name: Field): string => values[fields.indexOf(name)] ?? '';
  const sound =
    isName(field('package')) &&
    /^[A-Za-z0-9.+:~-]+$/.test(field('version')) &&
    /^[a-z0-9-]+$/.test(field('architecture')) &&
    isSafePath(field('filename')) &&
    /^\d{1,12}$/.test(field('size')) &&
    /^[0-9a-f]{64}$/.test(field('sha256'));
  if (!sound) return undefined;
  const provides = field('provides');
  const provided = provides === '' ? [] : parseRelations(provides).flat();
  return { line: values.join('\t'), provides: provided.map((one) => one.name).filter(isName) };
}

/** The values of `fields`; folded lines are joined by spaces, and no value holds a tab. */
function readFields(stanza: string): string[] {
  const values = Array.from<string>({ length: fields.length }).fill('');
  let current = -1;
  for (let at = 0, end = 0; at < stanza.length; at = end + 1) {
    end = stanza.indexOf('\n', at);
    if (end === -1) end = stanza.length;
    const first = stanza.charCodeAt(at);
    if (first === 32 || first === 9) {
      if (current !== -1) values[current] += ` ${tidy(stanza.slice(at, end))}`;
      continue;
    }
    const colon = stanza.indexOf(':', at);
    const length = colon - at;
    current = -1;
    if (colon === -1 || colon > end || length > 31 || likely[length * 32 + (first & 31)] !== 1) continue;
    const place = places.get(stanza.slice(at, colon).toLowerCase()) ?? -1;
    if (place === -1 || values[place] !== '') continue;
    current = place;
    values[place] = tidy(stanza.slice(colon + 1, end));
  }
  return values;
}

function tidy(text: string): string {
  const trimmed = text.trim();
  return trimmed.includes('\t') ? trimmed.replaceAll('\t', ' ') : trimmed;
}

function isName(text: string): boolean {
  return /^[a-z0-9][a-z0-9+.-]*$/.test(text);
}

/** No way out of the mirror, nothing that an address could take for something else. */
function isSafePath(path: string): boolean {
  return (
    /^[A-Za-z0-9._~+:%=-]+(?:\/[A-Za-z0-9._~+:%=-]+)*$/.test(path) && !/(?:^|\/)\.\.?(?:\/|$)/.test(path)
  );
}

/** The record of a line. */
export function readLine(line: string, suite: string): PackageRecord {
  const values = line.split('\t');
  const field = (name: Field): string => values[fields.indexOf(name)] ?? '';
  const [, source = '', sourceVersion] = /^(\S+)(?: \(([^()\s]+)\))?$/.exec(field('source')) ?? [];
  const [name, version] = [field('package'), field('version')];
  return {
    ...{ name, version, architecture: field('architecture'), suite },
    ...{ filename: field('filename'), size: Number(field('size')), sha256: field('sha256') },
    source: { name: source || name, version: sourceVersion ?? version },
    essential: field('essential') === 'yes',
    priority: field('priority'),
    section: field('section'),
    preDepends: parseRelations(field('pre-depends')),
    depends: parseRelations(field('depends')),
    provides: parseRelations(field('provides')),
    conflicts: parseRelations(field('conflicts')),
    breaks: parseRelations(field('breaks')),
  };
}
