/**
 * Where programs with C are compiled on a machine without a C compiler: in the image with Go and gcc that methods compile in. All lies under the
 * paths that it has on this machine, so that nothing else needs to know; Go's caches are this machine's.
 */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { toolchainBase } from '../../bases/distribution/toolchain.ts';
import { step } from '../../build/times.ts';
import type { Ctx, Env } from '../../core/ctx.ts';
import type { Command, Exit } from '../../core/exec.ts';
import { makeDirectory } from '../../core/files.ts';
import { listFlags } from '../../golang/build-flags.ts';
import { goEnvironment, runGo, settingsOf } from '../../golang/go-command.ts';
import type { RegistryAccess } from '../../images/registries.ts';
import { openImage } from '../../run/image.ts';
import { openSnapshots } from '../../run/snapshots.ts';
import { chooseSandbox } from '../../sandbox/choose.ts';
import type { Mount, Root, Sandbox } from '../../sandbox/types.ts';
import { defaultPath } from '../../solve/exec/environment.ts';
import { sandboxRoot } from '../../solve/exec/mount-bind.ts';
import type { WritableRoot } from '../../snapshot/types.ts';
import { openStore } from '../../store/store.ts';
import { settingsFor as baseSettingsFor } from '../bases.ts';
import type { ComparedProgram } from '../program.ts';
import type { BuildSettings } from './facts.ts';

export interface Elsewhere {
  /** Its `exec` runs there; PATH is that of there. */
  readonly ctx: Ctx;
  readonly sandbox: Sandbox;
  /** With libraries that what is compiled there runs with. */
  readonly root: Root;
  /** What must be said of it: which compiler it is. */
  readonly note: string;
  close(): Promise<void>;
}

/** Characters that are kept of each stream, as of other commands. */
const keptOutput = 4 * 1024 * 1024;

/**
 * @param settings those of the program
 * @throws ToolError SANDBOX_UNAVAILABLE; as making the base: NETWORK, CONFIG_INVALID where no archive can be reached
 */
export async function openElsewhere(
  ctx: Ctx,
  program: ComparedProgram,
  settings: BuildSettings,
  access: RegistryAccess,
): Promise<Elsewhere> {
  const { toolchain, platform } = program;
  await fetchForTests(ctx, settings);
  const store = await openStore(ctx);
  const base = await step(ctx, 'a C compiler in the sandbox', async () =>
    toolchainBase(ctx, store, {
      ...{ settings: baseSettingsFor(program, 'toolchain-musl'), toolchain, platform, musl: true },
    }),
  );
  const sandbox = await chooseSandbox(ctx, 'auto');
  try {
    const snapshots = await openSnapshots(ctx, store, sandbox);
    const { layers } = await openImage(ctx, store, snapshots, {
      ...{ image: `store:${base.reference}`, access },
    });
    const root = await snapshots.writable(layers);
    const mounts = await mountsFor(ctx, program, settings);
    return {
      ctx: {
        ...ctx,
        env: { ...ctx.env, PATH: defaultPath },
        exec: async (command) => runThere(ctx, sandbox, root, mounts, command),
      },
      sandbox,
      root: sandboxRoot(root),
      note: `This machine has no C compiler: all was compiled in the sandbox, with ${compilers}.`,
      close: async () => {
        await sandbox.close();
        await root.discard();
      },
    };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

const compilers = "Debian's gcc and musl-tools";

/** There is no network there. What fails here fails there again, with its reason. */
async function fetchForTests(ctx: Ctx, settings: BuildSettings): Promise<void> {
  const go: BuildSettings = { ...settings, cgo: 'off' };
  const goflags = (await settingsOf(ctx, go, go.toolchain)).get('GOFLAGS');
  await runGo(ctx, go, ['list', '-e', '-test', '-deps', ...listFlags(go, goflags), './...'], { cwd: go.cwd });
}

/** The project and Go to read; Go's caches and our temporary files to write. */
async function mountsFor(ctx: Ctx, program: ComparedProgram, settings: BuildSettings): Promise<Mount[]> {
  const env = await goEnvironment(ctx, { ...settings, cgo: 'off' }, settings.cwd);
  const written = [env['GOCACHE'], env['GOMODCACHE'], path.join(ctx.home, 'tmp')];
  const user = (await settingsOf(ctx, settings, settings.toolchain)).file;
  const read = [program.toolchain.goroot, program.context, ...(user === undefined ? [] : [user])];
  const mounts: Mount[] = [{ kind: 'tmpfs', target: '/tmp', mode: 0o1777 }];
  for (const [readOnly, names] of [
    [true, read],
    [false, written],
  ] as const) {
    for (const name of names) {
      if (name === undefined || name === '' || name === 'off') continue;
      if (!readOnly) await makeDirectory(name);
      const there = await fs.stat(name).catch(() => undefined);
      if (there) mounts.push({ kind: 'bind', source: name, target: name, readOnly, recursive: true });
    }
  }
  return mounts;
}

async function runThere(
  ctx: Ctx,
  sandbox: Sandbox,
  root: WritableRoot,
  mounts: readonly Mount[],
  { argv, cwd = '/', env, input, onOutput, timeout }: Command,
): Promise<Exit> {
  const kept = { stdout: '', stderr: '' };
  const { code } = await sandbox.run(ctx, {
    root: sandboxRoot(root),
    ...{ argv, cwd, env: assignments(env), mounts, hostname: 'compiler', network: 'none', stdio: 'pipe' },
    user: { uid: 0, gid: 0, groups: [] },
    ...(timeout !== undefined && { timeout }),
    ...(input !== undefined && { input: Buffer.from(input) }),
    onOutput: (stream, text) => {
      onOutput?.(stream, text);
      if (kept[stream].length < keptOutput) kept[stream] += text;
    },
  });
  sandbox.prepare(ctx);
  return { code, signal: null, ...kept };
}

/** Nobody answers there: what is not in the cache is an error at once. */
function assignments(env: Env): string[] {
  return Object.entries({ ...env, GOPROXY: 'off' }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
}
