import { createHash } from 'node:crypto';
import { parseStanza } from '../../base/debian/control.ts';
import type { OpenPackage } from '../../base/debian/kept-debs.ts';
import { fileEntry } from '../../base/parts/entry.ts';
import type { Entry } from '../../layer/entry.ts';

/**
 * dpkg's own books (dpkg(1), FILES) as they are when packages are unpacked and not configured yet: so that the real dpkg, run inside, goes on
 * from there. Unpacking is what takes the time, and has been done already.
 */

/** Of control.tar, what dpkg does not keep as it is. */
const notKept: ReadonlySet<string> = new Set(['control']);

/** A package's name among dpkg's files: with its architecture where several can be installed side by side. */
export function infoName({ record, control }: OpenPackage): string {
  const fields = parseStanza(textOf(control.get('control')));
  const same = fields.get('multi-arch') === 'same';
  return same ? `${record.name}:${fields.get('architecture') ?? record.architecture}` : record.name;
}

/**
 * The files of /var/lib/dpkg for these packages.
 * @param architecture Debian's name of the system's own
 * @param mtime seconds since the epoch
 */
export async function databaseEntries(
  packages: readonly OpenPackage[],
  architecture: string,
  mtime: number,
): Promise<Entry[]> {
  const at = (name: string, content: string | Uint8Array): Entry =>
    fileEntry(`var/lib/dpkg/${name}`, content, mtime);
  const entries = [at('info/format', '1\n'), at('arch', `${architecture}\n`)];
  const stanzas: string[] = [];
  for (const one of packages) {
    const name = infoName(one);
    for (const [file, bytes] of one.control) {
      if (notKept.has(file)) continue;
      const executable = scripts.has(file);
      entries.push({ ...at(`info/${name}.${file}`, bytes), mode: executable ? 0o755 : 0o644 });
    }
    entries.push(at(`info/${name}.list`, fileList(one)));
    stanzas.push(await stanzaOf(one));
  }
  return [...entries, at('status', `${stanzas.join('\n\n')}\n`), ...triggerEntries(packages, at)];
}

const scripts: ReadonlySet<string> = new Set(['preinst', 'postinst', 'prerm', 'postrm', 'config']);

/** All that a package put there, in the order in which it came. */
function fileList({ entries }: OpenPackage): string {
  const lines = entries.map(({ path }) => (path === '' ? '/.' : `/${path}`));
  return `${[...(lines[0] === '/.' ? [] : ['/.']), ...lines].join('\n')}\n`;
}

/** What the package says of itself, and how far it is. The digests of configuration files tell later what an administrator changed. */
async function stanzaOf({ control, entries }: OpenPackage): Promise<string> {
  const text = textOf(control.get('control')).trimEnd();
  const lines = [text, 'Status: install ok unpacked'];
  const files: string[] = [];
  for (const line of textOf(control.get('conffiles')).split('\n')) {
    const path = line.trim();
    // Lines with flags are of files that are to be removed.
    const entry = path.startsWith('/') ? entries.find((one) => one.path === path.slice(1)) : undefined;
    if (entry?.content) files.push(` ${path} ${await md5(entry)}`);
  }
  return [...lines, ...(files.length > 0 ? ['Conffiles:', ...files] : [])].join('\n');
}

async function md5({ content }: Entry): Promise<string> {
  const hash = createHash('md5');
  if (content) for await (const chunk of content()) hash.update(chunk);
  return hash.digest('hex');
}

/** Who wants to be told of what (deb-triggers(5)); dpkg notes it when it unpacks. */
function triggerEntries(
  packages: readonly OpenPackage[],
  at: (name: string, content: string) => Entry,
): Entry[] {
  const files: string[] = [];
  const named = new Map<string, string[]>();
  for (const one of packages) {
    const name = infoName(one);
    for (const line of textOf(one.control.get('triggers')).split('\n')) {
      const [, wait = '', what = ''] = /^\s*interest(-await|-noawait)?\s+(\S+)/.exec(line) ?? [];
      if (what === '') continue;
      const who = wait === '-noawait' ? `${name}/noawait` : name;
      if (what.startsWith('/')) files.push(`${what} ${who}`);
      else named.set(what, [...(named.get(what) ?? []), who]);
    }
  }
  return [
    at('triggers/File', files.map((line) => `${line}\n`).join('')),
    at('triggers/Unincorp', ''),
    ...[...named].map(([what, who]) => at(`triggers/${what}`, `${who.join('\n')}\n`)),
  ];
}

function textOf(bytes: Buffer | undefined): string {
  return bytes?.toString('utf8') ?? '';
}
