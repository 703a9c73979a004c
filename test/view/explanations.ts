import { treeBuilder, type ByteTree } from '../../src/explain/tree.ts';
import type { BinaryExplanation, ImageExplanation, LayerExplanation } from '../../src/explain/types.ts';

/** An image of a program on a distribution, with waste, findings, and names that want to take the terminal over. */
export function imageExplanation(): ImageExplanation {
  const layers = [
    layerOf(0, 'ADD rootfs.tar.xz / # buildkit', 29_100_000, 77_800_000),
    layerOf(1, 'RUN apt-get update && apt-get install -y curl ca-certificates', 9_400_000, 24_300_000),
    layerOf(2, 'COPY server /usr/local/bin/server', 6_200_000, 15_900_000),
  ];
  return {
    kind: 'image',
    source: 'registry.example.com/team/shop-api:1.4.2',
    descriptor: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${'4a'.repeat(32)}`,
      size: 1234,
    },
    platform: 'linux/amd64',
    config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
    size: 44_712_345,
    unpacked: 118_000_000,
    layers,
    dockerfile: '# Reconstructed from the history of the image.\nFROM scratch\nADD rootfs.tar.xz /\n',
    files: 4211,
    efficiency: 0.9312,
    waste: [
      {
        kind: 'package cache',
        bytes: 6_100_000,
        path: '/var/lib/apt/lists',
        detail: 'package lists of apt',
        layer: 1,
        fix: 'RUN apt-get update && apt-get install -y … && rm -rf /var/lib/apt/lists/*',
      },
      {
        kind: 'overwritten',
        bytes: 1_900_000,
        path: '/usr/local/bin/server',
        detail: 'written again by layer 3',
        layer: 1,
        causedBy: 2,
        fix: 'Write it once.',
      },
      {
        kind: 'documentation',
        bytes: 420_000,
        path: '/usr/share/doc',
        detail: 'copyright files and changelogs',
        layer: 0,
        fix: 'Leave /usr/share/doc out.',
      },
    ],
    access: {
      setuid: [{ path: '/usr/bin/su', layer: 0, detail: '4755 root' }],
      capabilities: [],
      worldWritable: [{ path: '/tmp', layer: 0, detail: '1777 root' }],
      devices: [],
      users: [{ name: 'root', uid: 0, shell: '/bin/bash' }],
      shells: ['/bin/bash', '/bin/dash'],
      packageManagers: ['apt', 'dpkg'],
    },
    binaries: [],
    trees: { layers: layersTree(layers), files: filesTree() },
    problems: ['/var/cache/odd.tar: the archive ends too early'],
  };
}

function layerOf(index: number, createdBy: string, size: number, unpacked: number): LayerExplanation {
  return {
    index,
    digest: `sha256:${String(index).repeat(64)}`,
    diffId: `sha256:${String(index + 1).repeat(64)}`,
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    size,
    unpacked,
    overhead: 600_000,
    createdBy,
    from: 'history',
    added: { files: 3400 - index * 1100, bytes: unpacked - 600_000 },
    changed: { files: index, bytes: index * 1000 },
    removed: { files: 0, bytes: 0 },
  };
}

function layersTree(layers: readonly LayerExplanation[]): ByteTree {
  const builder = treeBuilder();
  const root = builder.add(-1, 'shop-api:1.4.2', 'image', 0);
  for (const layer of layers) {
    const node = builder.add(root, `layer ${layer.index + 1}`, 'layer', 0, { note: layer.createdBy ?? '' });
    const usr = builder.add(node, 'usr', 'directory', 0);
    builder.add(usr, 'lib', 'directory', layer.unpacked * 0.7);
    builder.add(usr, 'bin', 'directory', layer.unpacked * 0.2);
    builder.add(node, 'var', 'directory', layer.unpacked * 0.1 - layer.overhead);
    builder.add(node, 'headers and padding', 'archive overhead', layer.overhead);
  }
  return builder.done();
}

/** Escape sequences, reversed text, wide letters, a line end, a name without end. */
export const hostileNames = [
  'evil\u001B[2J\u001B]0;owned\u0007name',
  'gnp.\u202Eexe',
  '日本語のとても長いファイル名がここにあります.txt',
  'two\nlines\tand a tab',
  `long-${'x'.repeat(3000)}`,
  'émoji 🎉 and 👨‍👩‍👧‍👦 family',
  `zalgo${'\u0301'.repeat(500)}`,
];

function filesTree(): ByteTree {
  const builder = treeBuilder();
  const root = builder.add(-1, 'shop-api:1.4.2', 'image', 0);
  const usr = builder.add(root, 'usr', 'directory', 0);
  const lib = builder.add(usr, 'lib', 'directory', 0);
  const gnu = builder.add(lib, 'x86_64-linux-gnu', 'directory', 0);
  for (const [name, bytes] of [
    ['libc.so.6', 1_922_136],
    ['libcrypto.so.3', 5_291_176],
    ['libstdc++.so.6.0.33', 2_530_016],
    ['libm.so.6', 911_904],
    ['libssl.so.3', 1_024_456],
    ['libz.so.1.3.1', 121_280],
  ] as const)
    builder.add(gnu, name, 'file', bytes);
  const perl = builder.add(lib, 'perl-base', 'directory', 0);
  for (let i = 0; i < 40; i++) builder.add(perl, `Module${i}.pm`, 'file', 9000 + i * 700);
  const local = builder.add(usr, 'local', 'directory', 0);
  const bin = builder.add(local, 'bin', 'directory', 0);
  builder.add(bin, 'server', 'binary', 15_912_960, { note: 'go1.26.8' });
  builder.add(usr, 'bin', 'directory', 12_400_100);
  const share = builder.add(usr, 'share', 'directory', 4_200_000);
  builder.add(share, 'doc', 'directory', 420_000, { waste: 'documentation' });
  const variable = builder.add(root, 'var', 'directory', 0);
  builder.add(variable, 'lists', 'directory', 6_100_000, { waste: 'package cache' });
  builder.add(variable, 'log', 'directory', 12_345, { waste: 'log' });
  const etc = builder.add(root, 'etc', 'directory', 0);
  builder.add(etc, 'mtab', 'link', 0, { note: '-> /proc/mounts' });
  builder.add(etc, 'passwd', 'file', 968);
  const odd = builder.add(root, 'odd', 'directory', 0);
  for (const name of hostileNames) builder.add(odd, name, 'file', 31_000, { note: name });
  return builder.done();
}

/** A small program of two modules. */
export function binaryExplanation(): BinaryExplanation {
  const gin = { path: 'github.com/gin-gonic/gin', version: 'v1.11.0' };
  const accounts = [
    {
      kind: 'package',
      name: 'example.com/shop',
      group: 'main',
      module: { path: 'example.com/shop', version: '' },
    },
    { kind: 'package', name: 'github.com/gin-gonic/gin', group: 'module', module: gin },
    { kind: 'package', name: 'net/http', group: 'standard' },
    { kind: 'package', name: 'runtime', group: 'runtime' },
    { kind: 'structure', name: 'file format', group: 'none' },
    { kind: 'unattributed', name: 'unattributed', group: 'none' },
  ] as const;
  const rows = [
    { account: 0, kind: 'code', evidence: 'symbol', bytes: 120_000 },
    { account: 0, kind: 'read-only data', evidence: 'code reference', bytes: 64_000 },
    { account: 1, kind: 'code', evidence: 'pclntab', bytes: 310_000 },
    { account: 1, kind: 'types', evidence: 'type data', bytes: 91_000 },
    { account: 2, kind: 'code', evidence: 'pclntab', bytes: 1_400_000 },
    { account: 2, kind: 'pclntab', evidence: 'structure', bytes: 700_000 },
    { account: 3, kind: 'code', evidence: 'pclntab', bytes: 450_000 },
    { account: 4, kind: 'headers', evidence: 'structure', bytes: 4_096 },
    { account: 5, kind: 'unknown', evidence: 'none', bytes: 904 },
  ] as const;
  return {
    kind: 'binary',
    source: 'bin/shop',
    digest: 'ab'.repeat(32),
    ledger: {
      size: rows.reduce((sum, { bytes }) => sum + bytes, 0),
      recognised: { form: 'program', garbled: false, race: false, cgo: false, buildId: 'c0ffee' },
      accounts,
      rows,
      functions: [
        {
          name: 'net/http.(*Server).Serve',
          account: 2,
          code: 12_000,
          inlined: 0,
          tables: 3_000,
          generic: false,
          file: 'net/http/server.go',
          line: 3400,
        },
        { name: 'slices.SortFunc[...]', account: 0, code: 4_000, inlined: 900, tables: 800, generic: true },
      ],
      named: [{ name: 'static/logo.png', what: 'embedded file', account: 0, bytes: 48_000 }],
      sections: [
        { name: '.text', offset: 4096, bytes: 2_280_000 },
        { name: '.rodata', offset: 2_284_096, bytes: 155_000 },
      ],
      problems: [],
    },
  };
}

/** As deep, as wide and as large as asked. */
export function bigTree(nodes: number): ByteTree {
  const builder = treeBuilder();
  builder.add(-1, 'big', 'image', 0);
  for (let node = 1; node < nodes; node++) {
    const directory = node % 50 === 1;
    const parent = directory ? Math.floor(node / 2500) * 50 : node - (node % 50 || 50) + 1;
    builder.add(
      Math.min(parent, node - 1),
      `${directory ? 'dir' : 'file'}-${node}`,
      directory ? 'directory' : 'file',
      directory ? 0 : (node * 7919) % 100_000,
    );
  }
  return builder.done();
}
