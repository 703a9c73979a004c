import fc from 'fast-check';
import { decodeName } from '../../src/layer/names.ts';
import type { Given } from './support.ts';

/** A name in a layer: any bytes that a name can hold, but no whiteout. */
const name = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', 'd.e', '-x', ' ', '#', 'é', '\\') },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 12 })
        .map((bytes) => decodeName(bytes.map((byte) => (byte === 0x2f ? 0x30 : byte)))),
    },
  )
  .filter((text) => text !== '.' && text !== '..' && !text.startsWith('.wh.'));

const content = fc.oneof(
  fc.string({ maxLength: 20, unit: fc.nat(255).map((byte) => String.fromCharCode(byte)) }),
  // Holes, at any place, of any length.
  fc
    .array(fc.tuple(fc.constantFrom('\0', 'x', '\xff'), fc.constantFrom(1, 511, 4095, 4096, 4097, 70_000)), {
      maxLength: 4,
    })
    .map((parts) => parts.map(([byte, count]) => byte.repeat(count)).join('')),
);

const xattrs = fc.dictionary(
  fc.constantFrom('user.a', 'user.overlay.opaque', 'user.overlay.overlay.x', 'user.é'),
  fc.uint8Array({ maxLength: 5 }),
  { maxKeys: 3, noNullPrototype: true },
);

type Kind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo' | 'char' | 'whiteout' | 'opaque';

const raw = fc.record({
  parents: fc.array(name, { maxLength: 3 }),
  name,
  kind: fc.constantFrom<Kind>(
    'file',
    'file',
    'directory',
    'symlink',
    'hardlink',
    'fifo',
    'char',
    'whiteout',
    'opaque',
  ),
  mode: fc.nat(0o7777),
  uid: fc.constantFrom(0, 1, 1000, 65534),
  gid: fc.constantFrom(0, 5, 65534),
  mtime: fc.oneof(
    fc.integer({ min: 0, max: 2 ** 32 }),
    fc.double({ min: 0, max: 2e9, noNaN: true }).map(toNanoseconds),
  ),
  content,
  xattrs,
  target: fc.nat(50),
  text: fc.constantFrom('x', '../..', '/etc/passwd', 'é', '\udcff'),
});
export type Raw = typeof raw extends fc.Arbitrary<infer R> ? R : never;

function toNanoseconds(seconds: number): number {
  return Math.floor(seconds) + Math.round((seconds % 1) * 1e9) / 1e9;
}

/** A layer in which every path has one meaning, directories come before what they hold, and links after what they name. */
export const randomLayer = fc.array(raw, { maxLength: 25 }).map((items) => {
  const layer = new Map<string, Given>();
  const files: string[] = [];
  const common = (item: Raw): Pick<Given, 'mode' | 'uid' | 'gid' | 'mtime'> => {
    const { mode, uid, gid, mtime } = item;
    return { mode, uid, gid, mtime };
  };
  const directory = (item: Raw, parts: readonly string[]): boolean => {
    const path = parts.join('/');
    const there = layer.get(path);
    if (there) return there.type === 'directory';
    if (layer.has(hidden(path))) return false;
    if (parts.length > 1 && !directory(item, parts.slice(0, -1))) return false;
    layer.set(path, { path, type: 'directory', ...common(item), ...attributes(item) });
    return true;
  };
  for (const item of items) {
    if (item.parents.length > 0 && !directory(item, item.parents)) continue;
    const path = [...item.parents, item.name].join('/');
    if (layer.has(path) || layer.has(hidden(path))) continue;
    const { kind } = item;
    if (kind === 'directory') directory(item, [...item.parents, item.name]);
    else if (kind === 'file') {
      layer.set(path, { path, text: item.content, ...common(item), ...attributes(item) });
      files.push(path);
    } else if (kind === 'hardlink') {
      const target = files[item.target];
      const to = target === undefined ? undefined : layer.get(target);
      if (!to) continue;
      layer.set(path, { ...to, path, type: 'hardlink', linkName: to.path });
    } else if (kind === 'symlink')
      layer.set(path, { path, type: 'symlink', linkName: item.text, ...common(item), mode: 0o777 });
    else if (kind === 'fifo') layer.set(path, { path, type: 'fifo', ...common(item) });
    else if (kind === 'char')
      layer.set(path, { path, type: 'char', major: 300, minor: 70_000, ...common(item) });
    else if (kind === 'whiteout') layer.set(hidden(path), mark(hidden(path)));
    else if (item.parents.length > 0) {
      const opaque = `${item.parents.join('/')}/.wh..wh..opq`;
      layer.set(opaque, mark(opaque));
    }
  }
  return [...layer.values()];
});

function attributes({ xattrs }: Raw): Pick<Given, 'xattrs'> {
  return Object.keys(xattrs).length === 0 ? {} : { xattrs };
}

function mark(path: string): Given {
  return { path, text: '', mode: 0, mtime: 0 };
}

function hidden(path: string): string {
  return path.replace(/[^/]*$/, '.wh.$&');
}
