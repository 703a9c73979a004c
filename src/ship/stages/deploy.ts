import { deploy } from '../../deploy/deploy.ts';
import { rollback } from '../../deploy/rollback.ts';
import type { DeployResult, HostResult, JudgedStep } from '../../deploy/types.ts';
import type { Finding } from '../finding.ts';
import type { Stage, StageResult } from '../types.ts';
import type { ShipWork } from '../work.ts';

/** Brings the release onto the hosts. One that fails has gone back by itself; one that a later stage finds bad is rolled back. */
export function deployStage(work: ShipWork): Stage {
  return {
    name: 'deploy',
    summary: 'the release serves on every host',
    async run(_state, ctx) {
      const [settings, image] = [await work.settings(), await work.deployImage()];
      return resultOf(await deploy(ctx, settings, image, work.options));
    },
    async undo(state, ctx) {
      const done = deployedBy(state.results['deploy']?.data);
      if (!done) return undefined;
      const settings = await work.settings();
      const environment = settings.environment === undefined ? '' : ` ${settings.environment}`;
      if (done.from === undefined)
        return {
          verdict: 'failed',
          summary: 'it was the first release: there is nothing to go back to',
          findings: [
            {
              rule: 'deploy/undo',
              severity: 'warning',
              message: `${done.release.id} still serves`,
              fix: `coracle down${environment} takes it away.`,
            },
          ],
        };
      const back = await rollback(ctx, settings, done.from, work.options);
      return resultOf(back);
    },
  };
}

function resultOf(result: DeployResult): StageResult {
  const good = result.outcome === 'deployed';
  const seconds = `${(result.took / 1000).toFixed(1)} s`;
  return {
    verdict: good ? 'passed' : 'failed',
    summary: good
      ? `${result.release.id} on ${result.hosts.length === 1 ? '1 host' : `${result.hosts.length} hosts`} in ${seconds}`
      : failedWords(result),
    findings: [
      ...ofHosts(result.hosts),
      ...result.steps.filter(({ verdict }) => verdict !== 'pass').flatMap((step) => ofStep(step, good)),
      ...(good || result.next === undefined
        ? []
        : [
            {
              rule: `deploy/${result.outcome.replaceAll(' ', '-')}`,
              severity: 'error' as const,
              message: result.summary,
              fix: result.next,
            },
          ]),
    ],
    data: result,
  };
}

/** In a line; why stands in the findings. */
function failedWords({ outcome, hosts, summary, from }: DeployResult): string {
  const failed = hosts.filter(({ error }) => error).map(({ host }) => host);
  if (failed.length === 0 || outcome === 'split') return summary;
  return `${outcome} on ${failed.join(', ')}; ${from === undefined ? 'nothing' : from} serves`;
}

/** What stopped it, once for all hosts that say the same. */
function ofHosts(hosts: readonly HostResult[]): Finding[] {
  const failed = hosts.filter(({ error }) => error);
  const groups = Map.groupBy(failed, ({ host, error }) => {
    const message = error?.message ?? '';
    return message.startsWith(`${host}: `) ? message.slice(host.length + 2) : message;
  });
  return [...groups].map(([message, same]): Finding => {
    const [first] = same;
    const names = same.map(({ host }) => host).join(', ');
    const where = first?.phase === undefined ? names : `${names}, ${first.phase}`;
    return {
      rule: `deploy/${(first?.error?.code ?? 'INTERNAL').toLowerCase().replaceAll('_', '-')}`,
      severity: 'error',
      message: `${where}: ${message}`,
      ...(first?.error?.hint === undefined ? {} : { fix: first.error.hint }),
    };
  });
}

function ofStep({ share, verdict, evidence }: JudgedStep, good: boolean): Finding[] {
  const message = `at ${share} % the verdict was ${verdict}: ${evidence.join('; ')}`;
  return [{ rule: 'deploy/judge', severity: good ? 'note' : 'error', message }];
}

/** What the deploy stage left in the results. */
export function deployedBy(data: unknown): DeployResult | undefined {
  const known = typeof data === 'object' && data !== null && 'release' in data && 'outcome' in data;
  // Only the deploy stage writes it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return known ? (data as DeployResult) : undefined;
}
