/** Module paths and what may stand behind the `@` (go.dev/ref/mod#module-path, #version-queries). */
import { ToolError } from '../core/errors.ts';
import { globMatcher } from './inputs.ts';
import { isVersion, parseSemVer } from './semver.ts';

export interface ModuleQuery {
  /** Of a package inside the module, or of the module itself. */
  readonly path: string;
  /** `v1.2.3`, `latest`, `v1`, a branch or commit. */
  readonly query: string;
}

/**
 * Reads `path@query`; no query is `latest`.
 * @throws ToolError USAGE
 */
export function parseModuleQuery(text: string): ModuleQuery {
  const at = text.indexOf('@');
  const path = at < 0 ? text : text.slice(0, at);
  const query = at < 0 ? 'latest' : text.slice(at + 1);
  const elements = path.split('/');
  // The rules of the go command for import paths; they also keep a path from becoming another place of a proxy or a disk.
  const sound =
    path.length <= 1024 &&
    elements.every(
      (element) => /^[A-Za-z0-9._~+-]+$/.test(element) && !element.startsWith('.') && !element.endsWith('.'),
    ) &&
    /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(elements[0] ?? '');
  if (sound && /^[A-Za-z0-9._+~<>=/-]{1,200}$/.test(query) && !query.startsWith('-') && !query.includes('..'))
    return { path, query };
  throw new ToolError('USAGE', `${JSON.stringify(text.slice(0, 200))} is not module/path@version`, {
    hint: 'A public program is named as in github.com/caddyserver/caddy/v2/cmd/caddy@v2.10.2, or with @latest.',
  });
}

/** Hosts on which a module has at least three elements: nothing shorter needs to be asked for. */
const threeElements = /^(github\.com|bitbucket\.org|gitlab\.com|codeberg\.org)$/;

/** The module paths that a package path may belong to, longest first. */
export function candidatesOf(path: string): string[] {
  const elements = path.split('/');
  const least = threeElements.test(elements[0] ?? '') ? 3 : 1;
  const candidates: string[] = [];
  for (let length = elements.length; length >= least; length--)
    candidates.push(elements.slice(0, length).join('/'));
  return candidates;
}

/**
 * The version as a module of this path has it: major 2 and up must stand in the path, or the version is `+incompatible`
 * (go.dev/ref/mod#major-version-suffixes). Undefined when there can be no such version of it.
 */
export function versionFor(path: string, version: string): string | undefined {
  const parsed = parseSemVer(version);
  if (!parsed) return undefined;
  const { major, build } = parsed;
  const [, gopkg] = /^gopkg\.in\/.*\.v(0|[1-9]\d*)(?:-unstable)?$/.exec(path) ?? [];
  if (gopkg !== undefined) return gopkg === major && build === '' ? version : undefined;
  const [, suffix] = /\/v([2-9]|[1-9]\d+)$/.exec(path) ?? [];
  if (suffix !== undefined) return suffix === major && build === '' ? version : undefined;
  if (major === '0' || major === '1') return build === '' ? version : undefined;
  if (!isVersion(version) || build === 'incompatible') return version;
  return build === '' ? `${version}+incompatible` : undefined;
}

/** True when one of the comma-separated globs of GOPRIVATE or GONOPROXY matches the path's beginning. */
export function matchesPrefix(globs: string, path: string): boolean {
  const elements = path.split('/');
  return globs
    .split(',')
    .map((glob) => glob.trim().replace(/\/$/, ''))
    .filter((glob) => glob !== '')
    .some((glob) => {
      const parts = glob.split('/');
      return (
        parts.length <= elements.length && parts.every((part, at) => globMatcher(part)(elements[at] ?? ''))
      );
    });
}
