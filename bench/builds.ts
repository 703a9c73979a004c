import path from 'node:path';
import { megabyte } from './case.ts';
import type { Case } from './case.ts';
import { measure } from './measure.ts';
import type { Program } from './measure.ts';
import type { Subject } from './programs.ts';
import { call } from '../test/components/program.ts';
import { parseJson } from '../test/support/json.ts';
import type { Workshop } from './workshop.ts';

type Builder = (at: Workshop, of: Subject) => Program;

const ours: Builder = (at, of) => ({
  argv: [
    at.coracle,
    'build',
    of.directory,
    '--push',
    '--quiet',
    '--tag',
    `${at.registry.host}/ours/${of.name}:latest`,
  ],
  cwd: at.home,
  env: at.coracleEnv,
});

const koBuild = (at: Workshop, of: Subject, env: Readonly<Record<string, string>>): Program => ({
  argv: [at.ko, 'build', '--base-import-paths', './cmd/api'],
  cwd: of.directory,
  env: { ...at.koEnv, KO_DOCKER_REPO: `${at.registry.host}/ko/${of.name}`, ...env },
});
const koPlain: Builder = (at, of) => koBuild(at, of, { KOCACHE: '' });
const koCached: Builder = (at, of) => koBuild(at, of, { KOCACHE: path.join(at.home, 'ko-cache', of.name) });
const koDefault: Builder = (at, of) =>
  koBuild(at, of, { KO_CONFIG_PATH: '', KO_DOCKER_REPO: `${at.registry.host}/ko-default/${of.name}` });

const goBuild: Builder = (at, of) => ({
  argv: [
    'go',
    'build',
    '-trimpath',
    // As ours: stamped with the commit, which costs the go command seven runs of git.
    '-buildvcs=true',
    '-tags=nomsgpack',
    '-ldflags=-s -w -buildid=',
    '-o',
    path.join(at.home, 'program'),
    './cmd/api',
  ],
  cwd: of.directory,
  env: { CGO_ENABLED: '0' },
});

async function seconds(program: Program): Promise<number> {
  return (await measure(program)).ms / 1000;
}

/** The same sources as at the build before. */
export function unchanged(at: Workshop, of: Subject, title: string): Case {
  const contenders: Record<string, Builder> = { ours, ko: koPlain, 'ko with its cache': koCached };
  return {
    work: `nothing changed, ${title}`,
    unit: 's',
    rounds: 9,
    target: { words: '0.12 s', reached: ({ ours }) => (ours ?? Infinity) <= 0.12 },
    async warmUp() {
      of.change('unchanged');
      for (const build of Object.values(contenders)) for (let i = 0; i < 2; i++) await measure(build(at, of));
    },
    contenders: Object.fromEntries(
      Object.entries(contenders).map(([name, build]) => [name, async () => seconds(build(at, of))]),
    ),
  };
}

/** One string of one handler is another one: each contender gets a change that nobody has compiled before. */
export function changed(at: Workshop, of: Subject, title: string): Case {
  const contenders: Record<string, Builder> = {
    ours,
    ko: koPlain,
    'ko with its cache': koCached,
    'go build alone': goBuild,
  };
  return {
    work: `one line changed, ${title}`,
    unit: 's',
    rounds: 7,
    target: {
      words: '`go build` plus 0.25 s',
      reached: (medians) => (medians['ours'] ?? Infinity) <= (medians['go build alone'] ?? 0) + 0.25,
    },
    async warmUp() {
      for (const build of Object.values(contenders)) await measure(build(at, of));
    },
    contenders: Object.fromEntries(
      Object.entries(contenders).map(([name, build]) => [
        name,
        async (round) => {
          of.change(`${name} ${round}`);
          return seconds(build(at, of));
        },
      ]),
    ),
  };
}

/** Peak memory of the builder's own processes while it builds, compresses and pushes a changed program. */
export function memory(at: Workshop, of: Subject, title: string): Case {
  const contenders: Record<string, Builder> = { ours, ko: koPlain };
  return {
    work: `peak memory of own processes, ${title}`,
    unit: 'MB',
    rounds: 5,
    target: { words: '150 MB', reached: ({ ours }) => (ours ?? Infinity) <= 150 },
    async warmUp() {
      for (const build of Object.values(contenders)) await measure(build(at, of));
    },
    contenders: Object.fromEntries(
      Object.entries(contenders).map(([name, build]) => [
        name,
        async (round) => {
          of.change(`memory ${name} ${round}`);
          return (await measure({ ...build(at, of), watchMemory: true })).memory / megabyte;
        },
      ]),
    ),
  };
}

/** What a registry holds for one platform of the image: compressed layers, config and manifest. */
export function size(at: Workshop): Case {
  const of = at.small;
  const sizeOf = async (build: Builder, reference: string): Promise<number> => {
    await measure(build(at, of));
    const { stdout } = await call([at.crane, 'manifest', reference, '--platform', 'linux/amd64']);
    const manifest = parseJson<{ config: { size: number }; layers: { size: number }[] }>(stdout);
    return (
      (stdout.length + manifest.config.size + manifest.layers.reduce((sum, layer) => sum + layer.size, 0)) /
      megabyte
    );
  };
  return {
    work: 'image of the Gin program',
    unit: 'MB',
    rounds: 1,
    target: {
      words: "less than half of ko's",
      reached: (medians) => (medians['ours'] ?? Infinity) < (medians['ko'] ?? 0) / 2,
    },
    contenders: {
      ours: async () => sizeOf(ours, `${at.registry.host}/ours/${of.name}:latest`),
      ko: async () => sizeOf(koDefault, `${at.registry.host}/ko-default/${of.name}/api:latest`),
      "ko with coracle.yaml's flags": async () =>
        sizeOf(koPlain, `${at.registry.host}/ko/${of.name}/api:latest`),
    },
  };
}
