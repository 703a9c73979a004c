import { promises as fs } from 'node:fs';
import path from 'node:path';
import { ToolError } from '../core/errors.ts';

/** What WHAT means: a public program by module path and version, or something in a directory on this machine. */
export type Target =
  | { readonly kind: 'module'; readonly query: string }
  | { readonly kind: 'local'; readonly directory: string; readonly patterns: readonly string[] };

/** `host.tld/path@version`: what the go command takes with a version. */
const moduleForm = /^[^\s@./][^\s@/]*\.[^\s@/]+\/[^\s@]+@[^\s@]+$/;

/**
 * Reads WHAT without running anything.
 * @throws ToolError NOT_FOUND when a path does not exist; USAGE
 */
export async function readTarget(what: string, cwd: string): Promise<Target> {
  if (what.includes('@')) {
    if (moduleForm.test(what) && !what.startsWith('.')) return { kind: 'module', query: what };
    throw new ToolError('USAGE', `${what} is neither a path nor module/path@version`, {
      hint: 'A public program is named as in: coracle build github.com/caddyserver/caddy/v2/cmd/caddy@v2.10.2',
    });
  }
  const spread = what.split('/').indexOf('...');
  const fixed = spread < 0 ? what : what.split('/').slice(0, spread).join('/') || '.';
  const absolute = path.resolve(cwd, fixed);
  const stat = await fs.stat(absolute).catch(() => undefined);
  if (!stat?.isDirectory()) {
    // A bare `example.com/m/cmd` is a package of the module we stand in, if Go knows it.
    if (!what.startsWith('.') && !path.isAbsolute(what))
      return { kind: 'local', directory: cwd, patterns: [what] };
    throw new ToolError('NOT_FOUND', stat ? `${what} is a file, not a directory` : `there is no ${what}`, {
      hint: 'Name a directory with a main package, a pattern such as ./cmd/..., or module/path@version.',
    });
  }
  if (spread >= 0) {
    return { kind: 'local', directory: absolute, patterns: [`./${what.split('/').slice(spread).join('/')}`] };
  }
  return { kind: 'local', directory: absolute, patterns: ['.'] };
}
