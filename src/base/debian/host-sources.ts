import { promises as fs } from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../core/errors.ts';
import { readFileIfThere } from '../../core/files.ts';
import { parseStanza, parseStanzas } from './control.ts';

/** A mirror that apt is set up with on this machine. */
interface HostSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy: string;
}

export interface HostMirrors {
  readonly archive?: string;
  readonly security?: string;
}

/**
 * The mirrors of Debian that apt is set up with; none on a machine that is not Debian. Sources of others are told apart by what they
 * say of themselves; whatever is chosen, only Debian's signature makes it count.
 * @param root where the machine's files are
 */
export async function hostMirrors(root = '/'): Promise<HostMirrors> {
  const release = parseOsRelease(await textOf(path.join(root, 'etc/os-release')));
  if (release.get('ID') !== 'debian') return {};
  const sources = await readSources(path.join(root, 'etc/apt'));
  const isRelease = (suite: string): boolean =>
    suite === release.get('VERSION_CODENAME') || aliases.test(suite) || known.test(suite);
  const archive = best(sources, isRelease);
  const security = best(sources, (suite) => {
    const [, name] = /^(.+?)(?:-security|\/updates)$/.exec(suite) ?? [];
    return name !== undefined && isRelease(name);
  });
  return { ...(archive !== undefined && { archive }), ...(security !== undefined && { security }) };
}

const aliases = /^(?:stable|oldstable|oldoldstable|testing|unstable)$/;
const known = /^(?:bullseye|bookworm|trixie|forky|sid)$/;

function best(sources: readonly HostSource[], holds: (suite: string) => boolean): string | undefined {
  const scored = sources
    .filter(
      ({ uri, suites, components }) =>
        /^https?:\/\//.test(uri) && suites.some(holds) && components.includes('main'),
    )
    .map(({ uri, signedBy, suites }) => ({
      uri,
      score:
        (/debian-archive/.test(signedBy) ? 4 : 0) +
        (/\/debian(?:-security)?\/*(?:$|\d)/.test(uri) ? 2 : 0) +
        (suites.some((suite) => suite.endsWith('-updates')) ? 1 : 0),
    }));
  return scored.sort((one, other) => other.score - one.score)[0]?.uri;
}

/** Sources in apt's order: sources.list, then the folder's files by name. */
async function readSources(apt: string): Promise<HostSource[]> {
  const folder = path.join(apt, 'sources.list.d');
  const names = (await list(folder)).sort();
  const found = parseSourcesList(await textOf(path.join(apt, 'sources.list')));
  for (const name of names) {
    const text =
      name.endsWith('.list') || name.endsWith('.sources') ? await textOf(path.join(folder, name)) : '';
    found.push(...(name.endsWith('.sources') ? parseSources(text) : parseSourcesList(text)));
  }
  return found;
}

/** The one-line form: `deb [signed-by=FILE arch=amd64] http://host/debian trixie main`. */
export function parseSourcesList(text: string): HostSource[] {
  return text.split('\n').flatMap((line) => {
    const plain = line.replace(/#.*/, '').trim();
    const [, options = '', uri, suite, components = ''] =
      /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)(?:\s+(.*))?$/.exec(plain) ?? [];
    if (uri === undefined || suite === undefined) return [];
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1] ?? '';
    return [{ uri, suites: [suite], components: words(components), signedBy }];
  });
}

/** The form of several lines (deb822): stanzas with Types, URIs, Suites, Components. */
export function parseSources(text: string): HostSource[] {
  const plain = text.replaceAll(/^#.*\n?/gm, '');
  return parseStanzas(plain).flatMap((stanza) => {
    const field = (name: string): string => stanza.get(name) ?? '';
    if (
      !words(field('types')).includes('deb') ||
      /^(?:no|false|0|off|without|disable)$/i.test(field('enabled'))
    )
      return [];
    const [suites, components] = [words(field('suites')), words(field('components'))];
    return words(field('uris')).map((uri) => ({ uri, suites, components, signedBy: field('signed-by') }));
  });
}

function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const stanza = parseStanza(text.replaceAll(/^(\w+)=(?:"([^"]*)"|'([^']*)'|(.*))$/gm, '$1: $2$3$4'));
  return new Map([...stanza].map(([name, value]) => [name.toUpperCase(), value]));
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

async function textOf(file: string): Promise<string> {
  // What this user may not read is as if it were not there.
  const bytes = await readFileIfThere(file).catch(() => undefined);
  return bytes?.toString('utf8').replaceAll('\r\n', '\n') ?? '';
}

async function list(folder: string): Promise<string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    if (systemCode(error) !== undefined) return [];
    throw error;
  }
}
