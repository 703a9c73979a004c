import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** An Alpine repository made and signed by the test: packages and index as abuild and `apk index` write them. */

export interface TestKey {
  readonly name: string;
  readonly pem: string;
  sign(bytes: Buffer, hash: 'RSA' | 'RSA256'): Buffer;
}

export function makeKey(name = 'test@example.com-1.rsa.pub', bits = 2048): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return {
    name,
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (bytes, hash) =>
      createSign(hash === 'RSA' ? 'RSA-SHA1' : 'RSA-SHA256')
        .update(bytes)
        .sign(privateKey),
  };
}

export interface TarItem {
  readonly path: string;
  readonly content?: string | Buffer;
  readonly link?: string;
  readonly directory?: boolean;
  readonly mode?: number;
  readonly mtime?: number;
}

/** USTAR; without the closing blocks, as the first two members of a package have it. */
export function tar(items: readonly TarItem[], closed: boolean): Buffer {
  const blocks = items.flatMap((item) => {
    const body = Buffer.from(item.content ?? '');
    const header = Buffer.alloc(512);
    const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
    header.write(item.directory ? `${item.path}/` : item.path, 0);
    header.write(octal(item.mode ?? (item.directory ? 0o755 : 0o644), 8), 100);
    header.write(octal(0, 8) + octal(0, 8) + octal(body.length, 12) + octal(item.mtime ?? 0, 12), 108);
    header.write(' '.repeat(8), 148);
    header.write(item.directory ? '5' : item.link === undefined ? '0' : '2', 156);
    header.write(item.link ?? '', 157);
    header.write('ustar\x0000', 257);
    header.write(
      octal(
        header.reduce((sum, byte) => sum + byte, 0),
        8,
      ),
      148,
    );
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(closed ? 1024 : 0)]);
}

export interface TestPackage {
  readonly name: string;
  readonly version?: string;
  readonly depends?: string;
  readonly provides?: string;
  readonly installIf?: string;
  readonly priority?: number;
  readonly files?: readonly TarItem[];
  /** By name: `post-install`. */
  readonly scripts?: Readonly<Record<string, string>>;
  readonly replaces?: string;
  readonly built?: number;
}

export interface MakeOptions {
  readonly key: TestKey;
  readonly hash?: 'RSA' | 'RSA256';
  /** Seconds since the epoch. */
  readonly made?: number;
  readonly signed?: boolean;
  /** Who signs packages, when it is another than who signs the index. */
  readonly packageKey?: TestKey;
}

/** What the repository serves, by path; tests may change it. */
export type Files = Map<string, Buffer>;

/** A package's file and its stanza in the index. */
export function makePackage(one: TestPackage, options: MakeOptions): { file: Buffer; stanza: string } {
  const { version = '1.0-r0', files = [], scripts = {} } = one;
  const data = gzipSync(tar(files, true));
  const info = [
    `pkgname = ${one.name}`,
    `pkgver = ${version}`,
    'arch = x86_64',
    `size = ${files.reduce((sum, item) => sum + (item.content?.length ?? 0), 0)}`,
    `pkgdesc = The package ${one.name}`,
    'license = MIT',
    `origin = ${one.name}`,
    ...(one.built === undefined ? [] : [`builddate = ${one.built}`]),
    ...(one.depends?.split(' ') ?? []).map((word) => `depend = ${word}`),
    ...(one.provides?.split(' ') ?? []).map((word) => `provides = ${word}`),
    ...(one.installIf?.split(' ') ?? []).map((word) => `install_if = ${word}`),
    ...(one.priority === undefined ? [] : [`provider_priority = ${one.priority}`]),
    ...(one.replaces === undefined ? [] : [`replaces = ${one.replaces}`]),
    `datahash = ${createHash('sha256').update(data).digest('hex')}`,
  ];
  const control = gzipSync(
    tar(
      [
        { path: '.PKGINFO', content: `${info.join('\n')}\n` },
        ...Object.entries(scripts).map(([name, content]) => ({ path: `.${name}`, content, mode: 0o755 })),
      ],
      false,
    ),
  );
  const file = Buffer.concat([signature(control, options), control, data]);
  const fields: readonly (readonly [string, string | number | undefined])[] = [
    ['C', `Q1${createHash('sha1').update(control).digest('base64')}`],
    ['P', one.name],
    ['V', version],
    ['A', 'x86_64'],
    ['S', file.length],
    ['I', files.reduce((sum, item) => sum + (item.content?.length ?? 0), 0)],
    ['T', `The package ${one.name}`],
    ['L', 'MIT'],
    ['o', one.name],
    ['t', one.built],
    ['D', one.depends],
    ['p', one.provides],
    ['i', one.installIf],
    ['k', one.priority],
  ];
  const lines = fields.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}:${value}`);
  return { file, stanza: `${lines.join('\n')}\n` };
}

function signature(bytes: Buffer, { key, hash = 'RSA', signed = true }: MakeOptions): Buffer {
  if (!signed) return Buffer.alloc(0);
  return gzipSync(tar([{ path: `.SIGN.${hash}.${key.name}`, content: key.sign(bytes, hash) }], false));
}

/** The files of a repository for x86_64. */
export function makeRepository(packages: readonly TestPackage[], options: MakeOptions): Files {
  const files: Files = new Map();
  const stanzas = packages.map((one) => {
    const { file, stanza } = makePackage(one, { ...options, key: options.packageKey ?? options.key });
    files.set(`/x86_64/${one.name}-${one.version ?? '1.0-r0'}.apk`, file);
    return stanza;
  });
  const { made = 1_700_000_000 } = options;
  const index = gzipSync(
    tar(
      [
        { path: 'DESCRIPTION', content: 'test v1', mtime: made },
        { path: 'APKINDEX', content: stanzas.join('\n'), mtime: made },
      ],
      true,
    ),
  );
  files.set('/x86_64/APKINDEX.tar.gz', Buffer.concat([signature(index, options), index]));
  return files;
}

/** Serves files on loopback. `asked` has every path that was asked for. */
export async function serveFiles(
  files: Files,
): Promise<{ address: string; asked: string[]; stop(): Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url ?? '');
    asked.push(name);
    const bytes = files.get(name);
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    address: `http://127.0.0.1:${isTcp(address) ? address.port : 0}`,
    asked,
    stop: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isTcp(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
