import { createHash } from 'node:crypto';

/**
 * Maintainer scripts are recognised, not run: by the digest of a normal form, in which what does not change what a script does is
 * left out. A script that does something new has another digest, and then nobody answers for it.
 */
export interface ScriptForm {
  /** Empty when the script does nothing at a first installation that matters in an image. */
  readonly text: string;
  /** SHA-256 of `text`, hexadecimal. */
  readonly digest: string;
}

/** Debhelper's generated parts that make nothing an image needs, by the tool that added them, and why. */
export const harmlessParts = {
  dh_apparmor: 'loads profiles into the kernel',
  dh_icons: 'caches of icons for desktops',
  dh_installcatalogs: 'registers SGML catalogues',
  dh_installdebconf: 'loads or clears questions of debconf, which is not asked',
  dh_installemacsen: 'compiles files of Emacs',
  dh_installinfo: 'the directory of Info documents',
  dh_installinit: 'starts services, of which an image has none',
  dh_installinitramfs: 'images for starting a machine',
  dh_installmenu: 'menus of desktops',
  dh_installmime: 'registers viewers for mail programs',
  dh_installmodules: 'modules of the kernel',
  dh_installsystemd: 'enables and starts units, which nothing runs in a container',
  dh_installsystemduser: 'enables units of users',
  dh_makeshlibs: "the loader's cache: the loader searches the multiarch folders without it",
  dh_pypy: 'compiled copies of Python files, which Python makes when it wants them',
  dh_python3: 'compiled copies of Python files, which Python makes when it wants them',
  dh_systemd_enable: 'enables units, which nothing runs in a container',
  dh_systemd_start: 'starts units, which nothing runs in a container',
} as const;

/** Lines that do nothing, or only what is left of an older version: at a first installation there is none. */
const empty =
  /^(?:set -e|exit 0|:|dpkg-maintscript-helper (?:rm_conffile|mv_conffile|dir_to_symlink|symlink_to_dir) [^;&|`$]*(?:-- "\$@")?)$/;

/** The normal form of a script of a package of that version. */
export function scriptForm(script: Uint8Array, version: string): ScriptForm {
  const source = Buffer.from(script).toString('latin1').replaceAll('\r\n', '\n');
  const text = withoutComments(withoutParts(source.split('\n'), isHarmless))
    .filter((line) => !empty.test(line.trim()))
    .join('\n')
    .replaceAll(version, '@VERSION@')
    .replaceAll(/[a-z0-9_]+-linux-gnu\w*/g, '@MULTIARCH@')
    .replaceAll(/ld(?:64)?(?:-linux[\w-]*)?\.so\.[12]/g, '@LOADER@');
  return { text, digest: createHash('sha256').update(text, 'latin1').digest('hex') };
}

/** The lines of a script without the parts that debhelper generated, as far as `drop` says so of the tool and the part's lines. */
export function withoutParts(
  lines: readonly string[],
  drop: (tool: string, body: readonly string[]) => boolean,
): string[] {
  const kept: string[] = [];
  const last = lines.findLastIndex((line) => line.startsWith(partEnd));
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const tool = /^# Automatically added by (dh_\w+)\//.exec(line)?.[1];
    if (tool === undefined || at > last) {
      kept.push(line);
      continue;
    }
    const begin = at;
    while (!(lines[at] ?? '').startsWith(partEnd)) at++;
    if (!drop(tool, lines.slice(begin + 1, at))) kept.push(...lines.slice(begin, at + 1));
  }
  return kept;
}

const partEnd = '# End automatically added section';

function isHarmless(tool: string, body: readonly string[]): boolean {
  if (Object.hasOwn(harmlessParts, tool)) return true;
  // These rename or remove what an older version left: there is none.
  return (
    tool === 'dh_installdeb' &&
    body.every((line) => line.trim() === '' || line.startsWith('dpkg-maintscript-helper '))
  );
}

/** Lines that are neither empty nor a comment; a here-document is text and stays whole. */
function withoutComments(script: readonly string[]): string[] {
  const lines: string[] = [];
  let until: string | undefined;
  for (const raw of script) {
    const line = raw.trimEnd();
    if (until !== undefined) {
      lines.push(line);
      if (line.trimStart() === until) until = undefined;
      continue;
    }
    if (line === '' || (/^\s*#/.test(line) && !line.startsWith('# Automatically added'))) continue;
    lines.push(line);
    until = /<<-?\s*["'\\]?(\w+)/.exec(line)?.[1];
  }
  return lines;
}
