/** Addresses of Git repositories as BuildKit reads them. */
import { ToolError } from '../core/errors.ts';
import { cleanPath } from './go-strings.ts';

export interface GitUrl {
  /** For git: without fragment, query, user or password where those are a secret (http and https). */
  readonly remote: string;
  readonly protocol: 'http' | 'https' | 'ssh' | 'git';
  /** Of an http or https address; never to be shown. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** A branch, a tag, a commit, or a full name (`refs/…`). Undefined is the default branch. */
  readonly ref?: string;
  /** Relative and clean; undefined is the root. */
  readonly subdir?: string;
  /** The commit that it must be, or the beginning of its hash. */
  readonly checksum?: string;
  readonly keepGitDir?: boolean;
  readonly submodules?: boolean;
}

const withScheme = /^([a-zA-Z0-9]+):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
/** `git@host:path`, as ssh and scp write it. */
const scpStyle = /^([\w-]+)@([\w.-]+):([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

/**
 * Reads an address; undefined when it is none of a Git repository. http and https addresses are when their path ends in `.git`; the form
 * `github.com/…` is taken only where `allowShort` says so: as the main build context.
 * @throws ToolError CONTEXT_INVALID for an unknown or contradictory query, a ref or path that cannot be
 */
export function parseGitUrl(
  text: string,
  options: { readonly allowShort?: boolean } = {},
): GitUrl | undefined {
  if (options.allowShort && text.startsWith('github.com/'))
    return parseGitUrl(`https://${text.replace(/(?:\.git)?(?=[?#]|$)/, '.git')}`);
  const full = withScheme.exec(text);
  if (!full) {
    const [, user = '', host = '', path = '', query, fragment] = scpStyle.exec(text) ?? [];
    return user === ''
      ? undefined
      : finish({ remote: `${user}@${host}:${path}`, protocol: 'ssh' }, query, fragment);
  }
  const [, scheme = '', authority = '', path = '', query, fragment] = full;
  const protocol = scheme.toLowerCase();
  if (protocol === 'http' || protocol === 'https') {
    if (!path.endsWith('.git')) return undefined;
    const [host = '', login] = authority.split('@').reverse();
    const [user = '', password = ''] = (login ?? '').split(':').map(decode);
    const remote = `${protocol}://${host}${path}`;
    return finish(
      { remote, protocol, ...(login !== undefined && { credentials: { user, password } }) },
      query,
      fragment,
    );
  }
  if (protocol !== 'ssh' && protocol !== 'git') return undefined;
  return finish({ remote: `${protocol}://${authority}${path}`, protocol }, query, fragment);
}

function finish(base: GitUrl, query: string | undefined, fragment: string | undefined): GitUrl {
  const host = /^(?:[^:]+:\/\/)?(?:[^@/]*@)?([^:/]*)/.exec(base.remote)?.[1] ?? '';
  if (host === '' || host.startsWith('-')) throw wrong('it names no host');
  const colon = fragment?.indexOf(':') ?? -1;
  const [ref, subdir] =
    fragment === undefined
      ? []
      : colon === -1
        ? [fragment]
        : [fragment.slice(0, colon), fragment.slice(colon + 1)];
  const named = readQuery(query ?? '', { ref: decode(ref ?? ''), subdir: decode(subdir ?? '') });
  if (named.ref !== undefined) checkRef(named.ref);
  const clean = cleanPath(`/${named.subdir ?? ''}`).slice(1);
  // `..` at the front would be dropped by cleaning; who writes it means another place.
  if (cleanPath(named.subdir ?? '').startsWith('..'))
    throw wrong(`the directory ${named.subdir ?? ''} lies outside the repository`);
  const { subdir: _, ...rest } = named;
  return { ...base, ...rest, ...(clean !== '' && { subdir: clean }) };
}

type Named = Pick<GitUrl, 'ref' | 'subdir' | 'checksum' | 'keepGitDir' | 'submodules'>;

function readQuery(query: string, fragment: { readonly ref: string; readonly subdir: string }): Named {
  const found = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!known.includes(name))
      throw wrong(`it does not know the parameter ${name}`, `Known are ${known.join(', ')}.`);
    if (found.has(name)) throw wrong(`the parameter ${name} stands there twice`);
    if (value === '' && name !== 'submodules' && name !== 'keep-git-dir')
      throw wrong(`the parameter ${name} has no value`);
    found.set(name, value);
  }
  const [tag, branch] = [found.get('tag'), found.get('branch')];
  const ref = one('ref', [
    fragment.ref || undefined,
    found.get('ref'),
    tag && (tag.startsWith('refs/tags/') ? tag : `refs/tags/${tag}`),
    branch && (branch.startsWith('refs/heads/') ? branch : `refs/heads/${branch}`),
  ]);
  const subdir = one('subdir', [fragment.subdir || undefined, found.get('subdir')]);
  const checksum = one('commit', [found.get('checksum'), found.get('commit')]);
  const keepGitDir = flag('keep-git-dir', found.get('keep-git-dir'));
  const submodules = flag('submodules', found.get('submodules'));
  return {
    ...(ref !== undefined && { ref }),
    ...(subdir !== undefined && { subdir }),
    ...(checksum !== undefined && { checksum }),
    ...(keepGitDir !== undefined && { keepGitDir }),
    ...(submodules !== undefined && { submodules }),
  };
}

const known = ['ref', 'tag', 'branch', 'commit', 'checksum', 'subdir', 'keep-git-dir', 'submodules'];

function one(name: string, values: readonly (string | undefined)[]): string | undefined {
  const [value, other] = new Set(values.filter((text) => text !== undefined));
  if (other !== undefined) throw wrong(`it names two: ${name} ${value ?? ''} and ${other}`);
  return value;
}

/** Go's strconv.ParseBool; a name alone is true. */
function flag(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (['', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw wrong(`the parameter ${name} is true or false, not ${value}`);
}

/** git-check-ref-format(1), as far as it keeps a ref from being taken for an option or a pattern. */
function checkRef(ref: string): void {
  // oxlint-disable-next-line no-control-regex -- what git refuses in names of refs
  if (/^-|\.\.|[\0-\x20\x7f~^:?*[\\]|\/$|\/\/|@\{|\.lock$/.test(ref))
    throw wrong(`${JSON.stringify(ref)} cannot be the name of a branch, a tag or a commit`);
}

/** The address itself is not repeated: it may hold a password. */
function wrong(
  what: string,
  hint = 'Write it as https://example.com/project.git#branch:directory',
): ToolError {
  return new ToolError('CONTEXT_INVALID', `the address of the Git repository is wrong: ${what}`, { hint });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
