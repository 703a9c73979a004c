/** Runs the go command of one toolchain in an environment that is the user's, less what would change the program unseen. */
import type { Ctx, Env } from '../core/ctx.ts';
import type { Exit } from '../core/exec.ts';
import type { Platform } from '../oci/types.ts';
import type { CgoMode } from './build-flags.ts';
import { cCompiler } from './c-compiler.ts';
import { goCacheDirs, readGoEnv } from './goenv.ts';
import type { GoEnv } from './goenv.ts';
import { portEnv } from './go-port.ts';
import type { Toolchain } from './toolchain-types.ts';

/** A go command and what is said to every call of it. */
export interface GoCommand {
  /** Or how to come by it: listing the packages of a plain directory does not need one. */
  readonly toolchain: Toolchain | (() => Promise<Toolchain>);
  readonly platform: Platform;
  readonly cgo: CgoMode;
  readonly flags: readonly string[];
  readonly tags: readonly string[];
  /** Set by the user for the build, on top of the surrounding environment. */
  readonly env: Readonly<Record<string, string>>;
  /** It runs in an image that has the usual C compilers: they are not looked for on this machine. */
  readonly elsewhere?: boolean;
}

/** What makes the go command use other tools or places than it says. */
const dropped = new Set(['GOTOOLDIR', 'GOROOT_FINAL', 'GO_EXTLINK_ENABLED', 'GOBIN']);

/** A command's settings with its own environment on top of the surrounding one. */
export async function settingsOf(
  ctx: Ctx,
  go: Pick<GoCommand, 'env'>,
  toolchain?: Toolchain,
): Promise<GoEnv> {
  return readGoEnv({ ...ctx, env: { ...ctx.env, ...go.env } }, toolchain);
}

export async function toolchainOf(go: GoCommand): Promise<Toolchain> {
  return typeof go.toolchain === 'function' ? go.toolchain() : go.toolchain;
}

/**
 * The whole environment of a go process. HOME, NETRC, GIT_*, SSH_AUTH_SOCK, proxies and GOFLAGS stay, as private modules and the
 * user's habits need them.
 * @throws ToolError UNSUPPORTED, CONFIG_INVALID for the platform; TOOL_MISSING without a C compiler where cgo needs one
 */
export async function goEnvironment(ctx: Ctx, go: GoCommand, cwd: string): Promise<Env> {
  const toolchain = await toolchainOf(go);
  const settings = await settingsOf(ctx, go, toolchain);
  const kept = Object.fromEntries(
    Object.entries({ ...ctx.env, ...go.env }).filter(([name]) => !dropped.has(name)),
  );
  return {
    ...kept,
    ...(await goCacheDirs(ctx, settings)),
    ...portEnv(go.platform, go.env),
    ...(go.cgo === 'off'
      ? { CGO_ENABLED: '0' }
      : { CGO_ENABLED: '1', ...(await cCompiler(ctx, settings, go)) }),
    GOROOT: toolchain.goroot,
    GOTOOLCHAIN: 'local',
    PWD: cwd,
  };
}

export interface GoRun {
  readonly cwd: string;
  readonly env?: Env;
  /** The step that lines shown while it runs belong to. */
  readonly step?: string;
  /** All output as it comes; the result keeps only the first megabytes. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
}

/** Lines that tell of work under way, not of a result. */
const underWay = /^go: (downloading|finding|extracting) /;

/** Runs `go ARGS`; lines that say what is being downloaded become events as they come and are left out of `stderr`. */
export async function runGo(ctx: Ctx, go: GoCommand, args: readonly string[], options: GoRun): Promise<Exit> {
  const env = options.env ?? (await goEnvironment(ctx, go, options.cwd));
  let line = '';
  const exit = await ctx.exec({
    argv: [(await toolchainOf(go)).go, ...args],
    cwd: options.cwd,
    env,
    onOutput(stream, text) {
      options.onOutput?.(stream, text);
      if (stream !== 'stderr') return;
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const whole of lines.filter((one) => underWay.test(one))) {
        ctx.emit({
          kind: 'log',
          stream,
          text: `${whole}\n`,
          ...(options.step !== undefined && { id: options.step }),
        });
      }
    },
  });
  const stderr = exit.stderr
    .split('\n')
    .filter((one) => !underWay.test(one))
    .join('\n');
  return { ...exit, stderr };
}
