/** Bad days before a step runs: Dockerfiles, contexts, addresses and bases that are not what they should be. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { ErrorCode } from '../../src/core/error-codes.ts';
import { describeWith } from '../components/program.ts';
import { parseJson } from '../support/json.ts';
import { coracleOk } from './coracle.ts';
import { kitNeeds, openKit } from './dockerfile-kit.ts';
import type { Kit, Machine } from './dockerfile-kit.ts';
import { peakOf } from './processes.ts';
import { leftovers, write } from './tiny.ts';

describeWith(kitNeeds, 'on a bad day', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await openKit();
  });
  afterAll(async () => kit.stop());

  /** Fails as it should, tells what to do, and leaves nothing. @returns what it said */
  async function refused(
    machine: Machine,
    code: ErrorCode,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const exit = await machine.coracle(['build', '--progress=plain', '-t', 'refused', ...args], env);
    expect(`exit ${exit.code}\n${exit.stderr}`).toContain(`[${code}]`);
    expect(exit.stderr).toMatch(/^hint: \S/m);
    expect(leftovers(machine.home)).toEqual([]);
    expect((await machine.coracle(['images', '-q'])).stdout).toBe('');
    return exit.stderr;
  }

  it.each<[string, ErrorCode, string | Buffer, RegExp]>([
    ['is empty', 'DOCKERFILE_INVALID', '', /Begin with FROM/],
    ['holds only comments', 'DOCKERFILE_INVALID', '# one\n\n# two\n', /Begin with FROM/],
    ['holds only blanks and a BOM', 'DOCKERFILE_INVALID', '\uFEFF \r\n\t\n', /Begin with FROM/],
    [
      'is a program',
      'DOCKERFILE_INVALID',
      Buffer.from('7f454c46020101000000001b5d303b78071b5b324a000a00ff', 'hex'),
      /unknown instruction/,
    ],
  ])('a Dockerfile that %s is refused', async (_, code, bytes, says) => {
    const context = kit.context({});
    writeFileSync(path.join(context, 'Dockerfile'), bytes);
    const said = await refused(kit.machine(), code, [context]);
    expect(said).toMatch(says);
    // What the file holds steers no terminal.
    // oxlint-disable-next-line no-control-regex -- that is what is looked for
    expect(said).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
  });

  it('a Dockerfile that is a directory, or not there, is refused', async () => {
    const context = mkdtempSync(path.join(kit.root, 'odd-'));
    mkdirSync(path.join(context, 'Dockerfile'));
    const machine = kit.machine();
    expect(await refused(machine, 'FILE_UNREADABLE', [context])).toContain('is a directory');
    await refused(machine, 'FILE_UNREADABLE', ['-f', path.join(context, 'Dockerfile'), context]);
    await refused(machine, 'NOT_FOUND', ['-f', path.join(context, 'nothing'), context]);
  });

  it('a Dockerfile of four megabytes is built', async () => {
    const context = kit.context({
      Dockerfile: `FROM scratch\n${'LABEL a=b\n'.repeat(100_000)}${'# nothing\n'.repeat(300_000)}`,
    });
    await kit.machine().build(context);
  });

  it('links that go round in a circle are copied as they are, and not followed for ever', async () => {
    const context = kit.context({ 'sub/file': 'x', Dockerfile: 'FROM scratch\nCOPY . /\n' });
    symlinkSync('b', path.join(context, 'a'));
    symlinkSync('a', path.join(context, 'b'));
    symlinkSync('..', path.join(context, 'sub', 'up'));
    const machine = kit.machine();
    await machine.build(context);
    write(context, { Dockerfile: 'FROM scratch\nCOPY a /\n' });
    const other = kit.machine();
    expect(await refused(other, 'NOT_FOUND', [context])).toContain('round in a circle');
    for (const line of ['COPY sub /x/', 'WORKDIR /x/a'] as const) {
      const links = kit.context({
        sub: '',
        Dockerfile: `FROM BASE\nRUN ln -s y /x && ln -s x /y\n${line}\n`,
      });
      expect(await refused(kit.machine(), 'COPY_REFUSED', [links])).toContain('round in a circle');
    }
  });

  it('a file that grows while it is read ends the build, and nothing of it is kept', async () => {
    const context = kit.context({ Dockerfile: 'FROM scratch\nCOPY . /\n', large: '' });
    const large = path.join(context, 'large');
    truncateSync(large, 200_000_000);
    const writing = setInterval(() => appendFileSync(large, 'x'), 5);
    onTestFinished(() => clearInterval(writing));
    const machine = kit.machine();
    const said = await refused(machine, 'CONTEXT_CHANGED', [context]);
    clearInterval(writing);
    expect(said).toContain('large');
    // Only what was whole is there: no blob as large as that file.
    await machine.build(context);
  });

  it('a context of two hundred thousand files costs nothing when one of them is copied, and little when all are', async () => {
    const context = kit.context({ Dockerfile: 'FROM scratch\nCOPY wanted /\n', wanted: 'x' });
    for (let directory = 0; directory < 200; directory++) {
      const place = path.join(context, 'many', String(directory));
      mkdirSync(place, { recursive: true });
      for (let file = 0; file < 1000; file++) writeFileSync(path.join(place, String(file)), '');
    }
    const machine = kit.machine();
    const env = { CORACLE_HOME: machine.home };
    const one = await peakOf(['build', '-t', 'one', context], env);
    expect(one.code).toBe(0);
    write(context, { Dockerfile: 'FROM scratch\nCOPY . /\n' });
    const all = await peakOf(['build', '-t', 'all', context], env);
    expect(all.code).toBe(0);
    // In megabytes; a tree of so many entries is held in memory once, their contents are not.
    expect(one.megabytes).toBeLessThan(200);
    expect(all.megabytes).toBeLessThan(900);
  });

  it('a URL that answers with something else than its checksum says is refused', async () => {
    const server = createServer((_, response) => response.end('another file'));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const sum = createHash('sha256').update('the file').digest('hex');
    const url = `http://127.0.0.1:${port}/file`;
    const machine = kit.machine();
    const wrong = kit.context({ Dockerfile: `FROM scratch\nADD --checksum=sha256:${sum} ${url} /\n` });
    expect(await refused(machine, 'CHECKSUM_MISMATCH', [wrong])).toContain(sum);
    const right = createHash('sha256').update('another file').digest('hex');
    await machine.build(
      kit.context({ Dockerfile: `FROM scratch\nADD --checksum=sha256:${right} ${url} /\n` }),
    );
  });

  it.each<[string, (layout: Layout) => void, ErrorCode]>([
    ['whose bytes are others', ({ layer }) => damage(layer()), 'BLOB_CORRUPT'],
    [
      'that unpacks to something else than its diffID',
      (layout) => layout.rewrite(({ config }) => (config.rootfs.diff_ids = [`sha256:${'0'.repeat(64)}`])),
      'IMAGE_INVALID',
    ],
    [
      'that is cut short',
      (layout) => layout.replaceLayer((bytes) => bytes.subarray(0, bytes.length - 1000)),
      'IMAGE_INVALID',
    ],
    [
      'that is no tar',
      (layout) => layout.replaceLayer(() => gzipSync(Buffer.from('no tar, whatever it says'.repeat(100)))),
      'IMAGE_INVALID',
    ],
    [
      'that leaves its root',
      (layout) =>
        layout.replaceLayer((bytes) => {
          const tar = gunzipSync(bytes);
          return gzipSync(Buffer.concat([tarFile('../../outside'), tar]));
        }),
      'ARCHIVE_UNSAFE',
    ],
  ])('a base with a layer %s is refused', async (_, spoil, code) => {
    const machine = kit.machine();
    const layout = await layoutOf(kit);
    spoil(layout);
    const flags = ['--build-context', `spoilt=oci-layout://${layout.place}`];
    const run = kit.context({ Dockerfile: 'FROM spoilt\nRUN true\n' });
    const said = await refused(machine, code, [...flags, run]);
    expect(said).not.toContain('INTERNAL');
    // Nor does a build without steps take it.
    const copy = kit.context({ Dockerfile: 'FROM scratch\nCOPY --from=spoilt /etc /etc\n' });
    await refused(machine, code, [...flags, copy]);
    expect(list(path.join(machine.home, 'store', 'layers'))).toEqual([]);
  });
});

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

