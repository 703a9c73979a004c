import type { Ctx } from '../../core/ctx.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { openImage } from '../../run/image.ts';
import { openSnapshots } from '../../run/snapshots.ts';
import { chooseSandbox } from '../../sandbox/choose.ts';
import { emulatorFor } from '../../sandbox/emulation.ts';
import { findUser } from '../../solve/exec/user.ts';
import { openStore } from '../../store/store.ts';
import { libraries } from './checks/libraries.ts';
import { names } from './checks/names.ts';
import { ownCommand } from './checks/own.ts';
import { packages } from './checks/packages.ts';
import { shell } from './checks/shell.ts';
import { temporary } from './checks/temporary.ts';
import { tls } from './checks/tls.ts';
import { users } from './checks/users.ts';
import { zones } from './checks/zones.ts';
import { insideOf } from './inside.ts';
import { probeFor, type Probe } from './probe.ts';
import { openService } from './service.ts';
import type { Trial } from './trial.ts';
import type { Check, CheckName, Tried, Verification, VerifyRequest } from './types.ts';

interface Test {
  readonly name: CheckName;
  readonly what: string;
  run(trial: Trial): Promise<Tried>;
}

const tests: readonly Test[] = [
  { name: 'libraries', what: 'libraries load', run: libraries },
  { name: 'names', what: 'names are resolved', run: names },
  { name: 'tls', what: 'TLS, by its authorities', run: tls },
  { name: 'packages', what: 'lists of packages', run: packages },
  { name: 'shell', what: 'the shell runs', run: shell },
  { name: 'zones', what: 'time zones', run: zones },
  { name: 'users', what: 'users', run: users },
  { name: 'temporary', what: '/tmp can be written to', run: temporary },
];

/**
 * Runs the tests inside an image. A test that fails is a result, not an error. What is written inside is thrown away.
 * The caller is root of its user namespace.
 * @throws ToolError NOT_FOUND, SANDBOX_UNAVAILABLE, SANDBOX_FAILED, TOOL_MISSING for a platform that cannot be run here
 */
export async function verifyImage(ctx: Ctx, request: VerifyRequest): Promise<Verification> {
  const began = performance.now();
  const store = await openStore(ctx);
  const sandbox = await chooseSandbox(ctx, request.sandbox);
  try {
    sandbox.prepare(ctx);
    const snapshots = await openSnapshots(ctx, store, sandbox);
    const image = await openImage(ctx, store, snapshots, request);
    await emulatorFor(ctx, sandbox, image.config);
    const tree = await snapshots.tree(image.layers);
    const user = await findUser(tree, image.config.config?.User ?? '', { code: 'USAGE' });
    const root = await snapshots.writable(image.layers);
    const service = await openService(ctx.now());
    try {
      const inside = insideOf(ctx, image, tree, user, { sandbox, root });
      let probe: Promise<Probe | undefined> | undefined;
      const trial: Trial = {
        ctx,
        inside,
        request,
        service,
        probe: async () => (probe ??= probeFor(ctx, inside)),
      };
      const checks = await runAll(trial);
      return {
        image: image.name,
        digest: image.digest,
        platform: formatPlatform(image.config),
        at: ctx.now().toISOString(),
        checks,
        passed: checks.every(({ outcome }) => outcome !== 'failed'),
        took: Math.round(performance.now() - began),
      };
    } finally {
      await service.close();
      await root.discard();
    }
  } finally {
    await sandbox.close();
  }
}

async function runAll(trial: Trial): Promise<Check[]> {
  const { ctx, request } = trial;
  const checks: Check[] = [];
  for (const { name, what, run } of tests) {
    checks.push({ name, what, ...(await shown(ctx, what, async () => run(trial))) });
  }
  for (const own of request.own) {
    const what = own.line ?? own.argv.join(' ');
    checks.push({ name: 'own', what, ...(await shown(ctx, what, async () => ownCommand(trial, own))) });
  }
  return checks;
}

/** One test as a step that is shown while it runs. */
async function shown(ctx: Ctx, what: string, work: () => Promise<Tried>): Promise<Tried> {
  ctx.signal.throwIfAborted();
  const name = `verify: ${what}`;
  const tell = (state: 'started' | 'done' | 'failed' | 'cancelled'): void =>
    ctx.emit({ kind: 'step', id: name, name, state, at: ctx.now().getTime() });
  tell('started');
  try {
    const tried = await work();
    tell(tried.outcome === 'failed' ? 'failed' : 'done');
    return tried;
  } catch (error) {
    tell(ctx.signal.aborted ? 'cancelled' : 'failed');
    throw error;
  }
}
