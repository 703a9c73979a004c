import { decideBase } from '../bases/decide.ts';
import { factsOf } from '../bases/facts.ts';
import type { Ctx } from '../core/ctx.ts';
import type { Store } from '../store/store.ts';
import { programIn } from './measure/evidence.ts';
import { lookInto } from './measure/look.ts';
import type { ComparedProgram } from './program.ts';
import type { Decision, MethodResult } from './types.ts';

type Step = Decision['path'][number];

/**
 * Which method for this program: of those that run it and lack nothing that it can use, the smallest. The questions about the program are those
 * of the tree by which bases are decided; the others are answered by what was measured.
 */
export async function decide(
  ctx: Ctx,
  store: Store,
  program: ComparedProgram,
  results: readonly MethodResult[],
): Promise<Decision> {
  const running = results.filter(({ failure, image, kind }) => kind === 'method' && image && !failure);
  const about = await askProgram(ctx, store, program, running);
  const wanted = usedBy(running);
  const lacking = running.flatMap((one) => {
    const lacks = wanted.filter((what) => !has(one, what));
    return lacks.length === 0 ? [] : [{ one, lacks }];
  });
  const whole = running.filter((one) => !lacking.some((each) => each.one === one));
  const [best] = whole.toSorted((one, other) => sizeOf(one) - sizeOf(other));
  const failed = results.filter(({ failure }) => failure);
  const path = [
    ...about,
    ...runsStep(running, failed),
    ...holdsStep(wanted, lacking),
    ...sizeStep(whole, best),
  ];
  if (!best) return { method: 'none', path, reasons: ['no method runs the program: each row says why'] };
  return { method: best.name, path, reasons: reasonsFor(best, path, results) };
}

/** The way through the tree of bases, as the program itself answers. */
async function askProgram(
  ctx: Ctx,
  store: Store,
  { request }: ComparedProgram,
  running: readonly MethodResult[],
): Promise<readonly Step[]> {
  const { image } = running.find(({ name }) => name === 'coracle') ?? running.at(-1) ?? {};
  if (!image) return [];
  // Without an answer of the program what was measured still decides.
  const found = await lookInto(ctx, store, image)
    .then(programIn)
    .catch(() => undefined);
  ctx.signal.throwIfAborted();
  return found?.binary ? decideBase(factsOf(found.binary, request.image.env)).path : [];
}

/** What Coracle's own image was given is what the program can use. */
function usedBy(running: readonly MethodResult[]): string[] {
  const own = running.find(({ name }) => name === 'coracle');
  return (own?.holds ?? []).flatMap(({ what, where, kind }) =>
    kind === 'gain' && where !== undefined && general.has(what) ? [what] : [],
  );
}

/** What any program may use, however it is linked. */
const general: ReadonlySet<string> = new Set(['CA bundle', 'time zones', 'users', '/tmp']);

function has({ holds }: MethodResult, wanted: string): boolean {
  return holds.some(({ what, where }) => what === wanted && where !== undefined);
}

function sizeOf({ figures: { size } }: MethodResult): number {
  return 'value' in size ? size.value : Number.POSITIVE_INFINITY;
}

function runsStep(running: readonly MethodResult[], failed: readonly MethodResult[]): Step[] {
  return [
    {
      question: 'Which methods run it?',
      answer: list(running.map(({ name }) => name)) || 'none',
      because:
        failed.length === 0
          ? 'each was started, and answered'
          : failed.map(({ name, failure }) => `${name} does not: ${failure?.cause ?? ''}`).join('; '),
    },
  ];
}

function holdsStep(
  wanted: readonly string[],
  lacking: readonly { readonly one: MethodResult; readonly lacks: readonly string[] }[],
): Step[] {
  if (wanted.length === 0) return [];
  return [
    {
      question: `Which of them have what it can use (${list(wanted)})?`,
      answer: lacking.length === 0 ? 'all' : `all but ${list(lacking.map(({ one }) => one.name))}`,
      because:
        lacking.length === 0
          ? 'nothing is missing in any'
          : lacking.map(({ one, lacks }) => `${one.name} lacks ${list(lacks)}`).join('; '),
    },
  ];
}

function sizeStep(whole: readonly MethodResult[], best: MethodResult | undefined): Step[] {
  if (!best || whole.length < 2) return [];
  const [, next] = whole.toSorted((one, other) => sizeOf(one) - sizeOf(other));
  return [
    {
      question: 'Which of these is the smallest?',
      answer: best.name,
      because: next
        ? `${megabytes(sizeOf(best))} compressed; next is ${next.name} with ${megabytes(sizeOf(next))}`
        : `${megabytes(sizeOf(best))} compressed`,
    },
  ];
}

function reasonsFor(
  best: MethodResult,
  path: readonly Step[],
  results: readonly MethodResult[],
): readonly string[] {
  const risks = best.holds.filter(({ kind, where }) => kind === 'risk' && where !== undefined);
  const largest = results.toSorted((one, other) => (sizeOf(other) || 0) - (sizeOf(one) || 0)).find(sizeKnown);
  return [
    ...path.slice(1).map(({ because }) => because),
    risks.length === 0
      ? 'it has no shell, package manager or compiler that an attacker could use'
      : `it has ${list(risks.map(({ what }) => what))}`,
    ...(largest && largest !== best
      ? [`${largest.name} is ${(sizeOf(largest) / sizeOf(best)).toFixed(1)} times as large`]
      : []),
  ];
}

function sizeKnown(one: MethodResult): boolean {
  return Number.isFinite(sizeOf(one));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function list(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
