import { setTimeout as delay } from 'node:timers/promises';
import type { Ctx } from '../../../core/ctx.ts';
import type { Question } from './ask.ts';
import type { Prober } from './prober.ts';
import { listeningPorts } from './processes.ts';
import { withProgram, type Running } from './program.ts';
import { usualTimeout } from './once.ts';
import type { Stage, Startable } from './stage.ts';

/** What a program did when it was started. */
export type Explored =
  | {
      readonly did: 'listened';
      readonly port: number;
      /** A page that answers well. */
      readonly path?: string;
      readonly why: string;
    }
  | { readonly did: 'ended'; readonly code: number; readonly why: string }
  | {
      readonly did: 'nothing';
      readonly why: string;
      /** The page that was named, and did not answer well. */ readonly page?: Required<Question>;
    };

/** What was said of the program; see ProbeWish. */
interface Hints {
  readonly port?: number;
  readonly path?: string;
  readonly exposed: readonly number[];
  /** What the image's health check asks for; it may be out of date. */
  readonly page?: Required<Question>;
}

/** Pages by which programs say that they are well, the usual ones first. */
const healthPaths = ['/healthz', '/health', '/readyz', '/livez', '/ready', '/live', '/ping', '/status'];
/** No program has it; one that answers all the same answers to anything. */
const nowhere = '/coracle-asks-for-what-is-not-there';
/** Milliseconds between two looks at what it listens on, and for other ports to come after the first. */
const pace = 20;
const settling = 150;

/**
 * Starts an image's program and looks what it does: listens, ends, or neither.
 * @throws ToolError as withProgram and Prober.leave
 */
export async function explore(
  ctx: Ctx,
  stage: Stage,
  image: Startable,
  network: 'own' | 'host',
  hints: Hints,
): Promise<Explored> {
  const prober = stage.prober(network);
  const namespace = network === 'own' ? await prober.leave() : undefined;
  const waited = stage.terms.timeout ?? usualTimeout;
  const { result, exit } = await withProgram(ctx, stage, image, namespace, async (running) => {
    const ports = await portsOf(running, hints, waited);
    if (ports === 'ended') return undefined;
    return ports.length === 0 ? silent(waited) : choose(prober, ports, hints, waited);
  });
  if (result) return result;
  return { did: 'ended', code: exit.code, why: `It ends by itself, with code ${exit.code}.` };
}

function silent(waited: number): Explored {
  const time = `${waited / 1000} seconds`;
  return { did: 'nothing', why: `the program listened on no TCP port within ${time}, and did not end` };
}

/** Where it listens once it does; none when the time was over. */
async function portsOf(
  { pid, ended }: Running,
  { port }: Hints,
  waited: number,
): Promise<number[] | 'ended'> {
  const deadline = Date.now() + waited;
  const state = { over: false };
  const stopped = ended.then(
    () => (state.over = true),
    () => (state.over = true),
  );
  while (!state.over && Date.now() < deadline) {
    const ports = listeningPorts(pid);
    if (port === undefined ? ports.length > 0 : ports.includes(port)) {
      await Promise.race([stopped, delay(settling)]);
      break;
    }
    await Promise.race([stopped, delay(pace)]);
  }
  return state.over ? 'ended' : listeningPorts(pid);
}

async function choose(
  prober: Prober,
  listening: readonly number[],
  hints: Hints,
  waited: number,
): Promise<Explored> {
  if (hints.port !== undefined && !listening.includes(hints.port)) {
    const others = listening.join(', ');
    return { did: 'nothing', why: `the program does not listen on port ${hints.port}, but on ${others}` };
  }
  const { page } = hints;
  if (page && hints.port === undefined && hints.path === undefined && listening.includes(page.port))
    return named(prober, page.port, page.path, 'as the health check of the image has it', waited);
  const wanted = listening.filter((port) => port === hints.port);
  const exposed = listening.filter((port) => hints.exposed.includes(port));
  const [ports, whence] =
    wanted.length > 0
      ? [wanted, 'which was named for it']
      : exposed.length > 0
        ? [exposed, 'which the image exposes']
        : [listening, 'where the program was found to listen'];
  if (hints.path !== undefined && ports[0] !== undefined)
    return named(prober, ports[0], hints.path, whence, waited);
  for (const port of ports) {
    const path = await goodPage(prober, port);
    if (path !== undefined)
      return { did: 'listened', port, path, why: `${path} answers well on port ${port}, ${whence}.` };
  }
  const [port = 0] = ports;
  return {
    did: 'listened',
    port,
    why: `Port ${port}, ${whence}, accepts connections; none of the usual health pages answers well there.`,
  };
}

/** The page that was named; it is waited for, as a program may not be well at once. */
async function named(
  prober: Prober,
  port: number,
  path: string,
  whence: string,
  waited: number,
): Promise<Explored> {
  const { answer, stop } = prober.watch({ port, path });
  const timer = setTimeout(stop, waited);
  const { good, status } = await answer;
  clearTimeout(timer);
  if (good) return { did: 'listened', port, path, why: `${path} was named, on port ${port}, ${whence}.` };
  const how = status === undefined ? 'did not answer' : `answered with status ${status}`;
  return { did: 'nothing', why: `${path} on port ${port} ${how}`, page: { port, path } };
}

/** A page that answers with 2xx or 3xx. */
async function goodPage(prober: Prober, port: number): Promise<string | undefined> {
  const anything = await prober.ask({ port, path: nowhere });
  if (anything.good) return '/';
  // It does not speak HTTP, or not at once.
  if (anything.status === undefined) return undefined;
  for (const path of [...healthPaths, '/']) if ((await prober.ask({ port, path })).good) return path;
  return undefined;
}
