/** The projects of examples/ and their Dockerfiles, each built by some user and asked over HTTP, in Coracle's sandbox and under runc. */
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { run } from '../../src/core/exec.ts';
import type { Exit } from '../../src/core/exec.ts';
import { removeTree } from '../../src/core/temp.ts';
import { baseFlags, canMakeBases, pushBases } from '../components/base-images.ts';
import { startDaemon } from '../components/daemon.ts';
import { freePort } from '../components/free-port.ts';
import { moduleFiles } from '../components/go.ts';
import { startModuleProxy } from '../components/module-proxy.ts';
import { call, installed, tryCall } from '../components/program.ts';
import { hasRegistry, startRegistry } from '../components/registry.ts';
import { canRunImages, runImage } from '../components/runc.ts';
import { become, canBecome, nobody } from '../components/users.ts';
import type { Who } from '../components/users.ts';
import { parseJson } from '../support/json.ts';
import { program, repository } from './coracle.ts';
import type { BuildDocument } from './project.ts';

export const realNeeds = [canMakeBases, hasRegistry, canBecome, installed('ssh-agent')];

const bases = ['alpine:3', 'debian:stable-slim', 'golang:alpine', 'golang:latest', 'node:slim'] as const;

/** What a secret's value must not be found in. */
export const token = 'notes-token-4f1d9c';

/** A user's machine: a home, copies of the examples, and what Dockerfiles fetch from, all on loopback. */
export interface Workshop {
  readonly who: Who;
  readonly root: string;
  readonly home: string;
  /** `coracle ARGS` as this user. */
  coracle(args: readonly string[], more?: Readonly<Record<string, string>>): Promise<Exit>;
  build(project: Project, more?: readonly string[]): Promise<BuildDocument>;
  /** Starts the image's service in Coracle's sandbox, and asks. */
  ask(image: string, project: Project): Promise<void>;
  stop(): Promise<void>;
}

export interface Project {
  readonly name: string;
  readonly flags: (place: Places) => readonly string[];
  /** @param ask answers of the running service */
  readonly answers: (ask: (path: string, body?: string) => Promise<string>) => Promise<void>;
}

interface Places {
  readonly root: string;
  readonly notes: string;
  readonly agent: string;
}

const none = (): readonly string[] => [];

export const projects: Readonly<Record<'gin' | 'cgo' | 'cross' | 'notes' | 'web', Project>> = {
  gin: {
    name: 'gin-api',
    flags: ({ root }) => ['--file', path.join(root, 'gin-api', 'classic.Dockerfile')],
    answers: async (ask) => {
      expect(await ask('/api/v1/books')).toContain('"items"');
    },
  },
  cgo: {
    name: 'cgo-words',
    flags: none,
    answers: async (ask) => {
      expect(await ask('/count', 'one, two;three\n four')).toBe('4\n');
    },
  },
  cross: {
    name: 'cross-hello',
    flags: () => ['--platform', 'linux/amd64,linux/arm64'],
    answers: async (ask) => {
      expect(await ask('/')).toBe('linux/amd64, built on linux/amd64\n');
    },
  },
  notes: {
    name: 'notes',
    flags: ({ root, notes, agent }) => [
      '--secret',
      `id=token,src=${root}/token`,
      '--ssh',
      `default=${agent}`,
      '--build-arg',
      `NOTES_URL=${notes}`,
      '--build-arg',
      'NOTES_FROM=a test',
    ],
    answers: async (ask) => {
      expect(await ask('/first.txt')).toBe('Bread, cheese.\n');
      expect(await ask('/remote.txt')).toBe('kept for who has the token\n');
      expect(await ask('/keys.txt')).toBe('a key of the test\n');
      expect(await ask('/about.txt')).toBe('Built from a test.\n');
      expect(await ask('/literal.txt')).toBe('$HOME is not expanded here.\n');
      expect(await ask('/')).toMatch(/^<!doctype html>\n<title>Notes/);
    },
  },
  web: {
    name: 'web-page',
    flags: none,
    answers: async (ask) => {
      const page = await ask('/');
      const script = /src="(main-[0-9a-f]{8}\.js)"/.exec(page)?.[1] ?? 'no script';
      expect(await ask(`/${script}`)).toMatch(/^const greeting +=/);
      expect(page).toMatch(/href="style-[0-9a-f]{8}\.css"/);
    },
  },
};

