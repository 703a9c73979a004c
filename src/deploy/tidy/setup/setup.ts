/**
 * deploy/tidy/ makes servers ready, and removes what is not needed there any more. Setup looks first, says what it will do and why, and does only what it
 * said. It must not know releases.
 */
import { mapLimit } from '../../../core/concurrency.ts';
import type { Ctx } from '../../../core/ctx.ts';
import { ToolError, isToolError } from '../../../core/errors.ts';
import type { Exit } from '../../../core/exec.ts';
import { connectHost } from '../../../remote/connect.ts';
import type { Host, Remote } from '../../../remote/types.ts';
import { openAgent } from '../../host/agent.ts';
import { quoteAll } from '../../host/quote.ts';
import type { DeployOptions, DeploySettings } from '../../types.ts';
import { lookAtServer, type ServerFacts } from './facts.ts';
import { planSetup, type SetupPlan, type SetupStep, type SetupWish } from './plan.ts';

/** A server that was looked at. */
export interface PlannedServer {
  readonly host: Host;
  readonly facts: ServerFacts;
  readonly plan: SetupPlan;
}

export interface ReadyServer {
  readonly host: string;
  /** `docker 27.0.3`. */
  readonly runtime: string;
  readonly done: readonly string[];
}

/** Looks at every server and says what would have to be done. Changes nothing. @throws ToolError HOST_UNREACHABLE, HOST_KEY, HOST_UNFIT, USAGE */
export async function planServers(
  ctx: Ctx,
  settings: DeploySettings,
  options: DeployOptions,
  runtime: SetupWish['runtime'],
): Promise<PlannedServer[]> {
  const { proxy } = settings;
  const tls = proxy && proxy.tls.mode !== 'off';
  const ports = proxy ? [proxy.httpPort, ...(tls ? [proxy.httpsPort] : [])] : [];
  const wanted = settings.hosts.filter(({ name }) => options.hosts?.includes(name) ?? true);
  return mapLimit(wanted, settings.parallel, async (host) => {
    const remote = await connect(ctx, host, options);
    try {
      const facts = await lookAtServer(remote);
      return { host, facts, plan: planSetup(facts, { runtime, ports }) };
    } finally {
      await remote.close();
    }
  });
}

export interface SetupTeller {
  (host: string, step: SetupStep, state: 'started' | 'done'): void;
}

/**
 * Does what was planned, one step after the other, and tries then, with a connection of its own, whether the server can be deployed to.
 * @throws ToolError COMMAND_FAILED with the words of the step that failed, HOST_UNFIT
 */
export async function setUpServer(
  ctx: Ctx,
  { host, facts, plan }: PlannedServer,
  settings: DeploySettings,
  options: DeployOptions,
  tell: SetupTeller,
): Promise<ReadyServer> {
  if (plan.blocked !== '') throw new ToolError('HOST_UNFIT', `${host.name}: ${plan.blocked}`);
  if (plan.steps.length > 0) {
    const remote = await connect(ctx, host, options);
    try {
      for (const step of plan.steps) {
        tell(host.name, step, 'started');
        const exit = await runAsRoot(remote, facts.root, step);
        if (exit.code !== 0) throw failed(host.name, step, exit);
        tell(host.name, step, 'done');
      }
    } finally {
      await remote.close();
    }
  }
  return tryServer(ctx, host, plan, settings, options);
}

/** A group that somebody was taken into counts from the next connection on. */
async function tryServer(
  ctx: Ctx,
  host: Host,
  plan: SetupPlan,
  settings: DeploySettings,
  options: DeployOptions,
): Promise<ReadyServer> {
  const remote = await connect(ctx, host, options);
  try {
    const agent = await openAgent(ctx, remote, settings.service);
    const done = plan.steps.map(({ title }) => title);
    if (done.length > 0) await agent.journal({ by: options.by, what: 'setup', evidence: done.join('; ') });
    return { host: host.name, runtime: `${agent.facts.runtime} ${agent.facts.runtimeVersion}`, done };
  } catch (error) {
    // The usual hint is to do what was just done.
    if (!isToolError(error, 'HOST_UNFIT')) throw error;
    throw new ToolError('HOST_UNFIT', error.message, {
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      cause: error,
    });
  } finally {
    await remote.close();
  }
}

/** The script travels on standard input, to sudo as well. */
async function runAsRoot(remote: Remote, root: boolean, { script, values = {} }: SetupStep): Promise<Exit> {
  const assigned = Object.entries(values).map(([name, value]) => `${name}=${quoteAll([value])}\n`);
  // In braces, so that all of it is read before something that it starts may read from the same input.
  const text = `set -e\nPATH=$PATH:/usr/sbin:/sbin\n${assigned.join('')}{\n${script}} </dev/null\n`;
  return remote.run(root ? 'sh -s' : 'sudo -n sh -s', { input: text });
}

function failed(host: string, step: SetupStep, exit: Exit): ToolError {
  return new ToolError('COMMAND_FAILED', `${host}: could not ${step.title} (exit code ${exit.code})`, {
    detail: `${exit.stdout.slice(-1500)}${exit.stderr.slice(-1500)}`.trim(),
    hint: 'What was done before it stays. After the cause is gone, coracle setup does the rest.',
  });
}

async function connect(ctx: Ctx, host: Host, { sshConfig }: DeployOptions): Promise<Remote> {
  return connectHost(ctx, host, sshConfig === undefined ? {} : { configFile: sshConfig });
}
