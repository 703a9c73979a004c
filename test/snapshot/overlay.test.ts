import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { show, step } from './overlay.ts';
import { added, bench, foreign, isRoot, textOf, timeless } from './support.ts';

describe.runIf(isRoot).each(['auto', 'never'] as const)(
  'a process in a root, as root, overlay %s',
  (overlay) => {
    it('leaves a layer that holds what it did', async () => {
      const at = await bench({ overlay });
      const base = await foreign(at, [
        { path: 'etc' },
        { path: 'etc/gone', text: 'x' },
        { path: 'etc/kept', text: 'old', uid: 7, gid: 8, mode: 0o640 },
        { path: 'full' },
        { path: 'full/one', text: '1' },
        { path: 'full/two', text: '2' },
      ]);
      const { id, index } = await step(
        at,
        [base],
        `rm etc/gone; rm -r full; mkdir full; echo new > full/three; echo more >> etc/kept; mkdir -p a/b; ln -s ../x a/b/link; ln etc/kept a/kept;
       mkfifo a/pipe; mknod a/dev c 5 1; chmod 4755 etc/kept; touch -d @1000000000.5 a/old`,
      );
      expect(index.map(({ path, type }) => `${type} ${path}`)).toEqual([
        'directory a',
        'directory a/b',
        'symlink a/b/link',
        'char a/dev',
        'file a/kept',
        'file a/old',
        'fifo a/pipe',
        'directory etc',
        'file etc/.wh.gone',
        'hardlink etc/kept',
        'directory full',
        'file full/.wh..wh..opq',
        'file full/three',
      ]);
      expect(index.find((entry) => entry.path === 'a/kept')).toMatchObject({
        uid: 7,
        gid: 8,
        mode: 0o4755,
        size: 8,
        made: true,
      });
      expect(index.find((entry) => entry.path === 'a/old')).toMatchObject({ mtime: 1000000000.5 });
      expect(index.find((entry) => entry.path === 'a/dev')).toMatchObject({ major: 5, minor: 1 });
      // Another process in the next layer sees it so.
      expect(await show(at, [base, id], 'find . | LC_ALL=C sort; cat etc/kept')).toBe(
        '.\n./a\n./a/b\n./a/b/link\n./a/dev\n./a/kept\n./a/old\n./a/pipe\n./etc\n./etc/kept\n./full\n./full/three\noldmore\n',
      );
      const tree = await at.snapshots.tree([base, id]);
      expect((await tree.list('full')).map((entry) => entry.path)).toEqual(['full/three']);
      const kept = await tree.entry('etc/kept');
      expect(kept && (await textOf(tree.open(kept)))).toBe('oldmore\n');
      expect((await tree.entry('a/kept'))?.same).toBe(kept?.same);
    });

    it('makes the same layer from the blob in another store', async () => {
      const at = await bench({ overlay });
      const base = await foreign(at, [
        { path: 'd' },
        { path: 'd/x', text: 'x' },
        { path: 'e' },
        { path: 'e/y', text: 'y' },
      ]);
      const { id, index } = await step(
        at,
        [base],
        'rm d/x; rm -r e; mkdir e; echo 1 > e/z; touch -d @5 e/z e; setfattr -n user.a -v b e/z 2>/dev/null || :',
      );
      const blob = await at.snapshots.blob(id, {
        compression: { kind: 'gzip' },
        mediaTypes: 'oci',
        epoch: 77,
      });
      const other = await bench();
      await other.store.blobs.put(at.store.blobs.open(blob.descriptor));
      const again = other.snapshots.foreign(blob, async () => undefined);
      const read = await other.snapshots.index(again);
      expect(timeless(read)).toEqual(
        timeless(index.map(({ made, ...entry }) => ({ ...entry, mtime: made ? 77 : entry.mtime }))),
      );
      expect(readdirSync(await other.snapshots.directory(again)).sort()).toEqual(['d', 'e']);
    });

    it('a step that changed nothing leaves an empty layer', async () => {
      const at = await bench({ overlay });
      const { id, index } = await step(at, [await added(at, [{ path: 'a', text: 'a' }])], 'true');
      expect(index).toEqual([]);
      expect(readdirSync(await at.snapshots.directory(id))).toEqual([]);
      expect(
        (await at.snapshots.blob(id, { compression: { kind: 'none' }, mediaTypes: 'oci' })).uncompressedSize,
      ).toBe(1024);
    });

    it('leaves out what was made to mount on, and sockets', async () => {
      const at = await bench({ overlay });
      const { id, index } = await step(
        at,
        [await added(at, [{ path: 'etc' }])],
        `touch etc/hosts etc/resolv.conf; mkdir -p run/a run/b; touch run/a/x
       node -e 'require("net").createServer().listen("run/a/socket", () => process.exit())' 2>/dev/null || :`,
        new Set(['etc/hosts', 'etc/resolv.conf', 'etc', 'run', 'run/a', 'run/b']),
      );
      expect(index.map((entry) => entry.path)).toEqual(['run', 'run/a', 'run/a/x']);
      expect(readdirSync(await at.snapshots.directory(id))).toEqual(['run']);
    });
  },
);
