import { damaged } from './members.ts';
import { parseAlpineRelations } from './relations.ts';
import type { AlpinePackage } from './types.ts';

/** Where an index was read. */
interface Origin {
  readonly repository: string;
  readonly rank: number;
  /** For messages. */
  readonly what: string;
}

/**
 * The packages of an APKINDEX: blocks of `X:value` lines, apart by empty lines.
 * @returns also the newest build time of a package, in seconds since the epoch
 * @throws ToolError INDEX_INVALID for a block that does not say name, version, size and hash in the form they must have
 */
export function parseRecords(text: string, origin: Origin): { packages: AlpinePackage[]; newest: number } {
  const packages: AlpinePackage[] = [];
  let newest = 0;
  for (const block of text.split(/\n\n+/)) {
    const lines = block.split('\n').filter((line) => /^[A-Za-z]:/.test(line));
    if (lines.length === 0) continue;
    const fields = new Map(lines.map((line) => [line.slice(0, 1), line.slice(2)]));
    packages.push(recordOf(fields, origin));
    newest = Math.max(newest, Number(fields.get('t') ?? 0) || 0);
  }
  return { packages, newest };
}

function recordOf(fields: ReadonlyMap<string, string>, { repository, rank, what }: Origin): AlpinePackage {
  const field = (name: string): string => fields.get(name) ?? '';
  const [name, version, size] = [field('P'), field('V'), field('S')];
  const identity = identityOf(field('C'));
  const sound =
    /^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(name) &&
    /^[A-Za-z0-9][A-Za-z0-9._~+-]*$/.test(version) &&
    /^\d{1,12}$/.test(size);
  if (!sound || !identity)
    throw damaged(what, `its entry of ${JSON.stringify(name.slice(0, 80))} is not sound`);
  return {
    ...{ name, version, architecture: field('A'), repository, rank, identity, size: Number(size) },
    depends: parseAlpineRelations(field('D')),
    provides: parseAlpineRelations(field('p')),
    installIf: parseAlpineRelations(field('i')),
    priority: Number(field('k')) || 0,
    licence: field('L'),
  };
}

/** `Q1` and the base64 of a SHA-1, `Q2` and that of a SHA-256. */
function identityOf(text: string): AlpinePackage['identity'] | undefined {
  const algorithm = text.startsWith('Q1') ? 'sha1' : text.startsWith('Q2') ? 'sha256' : undefined;
  if (!algorithm || !/^[A-Za-z0-9+/]+=*$/.test(text.slice(2))) return undefined;
  const bytes = Buffer.from(text.slice(2), 'base64');
  return bytes.length === (algorithm === 'sha1' ? 20 : 32)
    ? { algorithm, hex: bytes.toString('hex') }
    : undefined;
}
