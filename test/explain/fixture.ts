/** Small explanations, made in code, for all that words and compares them. */
import type { Account, Ledger, LedgerRow } from '../../src/golang/ledger/types.ts';
import { treeBuilder, type ByteTree } from '../../src/explain/tree.ts';
import type { BinaryExplanation, ImageExplanation, LayerExplanation } from '../../src/explain/types.ts';

export const digest = (letter: string): `sha256:${string}` => `sha256:${letter.repeat(64)}`;

export interface ProgramOptions {
  readonly source?: string;
  readonly digest?: string;
  readonly goVersion?: string;
  readonly revision?: string;
  /** Path, version, bytes. */
  readonly modules?: readonly (readonly [string, string, number])[];
  readonly standard?: number;
}

/** A program of a main module, dependencies, library and runtime, in a file of just these bytes. */
export function program(options: ProgramOptions = {}): BinaryExplanation {
  const modules = options.modules ?? [['github.com/gin-gonic/gin', 'v1.10.0', 120_000]];
  const accounts: Account[] = [
    { kind: 'structure', name: 'ELF', group: 'none' },
    { kind: 'unattributed', name: 'unattributed', group: 'none' },
    { kind: 'shared', name: 'several packages', group: 'none' },
    { kind: 'package', name: 'example.com/api', group: 'main' },
    { kind: 'package', name: 'runtime', group: 'runtime' },
    { kind: 'package', name: 'net/http', group: 'standard' },
    ...modules.map(([path, version]): Account => ({
      kind: 'package',
      name: path,
      group: 'module',
      module: { path, version },
    })),
  ];
  const row = (account: number, bytes: number, more: Partial<LedgerRow> = {}): LedgerRow => ({
    account,
    kind: 'code',
    evidence: 'pclntab',
    bytes,
    ...more,
  });
  const rows: LedgerRow[] = [
    row(0, 4096, { kind: 'headers', evidence: 'structure' }),
    row(1, 104, { kind: 'unknown', evidence: 'none' }),
    row(2, 800, { kind: 'read-only data', evidence: 'data reference' }),
    row(3, 50_000),
    row(3, 2000, { kind: 'read-only data', evidence: 'estimate' }),
    row(4, 300_000),
    row(4, 100_000, { kind: 'pclntab' }),
    row(5, options.standard ?? 200_000),
    ...modules.map(([, , bytes], index) => row(6 + index, bytes)),
  ];
  const ledger: Ledger = {
    size: rows.reduce((sum, { bytes }) => sum + bytes, 0),
    recognised: { form: 'program', garbled: false, race: false, cgo: false, goBuildId: 'a/b' },
    binary: {
      machine: 'amd64',
      class: 64,
      littleEndian: true,
      static: true,
      pie: false,
      needed: [],
      rpath: [],
      runpath: [],
      versions: [],
      goVersion: options.goVersion ?? 'go1.26.8',
      buildInfo: {
        goVersion: options.goVersion ?? 'go1.26.8',
        path: 'example.com/api',
        main: { path: 'example.com/api', version: '(devel)' },
        deps: modules.map(([path, version]) => ({ path, version })),
        settings: { 'vcs.revision': options.revision ?? '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567' },
      },
      stripped: true,
      functionsKnown: true,
      size: 0,
    },
    accounts,
    rows,
    functions: [
      { name: 'net/http.(*Server).Serve', account: 5, code: 3000, inlined: 200, tables: 900, generic: false },
      { name: 'slices.SortFunc[...]', account: 5, code: 800, inlined: 0, tables: 100, generic: true },
    ],
    named: [{ name: 'static/index.html', what: 'embedded file', account: 3, bytes: 1500 }],
    sections: [{ name: '.text', offset: 4096, bytes: 500_000 }],
    problems: [],
  };
  return {
    kind: 'binary',
    source: options.source ?? '/app/server',
    digest: options.digest ?? 'd'.repeat(64),
    ledger,
  };
}

/** An ELF file that is not of Go. */
export function library(): BinaryExplanation {
  const whole = program({ source: '/usr/lib/libz.so.1', digest: 'e'.repeat(64) });
  return {
    ...whole,
    ledger: {
      ...whole.ledger,
      size: 100_000,
      recognised: { form: 'not go', garbled: false, race: false, cgo: false, buildId: 'abcdef' },
      ...(whole.ledger.binary && {
        binary: { ...whole.ledger.binary, static: false, needed: ['libc.so.6'], interpreter: '/lib64/ld.so' },
      }),
      accounts: [{ kind: 'package', name: 'C code', group: 'cgo' }],
      rows: [
        { account: 0, kind: 'code', evidence: 'structure', bytes: 70_000 },
        { account: 0, kind: 'debug', evidence: 'structure', bytes: 30_000 },
      ],
      functions: [],
      named: [],
      sections: [
        { name: '.text', offset: 0, bytes: 70_000 },
        { name: '.debug_info', offset: 70_000, bytes: 30_000, unpacked: 90_000 },
      ],
    },
  };
}

