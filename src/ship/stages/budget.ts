import type { Ctx } from '../../core/ctx.ts';
import { checkBudgets } from '../../explain/budget/check.ts';
import { parseBudgets, type Budget } from '../../explain/budget/parse.ts';
import { measure, type Measures } from '../../explain/sums/measures.ts';
import { explainForBytes } from '../../explain/with-costs.ts';
import { openStore } from '../../store/store.ts';
import type { Finding } from '../finding.ts';
import type { ShipState, Stage } from '../types.ts';
import type { ShipWork } from '../work.ts';
import { brokenFinding, budgetWords, growth } from './budget-words.ts';
import type { CheckedHost } from './hosts.ts';

/** Numbers of images that were looked at, by digest: what serves is compared with, long after its bytes are gone. */
const bucket = 'ship-measures';

/** Holds the image against `budget:` of coracle.yaml, and says what grew since the release that serves. */
export function budgetStage(work: ShipWork): Stage {
  return {
    name: 'budget',
    summary: 'the image keeps within its budget',
    async run(state, ctx) {
      const budgets = await budgetsOf(work);
      const { cache } = await openStore(ctx);
      const { name } = await work.image();
      const access = await work.access();
      const [platform] = hostsOf(state).map((host) => host.platform);
      const explanation = await explainForBytes(ctx, {
        what: name,
        ...(platform === undefined ? {} : { platform }),
        access,
        binaries: true,
      });
      const now = measure(explanation);
      const digest = (await work.deployImage()).digest;
      await cache.set(bucket, digest, now);
      const serving = await servingMeasures(ctx, state, digest);
      const verdicts = checkBudgets(budgets, now);
      const broken = verdicts.filter((verdict) => verdict.broken > 0);
      const grown = serving === undefined ? [] : growth(serving, now);
      const loaded = await work.loaded();
      return {
        verdict: broken.length > 0 ? 'failed' : 'passed',
        summary: budgetWords(now, serving, budgets.length, broken.length),
        findings: [
          ...broken.map((verdict) => brokenFinding(verdict, loaded.origin('budget').where, grown)),
          ...(budgets.length === 0
            ? [
                {
                  rule: 'budget',
                  severity: 'note' as const,
                  message: `${loaded.shown} sets no budget`,
                  fix: `Add one: budget: ['image<${Math.ceil((now.size * 1.2) / 1e6)}MB'].`,
                },
              ]
            : []),
          ...grown.map((message): Finding => ({ rule: 'budget/grown', severity: 'note', message })),
        ],
        data: {
          size: now.size,
          ...(serving === undefined ? {} : { serving: serving.size }),
          limits: verdicts.map(({ budget: { text }, state: kept, worst }) => ({
            text,
            state: kept,
            ...(worst === undefined ? {} : { value: worst.value }),
          })),
        },
      };
    },
  };
}

async function budgetsOf(work: ShipWork): Promise<Budget[]> {
  const { config, origin } = await work.loaded();
  const { budget = [] } = config;
  if (typeof budget === 'string') return parseBudgets(budget, origin('budget'));
  return budget.flatMap((text, index) => parseBudgets(text, origin('budget', index)));
}

/** Hosts as the hosts stage found them. */
function hostsOf(state: ShipState): readonly CheckedHost[] {
  const data = state.results['hosts']?.data;
  const known = typeof data === 'object' && data !== null && 'hosts' in data && Array.isArray(data.hosts);
  // Only the hosts stage writes it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return known ? (data.hosts as readonly CheckedHost[]) : [];
}

async function servingMeasures(ctx: Ctx, state: ShipState, own: string): Promise<Measures | undefined> {
  const image = hostsOf(state).find(({ serves }) => serves !== undefined)?.serves?.image;
  if (image === undefined || image === own) return undefined;
  return (await openStore(ctx)).cache.get<Measures>(bucket, image);
}
