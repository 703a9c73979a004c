/** Comparisons made in code: methods that work, that fail to build and to start, figures with spread and without, and dashes. */
import type { Comparison, Figures, Holding, Measured, MethodResult } from '../../../src/compare/types.ts';
import type { Digest } from '../../../src/oci/digest.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
export const known = <T>(value: T): Measured<T> => ({ value });
export const median = (value: number, least: number, greatest: number): Measured => ({
  value,
  spread: [least, greatest],
  of: 5,
});
export const missing = (why: string): { readonly missing: string } => ({ missing: why });

interface Short {
  readonly size: number;
  readonly unpacked: number;
  readonly second: number;
  readonly start: readonly [number, number, number];
  readonly memory: readonly [number, number, number];
  readonly content: readonly [layers: number, files: number, packages: number | string, setuid: number];
  readonly shells?: readonly string[];
  readonly managers?: readonly string[];
  readonly root?: boolean;
}

export function figures(short: Short): Figures {
  const [layers, files, packages, setuid] = short.content;
  return {
    size: known(short.size),
    unpacked: known(short.unpacked),
    layers: known(layers),
    files: known(files),
    packages: typeof packages === 'string' ? missing(packages) : known(packages),
    setuid: known(setuid),
    shells: known(short.shells ?? []),
    packageManagers: known(short.managers ?? []),
    root: known(short.root ?? false),
    secondRelease: known(short.second),
    start: median(...short.start),
    memory: median(...short.memory),
  };
}

/** All figures missing for one reason. */
export function noFigures(why: string): Figures {
  const none = missing(why);
  return {
    size: none,
    unpacked: none,
    layers: none,
    files: none,
    packages: none,
    setuid: none,
    shells: none,
    packageManagers: none,
    root: none,
    secondRelease: none,
    start: none,
    memory: none,
  };
}

function holdings(has: Readonly<Record<string, string>>): Holding[] {
  const all: [string, Holding['kind']][] = [
    ['CA bundle', 'gain'],
    ['time zones', 'gain'],
    ['libc', 'gain'],
    ['users', 'gain'],
    ['/tmp', 'gain'],
    ['a shell', 'risk'],
    ['a package manager', 'risk'],
    ['a compiler', 'risk'],
  ];
  return all.map(([what, kind]) => {
    const where = has[what];
    return { what, kind, ...(where === undefined ? {} : { where }) };
  });
}

function method(
  name: string,
  means: string,
  values: Figures,
  has: Readonly<Record<string, string>>,
  more: Partial<MethodResult> = {},
): MethodResult {
  const image = {
    reference: `compare-${name}:gin-api`,
    descriptor: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digest('a'), size: 700 },
  };
  return {
    name,
    kind: 'method',
    means,
    figures: values,
    holds: more.failure?.phase === 'build' ? [] : holdings(has),
    dockerfile: `# ${name}\nFROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/api .\n\nFROM ${name}\nCOPY --from=build /out/api /app/api\nENTRYPOINT ["/app/api"]\n`,
    ...(more.failure?.phase === 'build' ? {} : { image }),
    ...more,
  };
}

const noDatabase = 'it holds no package database';
const base = {
  'CA bundle': '/etc/ssl/certs/ca-certificates.crt',
  'time zones': '/usr/share/zoneinfo',
  users: '/etc/passwd',
  '/tmp': '/tmp',
};

