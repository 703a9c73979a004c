/** Explanations made in code, for the tests of the page: an image of any number of files, the ledger of a program, a directory. */
import { treeBuilder, type ByteTree, type NodeKind } from '../../src/explain/tree.ts';
import type {
  AccessFindings,
  BinaryExplanation,
  DirectoryExplanation,
  ImageExplanation,
  Waste,
} from '../../src/explain/types.ts';
import type { Account, FunctionBytes, Ledger, LedgerRow, NamedBytes } from '../../src/golang/ledger/types.ts';

/** Numbers that look like chance and are the same in every run. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const instructions = [
  'ADD rootfs.tar.xz / # buildkit',
  'RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends ca-certificates curl # buildkit',
  'COPY assets /srv/assets # buildkit',
  'RUN /bin/sh -c make -C /srv build && rm -rf /srv/src # buildkit',
  'COPY server /usr/local/bin/server # buildkit',
];
const directories =
  'usr bin lib share doc etc srv assets local include python3 locale var cache icons fonts man'.split(' ');
const endings = 'so.6 md json png py js gz conf h txt woff2 yaml mo db pem'.split(' ');

interface Grown {
  readonly tree: ByteTree;
  readonly files: number;
}

/** A tree of files below `root`, with about `count` files in directories that nest as those of a distribution. */
function growFiles(count: number, layers: readonly string[] | undefined, names: readonly string[]): Grown {
  const random = numbers(7);
  const builder = treeBuilder();
  const root = builder.add(-1, 'registry.example/shop/server:1.4', 'image', 0);
  let files = 0;
  const fill = (parent: number, wanted: number, depth: number): void => {
    let left = wanted;
    const own = Math.min(left, depth === 0 ? 3 : 4 + Math.floor(random() * 60));
    for (let file = 0; file < own; file++) {
      const size = Math.floor(40 + random() ** 9 * 4_000_000 + random() * 9000);
      const name =
        names[files] ??
        `${directories[files % 17]}-${files}.${endings[Math.floor(random() * endings.length)]}`;
      const waste = files % 47 === 0 ? 'overwritten by layer 3' : undefined;
      builder.add(parent, name, 'file', size, waste === undefined ? {} : { waste });
      files++;
    }
    left -= own;
    const branches = Math.min(2 + Math.floor(random() * 9), Math.ceil(left / 20));
    for (let branch = 0; branch < branches; branch++) {
      const share = branch === branches - 1 ? left : Math.floor(left * random() * 0.5);
      if (share <= 0) continue;
      const name = `${directories[Math.floor(random() * directories.length)]}${branch === 0 ? '' : branch}`;
      fill(builder.add(parent, name, 'directory', 0), share, depth + 1);
      left -= share;
    }
  };
  for (const [index, instruction] of (layers ?? ['']).entries()) {
    const parent =
      layers === undefined ? root : builder.add(root, `layer ${index}`, 'layer', 0, { note: instruction });
    fill(parent, Math.floor(count / (layers?.length ?? 1)), 0);
    if (layers !== undefined) builder.add(parent, 'headers and padding', 'archive overhead', 512 * 700);
  }
  return { tree: builder.done(), files };
}

/** Hostile: were any of these read as HTML, CSS or a pattern, the tests would see it. */
export const hostileNames = [
  '<img src=x onerror="document.title=\'owned\'">',
  '</template></script><script>document.title="owned"</script>',
  '"><svg onload=document.title="owned">',
  '\u202Egnp.exe\u0007',
  'javascript:alert(1)',
  '__proto__',
  '(.*)+$',
];

export interface ImageOptions {
  readonly files?: number;
  readonly names?: readonly string[];
}

