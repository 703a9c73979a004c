import { readFileSync } from 'node:fs';
import type { Ctx, Env } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import { onPath } from '../core/on-path.ts';
import { whyNoUserNamespaces } from './refusals.ts';

/**
 * An ordinary user becomes root of a user namespace: the whole program executes itself again inside of one, before it runs any
 * step.
 */

/** Whose ids there are: the machine's; those of /etc/subuid and /etc/subgid; or one user and one group only. */
export type IdMode = 'root' | 'subids' | 'single';

export type UserNamespace =
  /** Nothing to do: we are root, of the machine or of a namespace. */
  | { readonly kind: 'inside'; readonly mode: IdMode }
  | {
      readonly kind: 'enter';
      readonly mode: 'subids' | 'single';
      /** Put before the program's own command line. */
      readonly argv: readonly [string, ...string[]];
      /** Why there are no subordinate ids, when there are none. */
      readonly because?: string;
    }
  | { readonly kind: 'refused'; readonly why: string; readonly hint: string };

const marker = 'CORACLE_USERNS';
/** As many ids as images use: 0 to 65535. */
const enough = 65_536;

/** What this process may do about ids, found by trying. Never throws for what the machine refuses. */
export async function userNamespace(ctx: Ctx): Promise<UserNamespace> {
  if (process.geteuid?.() === 0) return { kind: 'inside', mode: await idMode() };
  if (ctx.env[marker] !== undefined) {
    return {
      kind: 'refused',
      why: `${marker} is set, but this is no user namespace with a root`,
      hint: `unset ${marker}`,
    };
  }
  const unshare = await onPath('unshare', `${ctx.env['PATH'] ?? ''}:/usr/bin:/bin`);
  if (unshare === undefined)
    return { kind: 'refused', why: 'the program unshare is not there', hint: 'Install util-linux.' };
  const many = await attempt(ctx, [unshare, '--user', '--map-root-user', '--map-auto', '--mount']);
  if (many.works && many.ids >= enough) return { kind: 'enter', mode: 'subids', argv: many.argv };
  const one = await attempt(ctx, [unshare, '--user', '--map-root-user', '--mount']);
  if (!one.works) return { kind: 'refused', ...(await whyNoUserNamespaces(one.says)) };
  const because = many.works ? `there are only ${many.ids} of them` : many.says;
  return { kind: 'enter', mode: 'single', argv: one.argv, because };
}

type Attempt = { readonly argv: readonly [string, ...string[]] } & (
  { readonly works: true; readonly ids: number } | { readonly works: false; readonly says: string }
);

async function attempt(ctx: Ctx, argv: readonly [string, ...string[]]): Promise<Attempt> {
  try {
    const exit = await ctx.exec({
      argv: [...argv, 'cat', '/proc/self/uid_map', '/proc/self/gid_map'],
      env: ctx.env,
      timeout: 5000,
    });
    if (exit.code === 0) return { argv, works: true, ids: idsOf(exit.stdout) };
    return { argv, works: false, says: exit.stderr.trim().split('\n').at(-1) ?? `exit code ${exit.code}` };
  } catch (error) {
    if (isToolError(error, 'TOOL_MISSING')) return { argv, works: false, says: error.message };
    throw error;
  }
}

/** How many ids, from 0 on, the maps cover (of users or groups, whichever are fewer). */
function idsOf(maps: string): number {
  const ranges = maps
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([inside = 0, , count = 0]) => ({ inside, count }));
  const starts = ranges.flatMap(({ inside }, index) => (inside === 0 ? [index] : []));
  const covered = starts.map((start, index) => {
    const part = ranges.slice(start, starts[index + 1]);
    return part
      .sort((a, b) => a.inside - b.inside)
      .reduce((next, { inside, count }) => (inside === next ? next + count : next), 0);
  });
  return Math.min(...covered, Number.MAX_SAFE_INTEGER);
}

/**
 * What ids this process has, being root: read from the kernel, so the environment cannot lie about it.
 * @throws ToolError SANDBOX_UNAVAILABLE when it is not root
 */
export async function idMode(): Promise<IdMode> {
  if (process.geteuid?.() !== 0) {
    throw new ToolError(
      'SANDBOX_UNAVAILABLE',
      'steps are run by the root of a user namespace, which this is not',
    );
  }
  const users = readFileSync('/proc/self/uid_map', 'utf8');
  const groups = readFileSync('/proc/self/gid_map', 'utf8');
  if (/^\s*0\s+0\s+4294967295\s*$/.test(users)) return 'root';
  return idsOf(`${users}${groups}`) >= enough ? 'subids' : 'single';
}

/**
 * What to execute in place of this program, and with what environment, so that it goes on as root of a user namespace. The variable
 * only keeps it from trying twice.
 */
export function enterUserNamespace(
  namespace: Extract<UserNamespace, { kind: 'enter' }>,
  argv: readonly string[],
  env: Env,
): { readonly file: string; readonly argv: readonly string[]; readonly env: Record<string, string> } {
  const [file] = namespace.argv;
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) kept[name] = value;
  return {
    file,
    argv: [...namespace.argv, '--', ...argv],
    env: { ...kept, [marker]: namespace.mode },
  };
}
