import type { Ctx } from '../core/ctx.ts';
import { onPath } from '../core/on-path.ts';
import { ToolError } from '../core/errors.ts';
import { limitResources } from './cgroups.ts';
import { drive } from './drive.ts';
import type { Report } from './init/job.ts';
import { jobOf } from './job.ts';
import { launch, type Init } from './launch.ts';
import { removeStubs } from './stubs.ts';
import { terminalWrapper } from './terminal.ts';
import type { Sandbox } from './types.ts';

/**
 * The runtime that needs nothing but `unshare`: namespaces for processes, mounts, names and messages, then our own init. Keeps
 * honest builds apart from each other and from the machine; it is no boundary for hostile ones.
 * @param explain called when an init did not come to life; throws when the machine refuses what it needs
 */
export function builtinSandbox(surroundings: Surroundings, explain?: () => Promise<void>): Sandbox {
  const { unshare, lacks } = surroundings;
  let waiting: Init | undefined;
  const take = (): Init | undefined => {
    const init = waiting;
    waiting = undefined;
    return init?.alive() === true ? init : undefined;
  };
  return {
    name: 'builtin',
    lacks,
    run: async (ctx, spec, control) => {
      ctx.signal.throwIfAborted();
      const terminal = spec.stdio === 'tty' ? await terminalWrapper(ctx) : undefined;
      const limits = await limitResources(ctx, spec.limits);
      const job = await jobOf(ctx, spec, surroundings.userNamespace, limits.join);
      const init =
        spec.stdio === 'pipe' ? (take() ?? launch(unshare, 'pipe')) : launch(unshare, 'ours', terminal);
      try {
        return await drive(ctx, init, job, spec, control);
      } catch (error) {
        ctx.signal.throwIfAborted();
        if (!init.reports.some(saysAlive)) await explain?.();
        throw error;
      } finally {
        await removeStubs(spec.root, init.reports);
        await limits.release();
      }
    },
    prepare: () => {
      if (waiting) return;
      waiting = launch(unshare, 'pipe');
      waiting.waitFor(false);
    },
    ready: async () => {
      const init = waiting;
      if (!init) return;
      init.waitFor(true);
      const lives = await comesToLife(init);
      if (init === waiting) init.waitFor(false); // else somebody else has taken it
      if (!lives) await explain?.();
    },
    close: async () => {
      const init = take();
      if (!init) return;
      init.waitFor(true);
      init.started.kill('SIGKILL');
      await init.started.exited;
    },
  };
}

function saysAlive({ says }: Report): boolean {
  return says === 'alive';
}

async function comesToLife(init: Init): Promise<boolean> {
  const reported = new Promise<void>((resolve) => {
    init.onReport((report) => saysAlive(report) && resolve());
  });
  if (!init.reports.some(saysAlive)) await Promise.race([reported, init.reported]);
  return init.reports.some(saysAlive);
}

/** What a runtime that makes namespaces has to know of its process. */
export interface Surroundings {
  /** What to start an init with: see `unshareCommand`. */
  readonly unshare: readonly string[];
  /** The init will be root of a user namespace only. */
  readonly userNamespace: boolean;
  readonly lacks: readonly string[];
}

/** The command line that gives what it starts namespaces of its own, and ends it when we end. */
export async function unshareCommand(ctx: Ctx): Promise<readonly string[]> {
  const search = `${ctx.env['PATH'] ?? ''}:/usr/bin:/bin:/usr/sbin:/sbin`;
  const [unshare, setpriv] = await Promise.all([onPath('unshare', search), onPath('setpriv', search)]);
  if (unshare === undefined) {
    throw new ToolError('SANDBOX_UNAVAILABLE', 'the program unshare is not there: steps cannot be run', {
      hint: 'Install util-linux.',
    });
  }
  const dies = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'SIGKILL'];
  return [...dies, unshare, '-m', '-p', '-i', '-u', 'sh', '-c', waiter, 'sh'];
}

/**
 * Starts the first process of the new process table, with its own number as the last argument, and gives its exit code, 128 and
 * the number for a signal (`unshare --fork` gives 1 for those in util-linux 2.38). Key presses are for others; the shell's own
 * words about a signal are for nobody.
 */
const waiter = 'trap "" HUP INT QUIT TERM; exec 9>&2 2>/dev/null; "$@" $$ 2>&9 9>&-; exit $?';