export interface ImageOptions {
  readonly source?: string;
  readonly letter?: string;
  readonly program?: BinaryExplanation;
  /** Bytes by path, besides the program. */
  readonly files?: Readonly<Record<string, number>>;
  readonly env?: readonly string[];
  readonly copy?: string;
}

/** An image of a base and a layer with a program. */
export function image(options: ImageOptions = {}): ImageExplanation {
  const server = options.program ?? program();
  const files = { '/etc/passwd': 120, '/etc/ssl/cert.pem': 180_000, ...options.files };
  const [base, own] = trees(files, server);
  const layer = (index: number, more: Partial<LayerExplanation>): LayerExplanation => ({
    index,
    digest: digest(String(index + 1)),
    diffId: digest(String(index + 3)),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    size: 100_000,
    unpacked: 200_000,
    overhead: 2000,
    from: 'history',
    added: { files: 2, bytes: 180_120 },
    changed: { files: 0, bytes: 0 },
    removed: { files: 0, bytes: 0 },
    ...more,
  });
  return {
    kind: 'image',
    source: options.source ?? 'api:latest',
    descriptor: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: digest(options.letter ?? 'a'),
      size: 500,
    },
    platform: 'linux/amd64',
    config: {
      os: 'linux',
      architecture: 'amd64',
      created: '2026-11-20T10:00:00Z',
      config: { User: '65532:65532', Env: options.env ?? ['PATH=/bin'], Labels: { team: 'web' } },
      rootfs: { type: 'layers', diff_ids: [digest('3'), digest('4')] },
    },
    size: 4_400_000 + server.ledger.size / 2,
    unpacked: 11_100_000,
    layers: [
      layer(0, { createdBy: 'base' }),
      layer(1, {
        createdBy: options.copy ?? '/bin/sh -c #(nop) COPY file:abc in /app/server ',
        diffId: `sha256:${server.digest}`,
        size: 4_300_000,
        added: { files: 1, bytes: server.ledger.size },
      }),
    ],
    dockerfile: '# reconstructed\nFROM scratch\nCOPY server /app/server\n',
    files: Object.keys(files).length + 1,
    efficiency: 0.97,
    waste: [
      {
        kind: 'unstripped binary',
        bytes: 26_000,
        path: '/app/server',
        detail: 'symbol table',
        layer: 1,
        fix: 'Build it with -ldflags=-s.',
      },
      {
        kind: 'secret',
        bytes: 0,
        path: '/etc/key.pem',
        detail: 'private key',
        layer: 0,
        causedBy: 1,
        fix: 'Use a secret mount.',
      },
    ],
    access: {
      setuid: [{ path: '/bin/su', layer: 0, detail: '4755 root' }],
      capabilities: [],
      worldWritable: [],
      devices: [],
      users: [{ name: 'root', uid: 0, shell: '/bin/sh' }],
      shells: ['/bin/sh'],
      packageManagers: [],
    },
    binaries: [server, library()],
    trees: { files: base, layers: own },
    problems: ['layer 1 ends in the middle of an entry'],
  };
}

/** The tree of all files, and that by layers: the program in the second. */
function trees(files: Readonly<Record<string, number>>, server: BinaryExplanation): [ByteTree, ByteTree] {
  const merged = treeBuilder();
  merged.add(-1, 'api', 'image', 0);
  const layers = treeBuilder();
  layers.add(-1, 'api', 'image', 0);
  const [first, second] = [layers.add(0, 'base', 'layer', 0), layers.add(0, 'COPY', 'layer', 0)];
  const put = (path: string, bytes: number, kind: 'file' | 'binary', layer: number): number => {
    const parts = path.slice(1).split('/');
    const name = parts.pop() ?? '';
    let [at, below] = [0, layer];
    for (const part of parts) {
      at = merged.add(at, part, 'directory', 0);
      below = layers.add(below, part, 'directory', 0);
    }
    layers.add(below, name, kind, bytes);
    return merged.add(at, name, kind, bytes);
  };
  for (const [path, bytes] of Object.entries(files)) put(path, bytes, 'file', first);
  const node = put(server.source, server.ledger.size - 50_000, 'binary', second);
  // What a view shows inside of a file is not a file.
  merged.add(node, 'example.com/api', 'package', 50_000);
  return [merged.done(), layers.done()];
}
