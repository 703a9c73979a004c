/** What a source of ADD is: a Git repository, a URL, or a path of the build context. */
import { invalid } from './stage.ts';

export type AddSource =
  | { readonly kind: 'path' }
  | { readonly kind: 'http'; readonly file: string }
  | {
      readonly kind: 'git';
      /** What the URL's query says of them. */
      readonly keepGitDir?: boolean;
      readonly checksum?: string;
    };

/** `user@host:path?query#fragment`, as scp and Git write it. */
const scpForm = /^[\w-]+@[A-Za-z0-9.-]+:.*$/;

/**
 * Told apart as BuildKit does: `git://`, `ssh://` and `user@host:path` are Git; `http://` and `https://` are too when the path ends in
 * `.git`, and else they are files.
 * @throws ToolError DOCKERFILE_INVALID, without a place, for a Git URL with a query that means nothing
 */
export function addSource(source: string): AddSource {
  const [, scheme = '', path = '', query = ''] =
    /^([A-Za-z0-9]+):\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?(?:#.*)?$/s.exec(source) ?? [];
  const protocol = scheme.toLowerCase();
  const http = protocol === 'http' || protocol === 'https';
  if (protocol === 'git' || protocol === 'ssh' || (http && decoded(path).endsWith('.git')))
    return gitSource(query);
  // The scheme of a file's URL counts in lower case only: BuildKit's rule.
  if (http && source.startsWith(protocol)) return { kind: 'http', file: fileName(decoded(path)) };
  if (protocol === '' && scpForm.test(source)) return gitSource(/\?([^#]*)/.exec(source)?.[1] ?? '');
  return { kind: 'path' };
}

/** What a URL's file is called: the last part of its path. */
function fileName(path: string): string {
  const last = path.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return last === '' || last === '.' || last === '..' ? '__unnamed__' : last;
}

function gitSource(query: string): AddSource {
  const parameters = new URLSearchParams(query);
  for (const name of new Set(parameters.keys())) {
    const values = parameters.getAll(name);
    const bare = values[0] === '' && name !== 'submodules' && name !== 'keep-git-dir';
    if (values.length > 1 || bare)
      throw invalid(`the Git URL's ${name} has ${bare ? 'no value' : 'several values'}`, 'Give it one.');
    if (!gitParameters.includes(name))
      throw invalid(
        `a Git URL has no parameter ${JSON.stringify(name)}`,
        `There are ${gitParameters.join(', ')}.`,
      );
  }
  const keep = parameters.get('keep-git-dir');
  const checksum = parameters.get('checksum') ?? parameters.get('commit');
  return {
    kind: 'git',
    ...(keep === null ? {} : { keepGitDir: /^(?:|1|t|true)$/i.test(keep) }),
    ...(checksum === null ? {} : { checksum }),
  };
}

const gitParameters = ['ref', 'tag', 'branch', 'subdir', 'checksum', 'commit', 'keep-git-dir', 'submodules'];

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