export function imageExplanation({ files = 3000, names = [] }: ImageOptions = {}): ImageExplanation {
  const layers = growFiles(files, instructions, names);
  const flat = growFiles(files, undefined, names);
  const binary = binaryExplanation('/usr/local/bin/server');
  return {
    kind: 'image',
    source: names.length > 0 ? `image of ${names.join(' ')}` : 'registry.example/shop/server:1.4',
    descriptor: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${'ab'.repeat(32)}`,
      size: 1234,
    },
    platform: 'linux/amd64',
    config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
    size: Math.floor((layers.tree.bytes[0] ?? 0) * 0.38),
    unpacked: layers.tree.bytes[0] ?? 0,
    layers: instructions.map((createdBy, index) => ({
      index,
      digest: `sha256:${String(index).repeat(64)}`,
      diffId: `sha256:${String(index).repeat(64)}`,
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      size: 1_000_000 * (index + 1),
      unpacked: 2_600_000 * (index + 1),
      overhead: 358_400,
      createdBy,
      from: 'history',
      added: { files: 40 * index, bytes: 2_000_000 * (index + 1) },
      changed: { files: index, bytes: 20_000 * index },
      removed: { files: index, bytes: 11_000 * index },
    })),
    dockerfile: `# Reconstructed from the history of the image.\nFROM scratch\n${instructions.map((one) => one.replace(' # buildkit', '')).join('\n')}\n${names.join('\n')}`,
    files: flat.files,
    efficiency: 0.934,
    waste: wasteOf(flat.tree, names),
    access: accessOf(names),
    binaries: [binary],
    trees: { layers: layers.tree, files: flat.tree, modules: modulesOf(binary) },
    problems: names.length > 0 ? [...names] : ['var/lib/broken.tar: cut off after 512 bytes'],
  };
}

export function directoryExplanation(): DirectoryExplanation {
  const { tree, files } = growFiles(400, undefined, []);
  return {
    kind: 'directory',
    source: './public',
    size: tree.bytes[0] ?? 0,
    files,
    efficiency: 1,
    waste: [],
    access: accessOf([]),
    binaries: [],
    trees: { files: tree },
    problems: [],
  };
}

function wasteOf(tree: ByteTree, names: readonly string[]): Waste[] {
  const path = (node: number): string => {
    const above = tree.parent[node] ?? -1;
    return above < 0 ? '' : `${path(above)}/${tree.names[node] ?? ''}`;
  };
  const kinds = ['overwritten', 'duplicate', 'package cache', 'documentation'] as const;
  const found = [...tree.waste.keys()].map((node, index): Waste => ({
    kind: kinds[index % 4] ?? 'log',
    bytes: tree.bytes[node] ?? 0,
    path: path(node),
    detail: names[index] ?? 'the copy that is used lies in layer 3',
    layer: index % 3,
    causedBy: 3,
    fix: 'RUN apt-get update && apt-get install -y … && rm -rf /var/lib/apt/lists/*',
  }));
  return found.sort((a, b) => b.bytes - a.bytes);
}

function accessOf(names: readonly string[]): AccessFindings {
  return {
    setuid: [{ path: '/usr/bin/su', layer: 0, detail: '4755 root' }],
    capabilities: names.map((path) => ({ path, layer: 0, detail: path })),
    worldWritable: [],
    devices: [],
    users: [{ name: 'root', uid: 0, shell: '/bin/bash' }],
    shells: ['/bin/sh'],
    packageManagers: ['apt'],
  };
}

const modules = [
  ['example.com/shop/server', '(devel)', 'main'],
  ['github.com/quic-go/quic-go', 'v0.59.0', 'module'],
  ['google.golang.org/grpc', 'v1.80.0', 'module'],
  ['google.golang.org/protobuf', 'v1.36.11', 'module'],
  ['github.com/google/cel-go', 'v0.27.0', 'module'],
  ['go.opentelemetry.io/otel', 'v1.43.0', 'module'],
  ['golang.org/x/crypto', 'v0.49.0', 'module'],
  ['golang.org/x/net', 'v0.52.0', 'module'],
  ['github.com/prometheus/client_golang', 'v1.23.2', 'module'],
  ['go.uber.org/zap', 'v1.27.1', 'module'],
  ['github.com/klauspost/compress', 'v1.18.5', 'module'],
  ['github.com/spf13/cobra', 'v1.10.2', 'module'],
] as const;
const standard = 'net/http crypto/tls encoding/json fmt regexp math/big html/template reflect go/types'.split(
  ' ',
);

