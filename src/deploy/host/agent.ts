/**
 * The view of one host that everything above uses: each call is one script, one round trip. What the scripts do is in host-*.sh; what they answer is
 * checked here before it is believed.
 */
import type { Ctx } from '../../core/ctx.ts';
import type { Remote } from '../../remote/types.ts';
import type { LockHolder, ServiceName } from '../types.ts';
import { wholeSeconds } from './arguments.ts';
import { ensureAccessory, runJob } from './beside.ts';
import { caller, open } from './call.ts';
import { containerState, releaseEvidence } from './container.ts';
import { parseFacts } from './facts.ts';
import { pullImage } from './image.ts';
import { journalLine, parseJournal } from './journal.ts';
import { readLibrary } from './library.ts';
import { holdLock } from './lock.ts';
import { pruneReleases } from './prune.ts';
import { restartRelease, startRelease } from './start.ts';
import { parseState } from './state.ts';
import type { HostAgent } from './types.ts';

/**
 * Looks at the host and gives it our scripts when it has not got them.
 * @throws ToolError HOST_UNFIT when it lacks what a deploy needs, HOST_UNREACHABLE, DISK_FULL
 */
export async function openAgent(ctx: Ctx, remote: Remote, service: ServiceName): Promise<HostAgent> {
  const library = readLibrary();
  const host = remote.host.name;
  let from = 0;
  const said = await open(remote, library, () => {
    from = ctx.now().getTime();
  });
  const facts = parseFacts(host, said, { from, to: ctx.now().getTime() });
  const { directory } = facts;
  const call = caller(remote, library, directory, service);
  const place = { host, facts, service };
  let holder: LockHolder | undefined;
  const goingBack = (evidence: string): string =>
    journalLine({ by: holder?.by ?? 'host', what: 'revert', evidence });
  return {
    remote,
    facts,
    service,
    async lock(who) {
      const held = await holdLock(remote, library, { directory, service }, who);
      holder = who;
      return held;
    },
    async state() {
      const { stdout } = await call('op_state', {});
      return parseState(host, service, stdout);
    },
    async settle() {
      const entry = goingBack('left unfinished by a deployer that vanished');
      const { stdout } = await call('op_settle', { entry });
      const done = stdout.split('\n').filter((line) => line !== '');
      return done.length === 0 ? undefined : done.join(', ').slice(0, 1000);
    },
    start: async (spec) => startRelease(call, host, facts, service, spec),
    restart: async (release) => restartRelease(call, host, service, release),
    container: async (name) => containerState(call, host, name),
    evidence: async ({ release }) => releaseEvidence(call, release.id),
    remove: async (release) => void (await call('op_remove', { release })),
    async arm({ release }, seconds) {
      await call('op_arm', { release: release.id, seconds: String(Math.ceil(seconds)) });
    },
    prepare: async (release) => void (await call('op_prepare', { release })),
    commit: async (release) => void (await call('op_commit', { release })),
    revert: async (reason) => void (await call('op_revert', { entry: goingBack(reason) })),
    switchTo: async (release) => void (await call('op_switch', { release })),
    async retire(slot, drain, grace) {
      const values = { slot, drain: String(wholeSeconds(drain)), grace: String(wholeSeconds(grace)) };
      await call('op_retire', values);
    },
    job: async (job, spec, onOutput) => runJob(call, place, job, spec, onOutput),
    accessory: async (accessory, values) => ensureAccessory(ctx, call, place, accessory, values),
    journal: async (entry) => void (await call('op_journal', { entry: journalLine(entry) })),
    history: async () => parseJournal((await call('op_history', {})).stdout),
    pull: async (reference, release, options) => pullImage(call, host, reference, release, options),
    prune: async (keep, dryRun) => pruneReleases(call, service, keep, dryRun),
    async down({ volumes, accessories }) {
      await call('op_down', { volumes: String(volumes), accessories: String(accessories) });
    },
    proxyConfig: async () => void (await call('op_proxy_config', {})),
  };
}
