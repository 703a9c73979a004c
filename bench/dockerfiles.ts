import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { testCacheRoot } from '../test/components/cache.ts';
import { moduleFiles } from '../test/components/go.ts';
import { startModuleProxy } from '../test/components/module-proxy.ts';
import { findProgram } from '../test/components/program.ts';
import { startBuildkit } from '../test/components/buildkit.ts';
import type { Buildkit } from '../test/components/buildkit.ts';
import type { Case } from './case.ts';
import { debianReference, golangReference } from './go-base.ts';
import { measure } from './measure.ts';
import type { Subject } from './programs.ts';
import type { Workshop } from './workshop.ts';

/** One Dockerfile build by one builder, pushed to the loopback registry. @returns seconds */
type Build = (job: Job, fresh: boolean) => Promise<number>;

interface Job {
  readonly name: string;
  readonly directory: string;
  readonly args: Readonly<Record<string, string>>;
}

/** Builders of Dockerfiles, ready to be measured. */
export interface Yard {
  readonly ours: Build;
  readonly BuildKit: Build;
  readonly buildah: Build;
  readonly gin: Subject;
  readonly many: Many;
  readonly noop: Job;
  readonly args: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** A context of twenty thousand small files. */
interface Many {
  readonly job: Job;
  change(value: string): void;
}

/** The Dockerfile that everybody writes first, and nobody tuned. */
const classic = (golang: string): string => `FROM ${golang} AS build
ARG GOPROXY
ARG GOSUMDB
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -o /app ./cmd/api
FROM scratch
COPY --from=build /app /app
ENTRYPOINT ["/app"]
`;

const fileCount = 20_000;

/** What gin-api needs. In a copy: the go command writes into go.sum. */
async function ginModules(): Promise<string> {
  const directory = path.join(testCacheRoot, 'bench-gin-modules');
  mkdirSync(directory, { recursive: true });
  for (const name of ['go.mod', 'go.sum']) copyFileSync(path.join(example, name), path.join(directory, name));
  return moduleFiles(['mod', 'download'], directory);
}

const example = path.join(import.meta.dirname, '..', 'examples', 'gin-api');

export async function openYard(at: Workshop, gin: Subject): Promise<Yard> {
  const buildkit = await startBuildkit();
  const golang = await golangReference(at);
  const debian = await debianReference(at);
  writeFileSync(path.join(gin.directory, 'Dockerfile'), classic(golang));
  writeFileSync(path.join(gin.directory, '.dockerignore'), '.git\n');
  const noop = { name: 'noop', directory: path.join(at.home, 'noop'), args: {} };
  mkdirSync(noop.directory);
  writeFileSync(path.join(noop.directory, 'Dockerfile'), `FROM ${debian}\nRUN true\n`);
  const proxy = await startModuleProxy(await ginModules());
  return {
    ours: oursFor(at),
    BuildKit: buildkitFor(at, buildkit),
    buildah: buildahFor(at),
    gin,
    many: manyFiles(at),
    noop,
    // Everybody's modules come over loopback.
    args: { GOPROXY: proxy.url, GOSUMDB: 'off' },
    close: async () => {
      await buildkit.stop();
      await proxy.stop();
    },
  };
}

function oursFor(at: Workshop): Build {
  let homes = 0;
  let home = path.join(at.home, 'dockerfile-home');
  return async ({ name, directory, args }, fresh) => {
    if (fresh) home = path.join(at.home, `dockerfile-home-${++homes}`);
    const given = Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
    const tag = `${at.registry.host}/dockerfile-ours/${name}:latest`;
    const argv = [
      at.coracle,
      'build',
      '--frontend',
      'dockerfile',
      ...given,
      '-t',
      tag,
      '--push',
      '-q',
      directory,
    ];
    return seconds(argv, { CORACLE_HOME: home });
  };
}

function buildkitFor(at: Workshop, buildkit: Buildkit): Build {
  return async ({ name, directory, args }, fresh) => {
    if (fresh) await buildkit.prune();
    const given = Object.entries(args).flatMap(([key, value]) => ['--opt', `build-arg:${key}=${value}`]);
    const tag = `${at.registry.host}/dockerfile-buildkit/${name}:latest`;
    const start = process.hrtime.bigint();
    const exit = await buildkit.build([
      ...['--local', `context=${directory}`, '--local', `dockerfile=${directory}`, ...given],
      ...['--output', `type=image,name=${tag},push=true,registry.insecure=true`],
    ]);
    if (exit.code !== 0) throw new Error(`BuildKit: exit ${exit.code}\n${exit.stderr}`);
    return Number(process.hrtime.bigint() - start) / 1e9;
  };
}

/** Debian's buildah, in the isolation that costs it least. */
function buildahFor(at: Workshop): Build {
  const program = findProgram('buildah') ?? 'buildah';
  let roots = 0;
  let root = path.join(at.home, 'buildah');
  return async ({ name, directory, args }, fresh) => {
    if (fresh) root = path.join(at.home, `buildah-${++roots}`);
    const storage = ['--root', root, '--runroot', `${root}-run`, '--storage-driver', 'overlay'];
    const given = Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
    const tag = `${at.registry.host}/dockerfile-buildah/${name}:latest`;
    const build = [
      'bud',
      '--layers',
      '--isolation',
      'chroot',
      '--tls-verify=false',
      ...given,
      '-t',
      tag,
      directory,
    ];
    const push = ['push', '--tls-verify=false', tag];
    return (await seconds([program, ...storage, ...build])) + (await seconds([program, ...storage, ...push]));
  };
}

async function seconds(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const [program = '', ...rest] = argv;
  return (await measure({ argv: [program, ...rest], env })).ms / 1000;
}

function manyFiles(at: Workshop): Many {
  const directory = path.join(at.home, 'many');
  for (let index = 0; index < fileCount; index++) {
    const folder = path.join(directory, 'files', String(index % 200));
    if (index < 200) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${index}.txt`), `file ${index}\n`.repeat(1 + (index % 400)));
  }
  writeFileSync(path.join(directory, 'Dockerfile'), 'FROM scratch\nCOPY files /files\n');
  const file = path.join(directory, 'files', '7', '7.txt');
  return {
    job: { name: 'many', directory, args: {} },
    change: (value) => writeFileSync(file, `changed ${value}\n`),
  };
}

const builders = ['ours', 'BuildKit', 'buildah'] as const;

/** The same job by every builder, with something done before each. */
function contest(
  yard: Yard,
  job: Job,
  more: { readonly fresh?: boolean; readonly before?: (round: string) => void } = {},
): Case['contenders'] {
  return Object.fromEntries(
    builders.map((name) => [
      name,
      async (round: number) => {
        more.before?.(`${name} ${round}`);
        return yard[name](job, more.fresh ?? false);
      },
    ]),
  );
}

async function warm(yard: Yard, job: Job): Promise<void> {
  for (const name of builders) for (let i = 0; i < 2; i++) await yard[name](job, false);
}

/** The table of Dockerfile builds. */
export function dockerfileCases(yard: Yard): Case[] {
  const gin: Job = { name: 'gin', directory: yard.gin.directory, args: yard.args };
  const many = yard.many;
  const least = (limit: number): NonNullable<Case['target']> => ({
    words: `${limit} s`,
    reached: ({ ours }) => (ours ?? Infinity) <= limit,
  });
  return [
    {
      work: 'two-stage Gin Dockerfile, cold',
      unit: 's',
      rounds: 2,
      target: {
        words: 'no slower than BuildKit',
        reached: ({ ours, BuildKit }) => (ours ?? Infinity) <= (BuildKit ?? 0),
      },
      contenders: contest(yard, gin, { fresh: true }),
    },
    {
      work: 'two-stage Gin Dockerfile, nothing changed',
      unit: 's',
      rounds: 7,
      target: least(0.15),
      warmUp: async () => warm(yard, gin),
      contenders: contest(yard, gin),
    },
    {
      work: 'two-stage Gin Dockerfile, one line changed',
      unit: 's',
      rounds: 3,
      target: least(3),
      warmUp: async () => warm(yard, gin),
      contenders: contest(yard, gin, { before: (round) => yard.gin.change(round) }),
    },
    {
      work: 'COPY of 20,000 small files onto scratch, cold',
      unit: 's',
      rounds: 3,
      target: least(2.5),
      contenders: contest(yard, many.job, { fresh: true }),
    },
    {
      work: 'COPY of 20,000 small files, nothing changed',
      unit: 's',
      rounds: 5,
      target: least(0.4),
      warmUp: async () => warm(yard, many.job),
      contenders: contest(yard, many.job),
    },
    {
      work: 'COPY of 20,000 small files, one file changed',
      unit: 's',
      rounds: 5,
      target: least(1.2),
      warmUp: async () => warm(yard, many.job),
      contenders: contest(yard, many.job, { before: many.change }),
    },
    {
      work: 'FROM debian and RUN true, base at hand',
      unit: 's',
      rounds: 7,
      target: least(0.17),
      warmUp: async () => warm(yard, yard.noop),
      // Another command each time: a result that is known is no work.
      contenders: contest(yard, yard.noop, {
        before: (round) => nextCommand(yard.noop, round),
      }),
    },
  ];
}

function nextCommand({ directory }: Job, round: string): void {
  const file = path.join(directory, 'Dockerfile');
  const [from = ''] = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, `${from}\nRUN true # ${round}\n`);
}