/** The ledger of a program that never was. Its rows sum to its size. */
export function binaryExplanation(source = './server'): BinaryExplanation {
  const random = numbers(11);
  const accounts: Account[] = [];
  const rows: LedgerRow[] = [];
  const functions: FunctionBytes[] = [];
  const named: NamedBytes[] = [];
  const add = (account: Account, weight: number): void => {
    const number = accounts.length;
    accounts.push(account);
    let code = 0;
    for (let index = 0; index < 4 + weight * 30; index++) {
      const size = Math.floor(60 + random() ** 3 * 5000);
      code += size * 2;
      functions.push({
        name: `${account.name}.(*Type${index % 9}).Method${index}`,
        account: number,
        code: size,
        inlined: 0,
        tables: size,
        generic: false,
        file: `${account.name}/file.go`,
        line: index * 7,
      });
    }
    rows.push({ account: number, kind: 'code', evidence: 'pclntab', bytes: code });
    rows.push({ account: number, kind: 'types', evidence: 'type data', bytes: Math.floor(code * 0.2) });
    rows.push({
      account: number,
      kind: 'read-only data',
      evidence: 'code reference',
      bytes: Math.floor(code * 0.3) + 5000,
    });
    named.push({
      name: `${account.name}/web/index.html`,
      what: 'embedded file',
      account: number,
      bytes: 3000,
    });
  };
  for (const [index, [path, version, group]] of modules.entries())
    for (let part = 0; part < 3 + (index % 4); part++)
      add(
        {
          kind: 'package',
          name: part === 0 ? path : `${path}/internal/part${part}`,
          group,
          module: { path, version },
        },
        random() * 6,
      );
  for (const name of standard) add({ kind: 'package', name, group: 'standard' }, random() * 8);
  add({ kind: 'package', name: 'runtime', group: 'runtime' }, 12);
  accounts.push({ kind: 'structure', name: 'headers and padding', group: 'none' });
  rows.push({ account: accounts.length - 1, kind: 'headers', evidence: 'structure', bytes: 4096 });
  accounts.push({ kind: 'unattributed', name: 'unattributed', group: 'none' });
  rows.push({ account: accounts.length - 1, kind: 'unknown', evidence: 'none', bytes: 12_345 });
  const size = rows.reduce((sum, row) => sum + row.bytes, 0);
  const ledger: Ledger = {
    size,
    recognised: { form: 'program', garbled: false, race: false, cgo: false },
    accounts,
    rows,
    functions: functions.sort((a, b) => b.code + b.tables - a.code - a.tables),
    named,
    sections: [{ name: '.text', offset: 4096, bytes: Math.floor(size / 2) }],
    problems: [],
  };
  return {
    kind: 'binary',
    source,
    digest: 'cd'.repeat(32),
    ledger,
    costs: {
      modules: modules.slice(1).map(([path, version], index) => ({
        path,
        version,
        own: 90_000 * (index + 1),
        drop: 140_000 * (index + 1),
        alone: [],
        chain: ['example.com/shop/server', 'example.com/shop/server/internal/api', path],
      })),
      advice: [
        {
          what: 'reflection keeps all exported methods alive',
          because: ['text/template.(*state).evalField', 'reflect.Value.MethodByName'],
          saves: 1_310_000,
          measured: true,
          fix: 'Build the page without text/template.',
        },
      ],
    },
  };
}

const groupNames: Readonly<Record<string, string>> = {
  main: 'main module',
  module: 'modules',
  standard: 'standard library',
};

/** As an image's tree of modules has it: image > binary > group > module > package > function. */
function modulesOf({ source, ledger }: BinaryExplanation): ByteTree {
  const builder = treeBuilder();
  const root = builder.add(-1, 'registry.example/shop/server:1.4', 'image', 0);
  const binary = builder.add(root, source, 'binary', 0);
  const nodes = new Map<string, number>();
  const once = (parent: number, key: string, name: string, kind: NodeKind, note?: string): number => {
    const node = nodes.get(key) ?? builder.add(parent, name, kind, 0, note === undefined ? {} : { note });
    nodes.set(key, node);
    return node;
  };
  const packages = ledger.accounts.map(({ group, module, name }) => {
    const above = once(binary, group, groupNames[group] ?? group, 'group');
    const holder = module ? once(above, `m ${module.path}`, module.path, 'module', module.version) : above;
    return once(holder, `p ${name}`, name, 'package');
  });
  for (const one of ledger.functions)
    builder.add(packages[one.account] ?? binary, one.name, 'function', one.code + one.tables);
  return builder.done();
}
