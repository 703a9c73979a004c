import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { Explanation, ExplainRequest } from '../explain/types.ts';
import type { ExplainInput } from './explain-answer.ts';
import type { Out } from './out.ts';

/** Prints or writes files of the inside, for which nothing has to be explained. @returns whether that was asked */
export async function answerInside(
  ctx: Ctx,
  input: ExplainInput,
  out: Out,
  request: ExplainRequest,
): Promise<boolean> {
  const cat = input.value('cat');
  const extracts = input.values('extract').map((text) => pairOf(text));
  if (cat === undefined && extracts.length === 0) return false;
  const { extractTo, readFileOf } = await import('../explain/explain.ts');
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

/** `PATH=DEST`. @throws ToolError USAGE */
function pairOf(text: string): { path: string; dest: string } {
  const equals = text.lastIndexOf('=');
  const [path, dest] = [text.slice(0, equals), text.slice(equals + 1)];
  if (equals > 0 && dest !== '') return { path, dest };
  throw new ToolError('USAGE', `--extract: ${JSON.stringify(text)} is not PATH=DEST`, {
    hint: 'For example --extract /etc/passwd=passwd.',
  });
}

/** Prints what --why or --dockerfile asks. @returns whether one of them was given */
export async function answerQuestion(
  input: ExplainInput,
  out: Out,
  explanation: Explanation,
): Promise<boolean> {
  if (input.flag('dockerfile')) {
    if (explanation.kind !== 'image') {
      throw new ToolError(
        'USAGE',
        `${explanation.source} is no image: there is no Dockerfile to reconstruct`,
        {
          hint: 'Only an image has a history.',
        },
      );
    }
    await out.print(explanation.dockerfile);
    return true;
  }
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