const results: readonly MethodResult[] = [
  method(
    'toolchain',
    'one stage, on the whole Go image, with the source in it',
    figures({
      size: 312_400_000,
      unpacked: 1_024_000_000,
      second: 48_100_000,
      start: [24.2, 22.8, 31.4],
      memory: [21_400_000, 21_100_000, 21_900_000],
      content: [7, 24_310, 187, 9],
      shells: ['/bin/bash', '/bin/dash', '/bin/sh'],
      managers: ['/usr/bin/apt-get', '/usr/bin/dpkg'],
      root: true,
    }),
    {
      ...base,
      libc: 'glibc 2.41',
      'a shell': '/bin/bash',
      'a package manager': '/usr/bin/apt-get',
      'a compiler': '/usr/bin/gcc',
    },
    { statement: 'composed from Debian packages and the Go toolchain, in place of the golang image' },
  ),
  method(
    'distro',
    'two stages, onto slim Debian',
    figures({
      size: 33_700_000,
      unpacked: 88_200_000,
      second: 5_400_000,
      start: [23.1, 22.6, 25.0],
      memory: [20_100_000, 19_900_000, 20_400_000],
      content: [3, 3412, 79, 8],
      shells: ['/bin/bash', '/bin/sh'],
      managers: ['/usr/bin/apt-get', '/usr/bin/dpkg'],
      root: true,
    }),
    { ...base, libc: 'glibc 2.41', 'a shell': '/bin/bash', 'a package manager': '/usr/bin/apt-get' },
  ),
  method(
    'alpine',
    'two stages, onto Alpine',
    {
      ...figures({
        size: 9_100_000,
        unpacked: 20_400_000,
        second: 5_300_000,
        start: [22.9, 22.4, 24.8],
        memory: [20_000_000, 19_700_000, 20_600_000],
        content: [3, 612, 15, 0],
        shells: ['/bin/sh'],
        managers: ['/sbin/apk'],
        root: true,
      }),
      memory: missing('the processes ended before their memory could be read'),
    },
    { ...base, libc: 'musl 1.2.5', 'a shell': '/bin/sh', 'a package manager': '/sbin/apk' },
    { statement: 'no Alpine repository could be reached: musl and busybox of Debian 13 stand in for it' },
  ),
  method(
    'scratch',
    'a static binary and nothing else',
    {
      ...figures({
        size: 4_900_000,
        unpacked: 11_200_000,
        second: 4_900_000,
        start: [0, 0, 0],
        memory: [0, 0, 0],
        content: [1, 1, noDatabase, 0],
      }),
      start: missing('it does not start'),
      memory: missing('it does not start'),
    },
    {},
    {
      failure: {
        phase: 'start',
        lacks: 'CA bundle',
        cause: 'it calls https://auth.example.com when it starts and the image has no CA bundle',
        said: [
          'tls: failed to verify certificate: x509: certificate signed by unknown authority',
          '\u001B[31mexit status 1',
        ],
      },
    },
  ),
  method(
    'distalpine',
    'a dynamic binary and exactly the libraries it asks for',
    noFigures('it could not be built'),
    {},
    {
      failure: { phase: 'build', cause: 'no C compiler is on this machine', said: ['gcc: not found'] },
    },
  ),
  method(
    'distroless',
    'a static binary on static-debian, not as root',
    figures({
      size: 5_700_000,
      unpacked: 13_900_000,
      second: 4_900_000,
      start: [22.7, 22.3, 23.6],
      memory: [19_900_000, 19_600_000, 20_300_000],
      content: [9, 1320, 4, 0],
    }),
    base,
  ),
  method(
    'coracle',
    'a static, stripped binary on the auto base',
    figures({
      size: 4_400_000,
      unpacked: 11_100_000,
      second: 4_300_000,
      start: [22.1, 21.7, 23.0],
      memory: [18_400_000, 18_200_000, 18_900_000],
      content: [2, 14, noDatabase, 0],
    }),
    { ...base, 'time zones': 'in the program' },
  ),
];

/** What `coracle compare examples/gin-api` may come to. */
export function comparison(more: Partial<Comparison> = {}): Comparison {
  return {
    what: 'examples/gin-api',
    program: 'gin-api',
    at: '2026-11-21T10:30:00.000Z',
    machine: { cores: 2, processor: 'Example CPU @ 2.40GHz', kernel: '6.12.1' },
    platform: 'linux/amd64',
    goVersion: '1.26.8',
    cgo: false,
    probe: { kind: 'http', port: 8080, path: '/healthz', why: 'the health check of coracle.yaml' },
    starts: 5,
    results,
    decision: {
      method: 'coracle',
      path: [
        {
          question: 'Does the program compile C?',
          answer: 'no',
          because: 'CGO_ENABLED=0 builds it, and no package imports "C"',
        },
        {
          question: 'Does it run other programs or a shell?',
          answer: 'no',
          because: 'os/exec is not linked',
        },
        { question: 'Does it speak TLS?', answer: 'yes', because: 'it links crypto/x509' },
      ],
      reasons: ['the smallest that starts: 4.4 MB', 'no shell, no package manager, not root'],
    },
    notes: ['Every image was started once before its starts were measured.'],
    ...more,
  };
}

function built({ failure }: MethodResult, value: number): Measured {
  if (failure?.phase === 'build') return missing('it could not be built');
  return { value, at: '2026-11-21T10:20:00.000Z' };
}

/** The same with times of builds. */
export function withBuildTimes(): Comparison {
  const whole = comparison();
  return {
    ...whole,
    results: whole.results.map((result, index) => ({
      ...result,
      figures: {
        ...result.figures,
        coldBuild: built(result, 31_000 + index * 900),
        changedBuild: built(result, 2400 + index * 90),
        unchangedBuild: built(result, 120 + index),
      },
    })),
  };
}
