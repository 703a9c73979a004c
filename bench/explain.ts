import { mkdirSync, mkdtempSync, statSync } from 'node:fs';
import path from 'node:path';
import { goInstall } from '../test/components/go.ts';
import { goProgram } from '../test/components/go-programs.ts';
import { explainArchives } from './archives.ts';
import type { Archive } from './archives.ts';
import { megabyte } from './case.ts';
import type { Case } from './case.ts';
import { measure, measureScreen } from './measure.ts';
import type { Measured } from './measure.ts';
import type { Workshop } from './workshop.ts';

export const diveVersion = 'v0.13.1';

/** Explainers of images and programs, and what they are given. */
export interface Desk {
  readonly small: Archive;
  readonly large: Archive;
  /** Caddy with symbols, as `go tool nm` needs it, and as it is shipped. */
  readonly caddy: Archive;
  readonly stripped: Archive;
  /** @param fresh with nothing known from before */
  readonly ours: (what: string, fresh: boolean, options?: OurOptions) => Promise<Measured>;
  readonly dive: (archive: Archive, watchMemory?: boolean) => Promise<Measured>;
  /** Milliseconds until one can look around, with nothing known from before. */
  readonly view: Record<'ours' | 'dive', (archive: Archive) => Promise<number>>;
  readonly nm: (file: Archive) => Promise<Measured>;
}

interface OurOptions {
  readonly watchMemory?: boolean;
  /** Leaves programs closed, as others do. */
  readonly filesOnly?: boolean;
}

export async function openDesk(at: Workshop): Promise<Desk> {
  const dive = await goInstall('github.com/wagoodman/dive', diveVersion);
  const caddy = async (strip: boolean): Promise<Archive> => {
    const file = await goProgram({
      module: 'github.com/caddyserver/caddy/v2',
      version: 'v2.10.2',
      package: 'github.com/caddyserver/caddy/v2/cmd/caddy',
      strip,
    });
    return { file, size: statSync(file).size };
  };
  return {
    ...(await explainArchives()),
    caddy: await caddy(false),
    stripped: await caddy(true),
    ours: oursFor(at),
    dive: async ({ file }, watchMemory = false) =>
      measure({
        argv: [dive, '--json', path.join(at.home, 'dive.json'), `docker-archive://${file}`],
        env: { CI: 'true' },
        watchMemory,
      }),
    view: {
      ours: async ({ file }) =>
        measureScreen({
          argv: [at.coracle, 'explain', `docker-archive:${file}`],
          env: { CORACLE_HOME: mkdtempSync(path.join(at.home, 'explain-view-')) },
        }),
      dive: async ({ file }) =>
        measureScreen({ argv: [dive, `docker-archive://${file}`], env: { CI: undefined } }),
    },
    nm: async ({ file }) => measure({ argv: ['go', 'tool', 'nm', '-size', file] }),
  };
}

function oursFor(at: Workshop): Desk['ours'] {
  let homes = 0;
  const known = path.join(at.home, 'explain-known');
  return async (what, fresh, { watchMemory = false, filesOnly = false } = {}) => {
    const home = fresh ? path.join(at.home, `explain-home-${++homes}`) : known;
    mkdirSync(home, { recursive: true });
    return measure({
      argv: [at.coracle, 'explain', '--plain', ...(filesOnly ? ['--no-binaries'] : []), what],
      env: { CORACLE_HOME: home },
      watchMemory,
    });
  };
}

const seconds = ({ ms }: Measured): number => ms / 1000;
const megabytes = ({ memory }: Measured): number => memory / megabyte;
const about = ({ size }: Archive): string =>
  size < 950e6 ? `${Math.round(size / megabyte)} MB` : `${(size / 1e9).toFixed(1)} GB`;

/** The table of explanations. */
export function explainCases(desk: Desk): Case[] {
  return [
    ...[desk.small, desk.large].flatMap((archive) => images(desk, archive)),
    ...[desk.caddy, desk.stripped].flatMap((file) => programs(desk, file)),
    ...memory(desk),
  ];
}

function images(desk: Desk, archive: Archive): Case[] {
  const work = `explaining a docker archive of ${about(archive)}, ${archive === desk.large ? 'plain' : 'gzipped'} layers`;
  const named = `docker-archive:${archive.file}`;
  const dive = async (): Promise<number> => seconds(await desk.dive(archive));
  return [
    {
      work: `${work.replace('explaining', 'opening the view of')}, cold`,
      unit: 's',
      rounds: 3,
      contenders: {
        ours: async () => (await desk.view.ours(archive)) / 1000,
        dive: async () => (await desk.view.dive(archive)) / 1000,
      },
    },
    {
      work: `${work}, cold`,
      unit: 's',
      rounds: archive === desk.large ? 3 : 5,
      target: {
        words: '5 times as fast as dive',
        reached: ({ ours, dive: theirs }) => (ours ?? Infinity) * 5 <= (theirs ?? 0),
      },
      contenders: {
        ours: async () => seconds(await desk.ours(named, true)),
        'files only': async () => seconds(await desk.ours(named, true, { filesOnly: true })),
        dive,
      },
    },
    {
      work: `${work}, seen before`,
      unit: 's',
      rounds: 3,
      target: {
        words: '5 times as fast as dive',
        reached: ({ ours, dive: theirs }) => (ours ?? Infinity) * 5 <= (theirs ?? 0),
      },
      warmUp: async () => void (await desk.ours(named, false)),
      contenders: {
        ours: async () => seconds(await desk.ours(named, false)),
        'files only': async () => seconds(await desk.ours(named, false, { filesOnly: true })),
        dive,
      },
    },
  ];
}

function programs(desk: Desk, file: Archive): Case[] {
  const stripped = file === desk.stripped;
  const work = `accounting for Caddy, ${stripped ? 'stripped' : 'with symbols'}, ${about(file)}`;
  // nm can do nothing with a stripped program.
  const peer = stripped ? {} : { 'go tool nm': async () => seconds(await desk.nm(file)) };
  const limit = (2 * file.size) / 60e6;
  return [
    {
      work: `${work}, cold`,
      unit: 's',
      rounds: 5,
      target: { words: '2 s for 60 MB', reached: ({ ours }) => (ours ?? Infinity) <= limit },
      contenders: { ours: async () => seconds(await desk.ours(file.file, true)), ...peer },
    },
    {
      work: `${work}, digest known`,
      unit: 's',
      rounds: 5,
      target: { words: '0.5 s', reached: ({ ours }) => (ours ?? Infinity) <= 0.5 },
      warmUp: async () => void (await desk.ours(file.file, false)),
      contenders: { ours: async () => seconds(await desk.ours(file.file, false)) },
    },
  ];
}

function memory(desk: Desk): Case[] {
  const target: NonNullable<Case['target']> = {
    words: 'under 300 MB',
    reached: ({ ours }) => (ours ?? Infinity) < 300,
  };
  const { large, caddy } = desk;
  return [
    {
      work: `memory, explaining a docker archive of ${about(large)}`,
      unit: 'MB',
      rounds: 3,
      target,
      contenders: {
        ours: async () =>
          megabytes(await desk.ours(`docker-archive:${large.file}`, true, { watchMemory: true })),
        dive: async () => megabytes(await desk.dive(large, true)),
      },
    },
    {
      work: `memory, accounting for Caddy with symbols, ${about(caddy)}`,
      unit: 'MB',
      rounds: 3,
      target,
      contenders: { ours: async () => megabytes(await desk.ours(caddy.file, true, { watchMemory: true })) },
    },
  ];
}