export async function openWorkshop(who: Who): Promise<Workshop> {
  const root = mkdtempSync(path.join(tmpdir(), 'coracle-real-'));
  const home = path.join(root, 'home');
  mkdirSync(home);
  cpSync(path.join(repository, 'examples'), root, { recursive: true });
  const modules = await startModuleProxy(await moduleFiles(['mod', 'download'], path.join(root, 'gin-api')));
  const registry = await startRegistry();
  const [withGo, others] = [
    bases.filter((name) => name.startsWith('golang')),
    bases.filter((name) => !name.startsWith('golang')),
  ];
  await pushBases(registry, others);
  await pushBases(registry, withGo, [`GOPROXY=${modules.url}`, 'GOSUMDB=off']);
  const notes = await serveNotes();
  writeFileSync(path.join(root, 'token'), token);
  // Others have to reach it.
  chmodSync(root, 0o755);
  const own = (file: string): void => chownSync(file, nobody.uid, nobody.gid);
  if (who !== 'root') [home, path.join(root, 'token'), root].forEach(own);
  // An agent speaks only with its own user, and root.
  const agent = await startAgent(root, become(who === 'root' ? 'root' : 'single', root));
  const places = { root, notes: notes.url, agent: agent.socket };
  const prefix = become(who, root);
  const env = { HOME: home, CORACLE_HOME: path.join(home, 'coracle') };
  const coracle: Workshop['coracle'] = async (args, more = {}) =>
    tryCall([...prefix, program, ...args], { cwd: root, env: { ...env, ...more } });
  return {
    who,
    root,
    home: env.CORACLE_HOME,
    coracle,
    build: async (project, more = []) => {
      const flags = [...baseFlags(registry, bases), ...project.flags(places), ...more];
      const exit = await coracle([
        'build',
        '--json',
        ...flags,
        '-t',
        project.name,
        path.join(root, project.name),
      ]);
      expect(`${exit.code} ${exit.stderr}`).toMatch(/^0 /);
      return parseJson<BuildDocument>(exit.stdout);
    },
    ask: async (image, project) => {
      const port = String(await freePort());
      const over = new AbortController();
      const variables = Object.entries(listenOn(port)).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
      const argv = [...prefix, program, 'run', ...variables, image] as const;
      const running = run({ argv, cwd: root, env: { ...process.env, ...env } }, over.signal);
      running.catch(() => undefined);
      try {
        await project.answers(asking(port));
      } finally {
        over.abort(new Error('asked enough'));
        await running.catch(() => undefined);
      }
    },
    stop: async () => {
      notes.server.closeAllConnections();
      notes.server.close();
      await Promise.all([agent.stop(), registry.stop(), modules.stop()]);
      await removeTree(root);
    },
  };
}

/** What tells each of the services where to listen. */
function listenOn(port: string): Record<string, string> {
  return { PORT: port, HTTP_ADDR: `127.0.0.1:${port}` };
}

/** Asks a service that may still be starting. */
function asking(port: string): (path: string, body?: string) => Promise<string> {
  return async (where, body) => {
    for (let tries = 0; ; tries++) {
      try {
        const response = await fetch(`http://127.0.0.1:${port}${where}`, {
          ...(body === undefined ? {} : { method: 'POST', body }),
        });
        return await response.text();
      } catch (error) {
        if (tries === 400) throw error;
        await sleep(50);
      }
    }
  };
}

/** Runs it from a layout, as the OCI's own runtime tools would. */
export async function askUnderRunc(layout: string, tag: string, project: Project): Promise<void> {
  if (canRunImages() !== undefined) return;
  const port = String(await freePort());
  const running = await runImage(layout, tag, {
    env: listenOn(port),
    ready: async () => (await fetch(`http://127.0.0.1:${port}/`)).status < 600,
  });
  try {
    await project.answers(asking(port));
  } finally {
    await running.stop('KILL');
  }
}

/** Gives a text to whoever has the token. */
async function serveNotes(): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const known = request.headers.authorization === `Bearer ${token}`;
    response.writeHead(known ? 200 : 401).end(known ? 'kept for who has the token\n' : '');
  });
  const port = await freePort();
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${port}/remote.txt`, server };
}

async function startAgent(
  root: string,
  user: readonly [string, ...string[]],
): Promise<{ socket: string; stop: () => Promise<unknown> }> {
  const socket = path.join(root, 'agent');
  const key = path.join(root, 'key');
  await call(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'a key of the test', '-f', key]);
  const daemon = await startDaemon({
    argv: [...user, 'ssh-agent', '-D', '-a', socket],
    ready: async () => (await call(['ssh-add', '-q', key], { env: { SSH_AUTH_SOCK: socket } })).code === 0,
  });
  return { socket, stop: async () => daemon.stop() };
}

/** All files of a home, for a look that lets nothing out. */
export function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
