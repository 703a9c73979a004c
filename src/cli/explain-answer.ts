import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { Budget } from '../explain/budget/parse.ts';
import type { Judged } from '../explain/budget/judge.ts';
import type { Explanation, ExplainRequest } from '../explain/types.ts';
import type { RegistryAccess } from '../images/registries.ts';
import { topOf, type explainFlags } from './explain-flags.ts';
import { answerInside, answerWhy, checkQuestions } from './explain-questions.ts';
import { showExplanation, showJudged } from './explain-show.ts';
import { viewEarly, viewFor } from './explain-view.ts';
import type { Out } from './out.ts';
import type { Parsed } from './verb.ts';

type Flags = (typeof explainFlags)[number];
export type ExplainInput = Parsed<
  Extract<Flags, { type: 'boolean' }>['name'],
  Extract<Flags, { type: 'string' }>['name']
>;

/** Answers one command line of `explain`: a question about the inside, or the explanation itself. @returns the exit code */
export async function answerExplain(
  ctx: Ctx,
  input: ExplainInput,
  out: Out,
  access: RegistryAccess,
): Promise<number> {
  checkQuestions(input, out);
  const what = input.args[0] ?? '';
  const platform = input.value('platform');
  const environment = input.value('environment');
  const goSource = input.value('source');
  const binaries = input.flag('binaries') ?? true;
  const request: ExplainRequest = {
    what,
    ...(platform === undefined ? {} : { platform }),
    ...(environment === undefined ? {} : { environment }),
    ...(goSource === undefined ? {} : { goSource }),
    access,
    binaries,
    measure: (input.flag('measure') ?? true) && input.value('why') === undefined,
  };
  const top = topOf(input.value('top'));
  const { warnOfNamesake } = await import('../explain/namesake.ts');
  await warnOfNamesake(ctx, what);
  if (await answerInside(ctx, input, out, request)) return 0;
  const budgets = await typedBudgets(input, binaries);
  const { explainWithCosts } = await import('../explain/with-costs.ts');
  // With limits on the command line the answer is what matters.
  const view = budgets.length > 0 ? undefined : await viewFor(ctx, input, out);
  if (view) {
    const { code, whole } = await viewEarly(ctx, view, async (inner, early) => {
      const explanation = await explainWithCosts(inner, { ...request, early });
      return { explanation, judged: await judgeIt(inner, input, request, explanation, []) };
    });
    return showJudged(out, whole?.judged ?? [], code);
  }
  const explanation = await explainWithCosts(ctx, request);
  const asked = await answerWhy(input, out, explanation);
  if (asked) return 0;
  const judged = await judgeIt(ctx, input, request, explanation, budgets);
  return showExplanation(ctx, input, out, { explanation, judged, top });
}

/** @throws ToolError USAGE */
async function typedBudgets(input: ExplainInput, binaries: boolean): Promise<Budget[]> {
  const texts = input.values('budget');
  if (texts.length === 0) return [];
  const { parseBudgets } = await import('../explain/budget/parse.ts');
  const budgets = texts.flatMap((text) => parseBudgets(text, { name: '--budget' }));
  const inside = budgets.find(({ subject }) => /^(binary|binaries|modules?|packages?)$/.test(subject));
  if (inside && !binaries) {
    throw new ToolError('USAGE', `${inside.text} cannot be told with --no-binaries`, {
      hint: 'Leave --no-binaries out.',
    });
  }
  return budgets;
}

/** The limits of flags and coracle.yaml, held against it. */
async function judgeIt(
  ctx: Ctx,
  input: ExplainInput,
  request: ExplainRequest,
  explanation: Explanation,
  typed: readonly Budget[],
): Promise<Judged[]> {
  if (!request.binaries && typed.length === 0) return [];
  const { configuredBudgets } = await import('../explain/budget/configured.ts');
  const configured =
    typed.length > 0 ? [] : await configuredBudgets(ctx, request.what, explanation.kind, request.environment);
  const { judge } = await import('../explain/budget/judge.ts');
  const against = input.value('against');
  const { explainForBytes } = await import('../explain/with-costs.ts');
  const other = against === undefined ? undefined : await explainForBytes(ctx, { ...request, what: against });
  return judge(ctx, request.what, explanation, [...typed, ...configured], other);
}
