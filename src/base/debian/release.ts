import { ToolError } from '../../core/errors.ts';
import { parseStanza } from './control.ts';
import type { Release } from './types.ts';

/** A Release file's fields that say where its indexes are. */
export interface ReleaseFile extends Release {
  /** Indexes are kept under their hashes too, so that one that is being replaced is still found. */
  readonly byHash: boolean;
  readonly architectures: readonly string[];
  readonly components: readonly string[];
  /** Packages of architecture `all` are in an index of their own. */
  readonly separateAll: boolean;
}

/**
 * Parses the signed text of a Release file.
 * @param what names it in errors
 * @throws ToolError INDEX_INVALID
 */
export function parseRelease(text: string, what: string): Omit<ReleaseFile, 'signedBy'> {
  const fields = parseStanza(text);
  const field = (name: string): string => fields.get(name.toLowerCase()) ?? '';
  const list = (name: string): string[] => field(name).split(/\s+/).filter(Boolean);
  const date = dateOf(field('Date'));
  const validUntil = field('Valid-Until') === '' ? undefined : dateOf(field('Valid-Until'));
  if (!date || (field('Valid-Until') !== '' && !validUntil))
    throw invalid(`${what} has no date that can be read`);
  // It becomes part of addresses and of names of files.
  if (!/^[a-z][a-z0-9-]*$/.test(field('Codename'))) throw invalid(`${what} has no codename that can be one`);
  const architectures = list('Architectures');
  return {
    suite: field('Suite'),
    codename: field('Codename'),
    date,
    ...(validUntil && { validUntil }),
    files: parseFiles(field('SHA256'), what),
    byHash: field('Acquire-By-Hash').toLowerCase() === 'yes',
    architectures,
    components: list('Components').map((name) => name.replace(/^updates\//, '')),
    separateAll:
      architectures.includes('all') && !list('No-Support-for-Architecture-all').includes('Packages'),
  };
}

function parseFiles(text: string, what: string): Release['files'] {
  const files = new Map<string, { sha256: string; size: number }>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, sha256, size, path] = /^([0-9a-f]{64})\s+(\d{1,12})\s+(\S+)$/.exec(line) ?? [];
    if (sha256 === undefined || size === undefined || path === undefined)
      throw invalid(`${what} has a line among its hashes that is none: ${JSON.stringify(line.slice(0, 80))}`);
    files.set(path, { sha256, size: Number(size) });
  }
  if (files.size === 0) throw invalid(`${what} has no SHA-256 hashes`);
  return files;
}

/** `Sat, 11 Jul 2026 10:16:37 UTC`; always UTC, and never what Date.parse makes of other forms. */
function dateOf(text: string): Date | undefined {
  if (!/^[A-Z][a-z]{2}, +\d{1,2} [A-Z][a-z]{2} \d{4} \d\d?:\d\d:\d\d (?:UTC|GMT|\+0000)$/.test(text))
    return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time);
}

function invalid(message: string): ToolError {
  return new ToolError('INDEX_INVALID', message, {
    hint: 'Name another mirror: debian.mirror in coracle.yaml.',
  });
}
