import { parseStanza } from './control.ts';
import { parseRelations } from './relations.ts';
import type { PackageRecord } from './types.ts';

/**
 * A package's record as one line, so that an index of 60,000 packages is a few megabytes of text that need no parsing before a
 * package is asked for. A line's fields, apart by tabs, are in the order of `write`.
 */
export function lineOf(stanza: string): { name: string; line: string; provides: string[] } | undefined {
  const fields = parseStanza(stanza);
  const field = (name: string): string => (fields.get(name) ?? '').replaceAll(/\s+/g, ' ');
  const [name, version, architecture] = [field('package'), field('version'), field('architecture')];
  const [filename, size, sha256] = [field('filename'), field('size'), field('sha256')];
  const sound =
    isName(name) &&
    /^[A-Za-z0-9.+:~-]+$/.test(version) &&
    /^[a-z0-9-]+$/.test(architecture) &&
    isSafePath(filename) &&
    /^\d{1,12}$/.test(size) &&
    /^[0-9a-f]{64}$/.test(sha256);
  if (!sound) return undefined;
  const source = /^(\S+)(?: \(([^()\s]+)\))?$/.exec(field('source'));
  const provides = field('provides');
  const line = [
    ...[name, version, architecture, filename, size, sha256],
    ...[source?.[1] ?? '', source?.[2] ?? ''],
    field('essential') === 'yes' ? 'yes' : '',
    ...[field('priority'), field('section'), field('pre-depends'), field('depends')],
    ...[provides, field('conflicts'), field('breaks')],
  ].join('\t');
  const provided = parseRelations(provides).flatMap((group) => group.map((one) => one.name));
  return { name, line, provides: provided.filter(isName) };
}

function isName(text: string): boolean {
  return /^[a-z0-9][a-z0-9+.-]*$/.test(text);
}

/** No way out of the mirror, nothing that an address could take for something else. */
function isSafePath(path: string): boolean {
  return (
    /^[A-Za-z0-9._~+:%=-]+(?:\/[A-Za-z0-9._~+:%=-]+)*$/.test(path) &&
    !path.split('/').some((part) => part === '.' || part === '..')
  );
}

/** The record of a line. */
export function readLine(line: string, suite: string): PackageRecord {
  const fields = line.split('\t');
  const [name = '', version = '', architecture = '', filename = '', size = '', sha256 = ''] = fields;
  const [source, sourceVersion, essential, priority = '', section = ''] = fields.slice(6);
  const [preDepends, depends, provides, conflicts, breaks] = fields
    .slice(11)
    .map((field) => parseRelations(field));
  return {
    ...{ name, version, architecture, suite, filename, size: Number(size), sha256 },
    source: { name: source || name, version: sourceVersion || version },
    essential: essential === 'yes',
    ...{ priority, section },
    preDepends: preDepends ?? [],
    depends: depends ?? [],
    provides: provides ?? [],
    conflicts: conflicts ?? [],
    breaks: breaks ?? [],
  };
}
