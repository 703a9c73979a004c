/** What cases fetch from, on loopback: a registry with the bases, files over HTTP, Git repositories over HTTP, an SSH agent. */
import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDaemon } from '../components/daemon.ts';
import { call, findProgram } from '../components/program.ts';
import { startRegistry } from '../components/registry.ts';
import { gitEnv } from '../e2e/coracle.ts';
import { makeBases } from './bases.ts';
import type { Bases } from './bases.ts';
import type { Case, HttpAnswer } from './case.ts';
import { writeContext } from './context.ts';
import type { Owner } from './context.ts';

export interface Services {
  readonly bases: Bases;
  /** Fills the placeholders of a text for this case, and makes what they name. */
  fill(case_: Case, text: string): Promise<string>;
  /** The other way round, for what stands in results. */
  unfill(case_: Case, text: string): string;
  /** Serves one thing more. @returns its URL */
  serve(case_: Case, name: string, reply: HttpAnswer): string;
  /** The socket of an agent with one key, for a process of this user. */
  sshAgent(as?: Owner): Promise<string>;
  stop(): Promise<void>;
}

export async function startServices(): Promise<Services> {
  const bases = await makeBases();
  const registry = await startRegistry();
  const home = mkdtempSync(path.join(tmpdir(), 'coracle-parity-services-'));
  for (const name of bases.names)
    await call([
      'skopeo',
      'copy',
      '--quiet',
      '--all',
      '--dest-tls-verify=false',
      `oci:${bases.layout}:${name}`,
      `docker://${registry.host}/${name}:latest`,
    ]);
  const answers = new Map<string, HttpAnswer>();
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/git/') === true) gitBackend(path.join(home, 'git'), request, response);
    else answer(answers.get(decodeURI(request.url?.split('?')[0] ?? '')), request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const places = (case_: Case): Record<string, string> => ({
    '@registry@': registry.host,
    '@http@': `http://127.0.0.1:${port}/${slug(case_.name)}`,
    '@git@': `http://127.0.0.1:${port}/git/${slug(case_.name)}.git`,
  });
  const agents = new Map<number, Promise<Agent>>();
  return {
    bases,
    async fill(case_, text) {
      for (const [name, reply] of Object.entries(case_.http ?? {}))
        answers.set(`/${slug(case_.name)}${name}`, reply);
      if (case_.git) await makeRepository(path.join(home, 'git', `${slug(case_.name)}.git`), case_.git);
      return Object.entries(places(case_)).reduce(
        (filled, [key, value]) => filled.replaceAll(key, value),
        text,
      );
    },
    serve(case_, name, reply) {
      answers.set(`/${slug(case_.name)}${name}`, reply);
      return `http://127.0.0.1:${port}/${slug(case_.name)}${name}`;
    },
    unfill: (case_, text) =>
      Object.entries(places(case_)).reduce((plain, [key, value]) => plain.replaceAll(value, key), text),
    async sshAgent(as) {
      const agent = agents.get(as?.uid ?? 0) ?? startAgent(as);
      agents.set(as?.uid ?? 0, agent);
      return (await agent).socket;
    },
    async stop() {
      for (const agent of agents.values()) await (await agent).stop();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await registry.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A name as a part of URLs and paths. */
export function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function answer(reply: HttpAnswer | undefined, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(reply?.status ?? (reply ? 200 : 404), {
    'content-type': 'application/octet-stream',
    ...(reply?.lastModified !== undefined && { 'last-modified': reply.lastModified }),
    ...reply?.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : (reply?.body ?? 'not here'));
}

/** Git's own server side as a CGI program. */
function gitBackend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn(findProgram('git') ?? 'git', ['http-backend'], {
    env: {
      ...process.env,
      ...gitEnv,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname.slice('/git'.length),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === undefined) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const headers = Object.fromEntries(
      head
        .toString('latin1', 0, end)
        .split('\r\n')
        .map((line): [string, string] => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }),
    );
    const { status = '200 OK', ...rest } = headers;
    response.writeHead(Number.parseInt(status, 10), rest);
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  child.on('close', () => response.end());
}

async function makeRepository(place: string, what: NonNullable<Case['git']>): Promise<void> {
  const work = `${place}.work`;
  rmSync(work, { recursive: true, force: true });
  rmSync(place, { recursive: true, force: true });
  mkdirSync(path.dirname(place), { recursive: true });
  const git = async (...args: string[]): Promise<unknown> =>
    call(['git', ...args], { cwd: work, env: gitEnv });
  await writeContext(work, what.files);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--force', '.');
  await git('commit', '--quiet', '--message=first');
  await git('tag', 'v1');
  if (what.more) {
    await writeContext(work, what.more);
    await git('add', '--force', '.');
    await git('commit', '--quiet', '--message=second');
  }
  await call(['git', 'clone', '--quiet', '--bare', work, place], { env: gitEnv });
  await call(['git', 'config', 'uploadpack.allowAnySHA1InWant', 'true'], { cwd: place, env: gitEnv });
}

interface Agent {
  readonly socket: string;
  readonly stop: () => Promise<void>;
}

/** An agent talks to the user that it runs as, and to nobody else. */
async function startAgent(as?: Owner): Promise<Agent> {
  const home = mkdtempSync(path.join(tmpdir(), 'coracle-parity-agent-'));
  const prefix = as ? ['setpriv', `--reuid=${as.uid}`, `--regid=${as.gid}`, '--clear-groups'] : ['env'];
  if (as) chownSync(home, as.uid, as.gid);
  const socket = path.join(home, 'agent');
  const key = path.join(home, 'key');
  const [first = 'env', ...rest] = prefix;
  await call([first, ...rest, 'ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'parity', '-f', key]);
  const daemon = await startDaemon({
    argv: [first, ...rest, 'ssh-agent', '-D', '-a', socket],
    ready: async () => {
      await call([first, ...rest, 'ssh-add', '-q', key], { env: { SSH_AUTH_SOCK: socket } });
      return true;
    },
  });
  return {
    socket,
    async stop() {
      await daemon.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
