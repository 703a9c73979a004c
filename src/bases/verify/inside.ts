import type { Ctx } from '../../core/ctx.ts';
import type { Runnable } from '../../run/image.ts';
import type { Mount, Sandbox } from '../../sandbox/types.ts';
import type { Tree, WritableRoot } from '../../snapshot/types.ts';
import { assignment, defaultPath, environment } from '../../solve/exec/environment.ts';
import { networkFiles, type HostName } from '../../solve/exec/hosts.ts';
import { idMapped } from '../../solve/exec/ids.ts';
import { sandboxRoot } from '../../solve/exec/mount-bind.ts';
import { readText, resolveIn } from '../../solve/exec/resolve.ts';
import type { ProcessUser } from '../../solve/exec/user.ts';

/** An image in which programs can be run. */
export interface Inside {
  readonly image: Runnable;
  readonly tree: Tree;
  /** As whom the image runs by itself. */
  readonly user: ProcessUser;
  /** The variables that the image sets, PATH among them. */
  readonly env: ReadonlyMap<string, string>;
  /** Absolute path of a program of that name on the image's PATH. */
  program(name: string): Promise<string | undefined>;
  /** Where the file behind a path lies, links followed, absolute; undefined when there is none. */
  file(path: string): Promise<string | undefined>;
  /** A small file's text. */
  text(path: string): Promise<string | undefined>;
  /** Whether processes can be this user here. */
  canBe(id: number): Promise<boolean>;
  run(argv: readonly [string, ...string[]], options?: InsideOptions): Promise<Ran>;
}

export interface InsideOptions {
  /** Default: root. One who cannot be had here is the only user there is, who is root inside. */
  readonly user?: ProcessUser;
  /** `NAME=VALUE`, over the image's own. */
  readonly env?: readonly string[];
  readonly mounts?: readonly Mount[];
  /** Further lines of /etc/hosts. */
  readonly hosts?: readonly HostName[];
  /** Address of the one name server, in place of this machine's. */
  readonly resolver?: string;
  readonly input?: string;
}

/** What a program did. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const root: ProcessUser = { uid: 0, gid: 0, groups: [], home: '/root' };

/** A test that takes longer hangs. Milliseconds. */
const patience = 60_000;
/** Characters that are kept of each stream. */
const keptOutput = 1024 * 1024;
/** Bytes: lists of packages of whole distributions are some megabytes. */
const largestText = 64 * 1024 * 1024;
const hostname = 'coracle-verify';

/** Programs run on `place`, one after the other; what they write is seen by the next ones and thrown away at the end. */
export function insideOf(
  ctx: Ctx,
  image: Runnable,
  tree: Tree,
  user: ProcessUser,
  place: { readonly sandbox: Sandbox; readonly root: WritableRoot },
): Inside {
  const env = new Map((image.config.config?.Env ?? []).map(assignment));
  const file = async (path: string): Promise<string | undefined> => {
    const { path: found, entry } = await resolveIn(tree, path);
    return entry?.type === 'file' ? `/${found}` : undefined;
  };
  return {
    image,
    tree,
    user,
    env,
    file,
    text: async (path) => readText(tree, path, largestText),
    canBe,
    program: async (name) => {
      for (const directory of (env.get('PATH') ?? defaultPath).split(':')) {
        const path = `${directory}/${name}`;
        const { entry } = await resolveIn(tree, path);
        if (directory.startsWith('/') && entry?.type === 'file' && (entry.mode & 0o111) !== 0) return path;
      }
      return undefined;
    },
    run: async (argv, options = {}) => runInside(ctx, place, argv, options, env),
  };
}

async function canBe(id: number): Promise<boolean> {
  return (await idMapped('uid', id)) && (await idMapped('gid', id));
}

async function runInside(
  ctx: Ctx,
  place: { readonly sandbox: Sandbox; readonly root: WritableRoot },
  argv: readonly [string, ...string[]],
  options: InsideOptions,
  own: ReadonlyMap<string, string>,
): Promise<Ran> {
  const kept = { stdout: '', stderr: '' };
  const wanted = options.user ?? root;
  const user = (await canBe(wanted.uid)) ? wanted : root;
  const { code, timedOut } = await place.sandbox.run(ctx, {
    root: sandboxRoot(place.root),
    argv,
    env: environment(
      [...[...own].map(([name, value]) => `${name}=${value}`), ...(options.env ?? [])],
      user.home,
    ),
    cwd: '/',
    user,
    hostname,
    mounts: [...(await filesFor(options)), ...(options.mounts ?? [])],
    network: 'host',
    stdio: 'pipe',
    timeout: patience,
    ...(options.input !== undefined && { input: Buffer.from(options.input) }),
    onOutput: (stream, text) => {
      if (kept[stream].length < keptOutput) kept[stream] += text;
    },
  });
  // The next test follows at once: its process starts meanwhile.
  place.sandbox.prepare(ctx);
  const late = timedOut === true ? `\nIt did not end within ${patience / 1000} seconds.` : '';
  return { code: timedOut === true ? 124 : code, stdout: kept.stdout, stderr: kept.stderr + late };
}

/** What containers have in any base: a hosts file with localhost and what the test adds, and a resolver. */
async function filesFor({ hosts = [], resolver }: InsideOptions): Promise<Mount[]> {
  const files = await networkFiles({ hostname, addHosts: hosts, network: 'host' });
  if (resolver === undefined) return files;
  const bytes = Buffer.from(`nameserver ${resolver}\noptions timeout:2 attempts:2\n`);
  return files.map((file) =>
    file.kind === 'file' && file.target === '/etc/resolv.conf' ? { ...file, bytes } : file,
  );
}

/** The last lines of what a program said, for who must find out what is wrong. */
export function lastLines({ stdout, stderr }: Ran, most = 5): string[] {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trimEnd());
  return lines.filter((line) => line !== '').slice(-most);
}
