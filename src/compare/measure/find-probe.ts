import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import type { Probe } from '../types.ts';
import { hintsOf, type ImageHints } from './image-hints.ts';
import { explore, type Explored } from './start/explore.ts';
import { onStage, startable, type Stage } from './start/stage.ts';
import type { FoundProbe, MeasuredImage, ProbeWish, StartTerms } from './types.ts';

/**
 * Finds out how it is seen that the program is ready, and in which network it can be started: what was said, else the health check and the
 * ports that the images name, else by starting it and looking what it does.
 * @param images that of which most can be expected first: a program that fails in one is tried in the next
 * @throws ToolError SANDBOX_UNAVAILABLE where nothing can be run on this machine; what interrupts it
 */
export async function findProbe(
  ctx: Ctx,
  images: readonly MeasuredImage[],
  wish: ProbeWish = {},
  terms: StartTerms = {},
): Promise<FoundProbe> {
  const hints = { ...(await hintsOf(ctx, images)), ...saidOf(wish) };
  return onStage(ctx, terms, async (stage) => {
    const networks = terms.network === undefined ? (['own', 'host'] as const) : [terms.network];
    const seen: Tried[] = [];
    for (const network of networks) {
      let silent = 0;
      for (const image of images) {
        const tried = await tryImage(ctx, stage, image, network, hints);
        if (tried.refused === 'network') break;
        seen.push(tried);
        // Each of them takes as long as a program is given.
        if (tried.explored.did === 'nothing') silent++;
        if (isGood(tried.explored, hints)) return answer(tried, hints, network, networks[0] !== network);
        if (silent === mostSilent) break;
      }
    }
    return lastResort(seen, hints, networks[0] ?? 'own');
  });
}

/** Images whose program neither answers nor ends, after which no more are tried in a network. */
const mostSilent = 2;

interface Tried {
  readonly network: 'own' | 'host';
  readonly explored: Explored;
  readonly refused?: 'network';
}

type Hints = ProbeWish & ImageHints;

async function tryImage(
  ctx: Ctx,
  stage: Stage,
  image: MeasuredImage,
  network: 'own' | 'host',
  hints: Hints,
): Promise<Tried> {
  try {
    return {
      network,
      explored: await explore(ctx, stage, await startable(ctx, stage, image), network, hints),
    };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!isToolError(error)) throw error;
    const explored: Explored = { did: 'nothing', why: error.message };
    return isToolError(error, 'SANDBOX_UNAVAILABLE')
      ? { network, explored, refused: 'network' }
      : { network, explored };
  }
}

/** A program that answers, or has done its work. */
function isGood(explored: Explored, { probe }: Hints): boolean {
  if (probe?.kind === 'exit') return explored.did === 'ended' && explored.code === probe.code;
  return explored.did === 'listened' || (explored.did === 'ended' && explored.code === 0 && !probe);
}

function answer({ explored }: Tried, hints: Hints, network: 'own' | 'host', second: boolean): FoundProbe {
  const notes = second
    ? [
        "The program was started in this machine's network, as it fails, or could not be started, in one of its own.",
      ]
    : [];
  return { probe: hints.probe ?? probeOf(explored), network, notes };
}

function probeOf(explored: Explored): Probe {
  switch (explored.did) {
    case 'listened': {
      const { port, path, why } = explored;
      return path === undefined ? { kind: 'tcp', port, why } : { kind: 'http', port, path, why };
    }
    case 'ended':
      return { kind: 'exit', code: explored.code, why: explored.why };
    case 'nothing':
    default:
      return { kind: 'none', why: explored.why };
  }
}

/** It is not well anywhere: when it always ends with the same code, that may be what it does. */
function lastResort(
  seen: readonly Tried[],
  { probe, path, port }: Hints,
  network: 'own' | 'host',
): FoundProbe {
  if (probe) return { probe, network, notes: [] };
  const codes = seen.flatMap(({ explored }) => (explored.did === 'ended' ? [explored] : []));
  const [first] = codes;
  // Codes of the sandbox and of signals: it was not the program that ended so.
  if (
    first &&
    first.code < 126 &&
    codes.length === seen.length &&
    codes.every(({ code }) => code === first.code)
  )
    return { probe: probeOf(first), network, notes: [] };
  const unwell = seen.flatMap(({ explored }) => (explored.did === 'nothing' ? (explored.page ?? []) : []));
  const page = unwell[0] ?? (path !== undefined && port !== undefined ? { port, path } : undefined);
  // Whoever names the page wants to know who fails there.
  if (page) return { probe: { kind: 'http', ...page, why: `${page.path} was named.` }, network, notes: [] };
  if (port !== undefined)
    return { probe: { kind: 'tcp', port, why: `Port ${port} was named.` }, network, notes: [] };
  const silent = seen.find(({ explored }) => explored.did === 'nothing');
  const why = silent?.explored.why ?? first?.why ?? 'there is no image whose program could be started';
  return { probe: { kind: 'none', why }, network, notes: [] };
}

/** What was said, as far as it helps to look. */
function saidOf(wish: ProbeWish): ProbeWish {
  const { probe, exit: code } = wish;
  if (probe)
    return 'port' in probe
      ? { probe, port: probe.port, ...(probe.kind === 'http' && { path: probe.path }) }
      : { probe };
  if (code === undefined) return wish;
  return { probe: { kind: 'exit', code, why: `That it ends, with code ${code}, was said.` } };
}