interface Descriptor {
  digest: string;
  size: number;
}

interface Documents {
  readonly config: { rootfs: { diff_ids: string[] } };
  readonly manifest: { config: Descriptor; layers: Descriptor[] };
}

interface Layout {
  readonly place: string;
  /** The file of the first layer. */
  readonly layer: () => string;
  /** Changes documents, and all digests that depend on them. */
  readonly rewrite: (change: (documents: Documents) => void) => void;
  /** Other bytes for the first layer, with a descriptor and a diffID that fit as far as they can. */
  readonly replaceLayer: (change: (bytes: Buffer) => Buffer) => void;
}

async function layoutOf(kit: Kit): Promise<Layout> {
  const place = path.join(mkdtempSync(path.join(kit.root, 'spoilt-')), 'layout');
  const env = { CORACLE_HOME: path.join(kit.root, 'spoiler') };
  await coracleOk(
    ['build', '-o', `type=oci,tar=false,dest=${place}`, kit.context({ Dockerfile: 'FROM BASE\n' })],
    { env },
  );
  const file = (digest: string): string => path.join(place, 'blobs', digest.replace(':', '/'));
  const read = (digest: string): string => readFileSync(file(digest), 'utf8');
  const put = (bytes: Buffer): Descriptor => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    rmSync(file(digest), { force: true });
    writeFileSync(file(digest), bytes);
    return { digest, size: bytes.length };
  };
  const indexFile = path.join(place, 'index.json');
  const index = parseJson<{ manifests: Descriptor[] }>(readFileSync(indexFile, 'utf8'));
  const [first] = index.manifests;
  if (!first) throw new Error('an empty layout');
  const manifest = parseJson<Documents['manifest']>(read(first.digest));
  const config = parseJson<Documents['config']>(read(manifest.config.digest));
  const [layer] = manifest.layers;
  if (!layer) throw new Error('no layer');
  const rewrite: Layout['rewrite'] = (change) => {
    change({ config, manifest });
    Object.assign(manifest.config, put(Buffer.from(JSON.stringify(config))));
    Object.assign(first, put(Buffer.from(JSON.stringify(manifest))));
    writeFileSync(indexFile, JSON.stringify(index));
  };
  return {
    place,
    layer: () => file(layer.digest),
    rewrite,
    replaceLayer: (change) => {
      const bytes = change(readFileSync(file(layer.digest)));
      rewrite((documents) => {
        Object.assign(layer, put(bytes));
        try {
          const diffId = createHash('sha256').update(gunzipSync(bytes)).digest('hex');
          documents.config.rootfs.diff_ids = [`sha256:${diffId}`];
        } catch {
          // What cannot be unpacked has none.
        }
      });
    },
  };
}

/** One bit. The file may share its bytes with a store. */
function damage(file: string): void {
  const bytes = readFileSync(file);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  rmSync(file);
  writeFileSync(file, bytes);
}

/** An empty file of any name, as a tar has it. */
function tarFile(name: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write('00000000000\0', 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0ustar\x0000', 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
