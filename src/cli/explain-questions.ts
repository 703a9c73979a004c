import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { Explanation, ExplainRequest } from '../explain/types.ts';
import type { ExplainInput } from './explain-answer.ts';
import type { Out } from './out.ts';

/** Prints or writes what is inside, for which nothing has to be explained. @returns whether that was asked */
export async function answerInside(
  ctx: Ctx,
  input: ExplainInput,
  out: Out,
  request: ExplainRequest,
): Promise<boolean> {
  const cat = input.value('cat');
  const extracts = input.values('extract').map((text) => pairOf(text));
  const dockerfile = input.flag('dockerfile') ?? false;
  if (cat === undefined && extracts.length === 0 && !dockerfile) return false;
  const { dockerfileOf, extractTo, readFileOf } = await import('../explain/explain.ts');
  if (dockerfile) {
    await out.print(await dockerfileOf(ctx, request));
    return true;
  }
  if (cat !== undefined) {
    for await (const chunk of readFileOf(ctx, request, cat)) await out.bytes(chunk);
    return true;
  }
  const written = [];
  for (const { path, dest } of extracts) {
    written.push({ path, dest, ...(await extractTo(ctx, request, path, dest)) });
  }
  if (out.json) await out.document({ schema: 'coracle.extract/v1', written });
  else if (!out.quiet) {
    const { renderExtracted } = await import('../render/explain/written.ts');
    await out.print(written.map(renderExtracted).join('\n'));
  }
  return true;
}

const questions = ['why', 'dockerfile', 'cat', 'extract'] as const;
/** What has no say in the answer to a question, so that a limit is never taken for checked. */
const forReports = ['budget', 'against', 'html', 'markdown', 'top'] as const;

/** What is printed as it is, and is no document. */
const asItIs = ['cat', 'dockerfile', 'markdown'] as const;

/** A command line asks one thing, in one form. @throws ToolError USAGE */
export function checkQuestions(input: ExplainInput, { json }: Pick<Out, 'json'>): void {
  const raw = json ? asItIs.find((name) => given(input, name)) : undefined;
  if (raw !== undefined) {
    throw new ToolError('USAGE', `--${raw} and --json cannot be given together`, {
      hint: `--${raw} prints text as it is: leave --json out.`,
    });
  }
  const [first, second] = questions.filter((name) => given(input, name));
  const idle = forReports.find((name) => given(input, name));
  const clash = first === undefined ? undefined : (second ?? idle);
  if (clash === undefined) return;
  throw new ToolError('USAGE', `--${first} and --${clash} cannot be given together`, {
    hint: `--${first} prints its own answer and no report: run coracle explain once for each.`,
  });
}

function given(input: ExplainInput, name: (typeof questions)[number] | (typeof forReports)[number]): boolean {
  if (name === 'dockerfile' || name === 'markdown') return input.flag(name) ?? false;
  return input.values(name).length > 0;
}

/** `PATH=DEST`. @throws ToolError USAGE */
function pairOf(text: string): { path: string; dest: string } {
  const equals = text.lastIndexOf('=');
  const [path, dest] = [text.slice(0, equals), text.slice(equals + 1)];
  if (equals > 0 && dest !== '') return { path, dest };
  throw new ToolError('USAGE', `--extract: ${JSON.stringify(text)} is not PATH=DEST`, {
    hint: 'For example --extract /etc/passwd=passwd.',
  });
}

/** Prints what --why asks. @returns whether it was given */
export async function answerWhy(input: ExplainInput, out: Out, explanation: Explanation): Promise<boolean> {
  const why = input.value('why');
  if (why === undefined) return false;
  const programs = explanation.kind === 'binary' ? [explanation] : explanation.binaries;
  const graph = programs.map(({ costs }) => costs?.graph).find((each) => each !== undefined);
  if (!graph) {
    throw new ToolError('USAGE', `${explanation.source} says nothing of who imports whom`, {
      hint: 'Only the source does: coracle explain --why MODULE --source DIR, or DIR itself.',
    });
  }
  const { whyModule } = await import('../explain/costs/why.ts');
  const { renderWhy } = await import('../render/explain/why.ts');
  const answer = whyModule(graph, why);
  if (out.json) await out.document({ schema: 'coracle.why/v1', ...answer });
  else await out.print(renderWhy(answer));
  return true;
}
