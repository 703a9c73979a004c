/** Small Dockerfiles, built by machines that share nothing but a registry: each has its own home, and some user. */
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Exit } from '../../src/core/exec.ts';
import { removeTree } from '../../src/core/temp.ts';
import { findProgram, installed, tryCall } from '../components/program.ts';
import { hasRegistry, startRegistry } from '../components/registry.ts';
import type { TestRegistry } from '../components/registry.ts';
import { become, canBecome, nobody } from '../components/users.ts';
import type { Who } from '../components/users.ts';
import { parseJson } from '../support/json.ts';
import { coracleOk, program } from './coracle.ts';
import type { BuildDocument } from './project.ts';
import { write } from './tiny.ts';

export const kitNeeds = [hasRegistry, installed('busybox'), canBecome];

export interface StepsDocument extends BuildDocument {
  readonly steps?: readonly {
    readonly name: string;
    readonly state: 'cached' | 'ran' | 'would run';
    readonly because: readonly string[];
  }[];
  readonly differing?: readonly {
    readonly platform: string;
    readonly what: string;
    readonly differences: readonly {
      readonly path: string;
      readonly what: string;
      readonly cause?: string;
    }[];
  }[];
}

export interface Machine {
  /** Absolute. */
  readonly home: string;
  coracle(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Exit>;
  /** `coracle build --json ARGS CONTEXT`, which must succeed unless `code` says otherwise. */
  build(
    context: string,
    args?: readonly string[],
    more?: { readonly env?: Readonly<Record<string, string>>; readonly code?: number },
  ): Promise<StepsDocument & { readonly stderr: string }>;
}

export interface Kit {
  readonly registry: TestRegistry;
  /** Reference of an image with a shell. */
  readonly base: string;
  readonly root: string;
  machine(who?: Who): Machine;
  /** A directory that all may read. */
  context(files: Readonly<Record<string, string>>): string;
  stop(): Promise<void>;
}

const applets =
  'sh ash ls cat cp mv rm ln mkdir rmdir touch echo test [ chmod chown stat id env head grep sleep true date seq wc';

export async function openKit(): Promise<Kit> {
  const root = mkdtempSync(path.join(tmpdir(), 'coracle-kit-'));
  chmodSync(root, 0o755);
  const registry = await startRegistry();
  const base = `${registry.host}/base:1`;
  let count = 0;
  const fresh = (what: string): string => {
    const directory = path.join(root, `${what}-${++count}`);
    mkdirSync(directory);
    return directory;
  };
  const builder = fresh('home');
  await pushBase(fresh('base'), base, builder);
  return {
    registry,
    base,
    root,
    machine: (who = 'root') => machineOf(fresh('home'), who, root),
    context: (files) =>
      write(fresh('context'), { ...files, Dockerfile: (files['Dockerfile'] ?? '').replaceAll('BASE', base) }),
    stop: async () => {
      await registry.stop();
      await removeTree(root);
    },
  };
}

/** Another image of the same name has another `content`. */
export async function pushBase(place: string, name: string, home: string, content = 'first'): Promise<void> {
  for (const directory of ['root/bin', 'root/etc', 'root/tmp'])
    mkdirSync(path.join(place, directory), { recursive: true });
  copyFileSync(findProgram('busybox') ?? '', path.join(place, 'root/bin/busybox'));
  for (const applet of applets.split(' ')) symlinkSync('busybox', path.join(place, 'root/bin', applet));
  chmodSync(path.join(place, 'root/tmp'), 0o1777);
  write(place, {
    'root/etc/passwd': 'root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n',
    'root/etc/group': 'root:x:0:\napp:x:1000:\n',
    'root/etc/release': `${content}\n`,
    Dockerfile: 'FROM scratch\nCOPY root/ /\nENV PATH=/bin\n',
  });
  await coracleOk(['build', '--push', '-t', name, place], { env: { CORACLE_HOME: home } });
}

function machineOf(home: string, who: Who, root: string): Machine {
  if (who !== 'root') chownSync(home, nobody.uid, nobody.gid);
  const prefix = become(who, root);
  const coracle: Machine['coracle'] = async (args, env = {}) =>
    tryCall([...prefix, program, ...args], {
      cwd: '/',
      env: { HOME: home, CORACLE_HOME: path.join(home, 'coracle'), ...env },
    });
  return {
    home: path.join(home, 'coracle'),
    coracle,
    build: async (context, args = [], { env = {}, code = 0 } = {}) => {
      const exit = await coracle(['build', '--json', '--progress=plain', ...args, context], env);
      if (exit.code !== code) throw new Error(`exit ${exit.code}\n${exit.stdout}${exit.stderr}`);
      return { ...parseJson<StepsDocument>(exit.stdout), stderr: exit.stderr };
    },
  };
}

/** The blobs that a machine's store has. */
export function blobsIn({ home }: Machine): string[] {
  return readdirSync(path.join(home, 'store', 'blobs', 'sha256')).map((hex) => `sha256:${hex}`);
}

/** Step names of a state, without the numbers of a stage's steps. */
export function stepsThat({ steps = [] }: StepsDocument, state: 'cached' | 'ran' | 'would run'): string[] {
  return steps.filter((step) => step.state === state).map(({ name }) => name.replace(/^\[[^\]]*\] /, ''));
}

/** Why the one step whose name has `part` was not taken from the cache. */
export function becauseOf({ steps = [] }: StepsDocument, part: string): readonly string[] {
  const found = steps.filter(({ name }) => name.includes(part));
  if (found.length !== 1 || !found[0])
    throw new Error(`${found.length} steps with ${part}: ${JSON.stringify(steps)}`);
  return [found[0].state, ...found[0].because];
}

/** A file of an image that a machine's store has, as the step `cat` sees it. */
export async function fileOf(machine: Machine, image: string, file: string): Promise<string> {
  const { code, stdout, stderr } = await machine.coracle(['run', '--rm', image, '--', 'cat', file]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
