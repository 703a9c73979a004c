import path from 'node:path';
import { expect, test } from 'vitest';
import { dockerfileOf } from '../../../src/explain/explain.ts';
import { copyImage } from '../../../src/images/copy.ts';
import { describeWith } from '../../components/program.ts';
import { hasRegistry, startRegistry, type TestRegistry } from '../../components/registry.ts';
import { file } from '../../layer/support.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';
import { explainImageAt, requestFor, writeIndex } from '../images.ts';

const access = { insecure: [] };

/** Digests of the blobs that were fetched since the log had `from` characters. */
function fetched(registry: TestRegistry, from: number): string[] {
  const requests = registry.log().slice(from);
  return [...requests.matchAll(/"GET \/v2\/[^ "]*\/blobs\/(sha256:[0-9a-f]{64})[^"]*" 200/g)].map(
    ([, digest = '']) => digest,
  );
}

describeWith([hasRegistry], 'an index on a real registry', () => {
  test('only the layers of the platform that was asked for are fetched, once, and none for the Dockerfile', async () => {
    const registry = await startRegistry();
    try {
      const ctx = testCtx({ cwd: tempDir() });
      const common = { by: 'COPY base / # buildkit', entries: [file('base', 'b'.repeat(9000))] };
      const own = (architecture: string, size: number) => ({
        architecture,
        layers: [
          common,
          { by: 'COPY app /app # buildkit', entries: [file('app', architecture.repeat(size))] },
        ],
      });
      await writeIndex(path.join(ctx.cwd, 'both'), [own('amd64', 100), own('arm64', 200)]);
      const what = `${registry.host}/team/both:1`;
      await copyImage(ctx, { from: 'oci:both', to: what, access });
      const request = { platform: 'linux/arm64' };

      let before = registry.log().length;
      const dockerfile = await dockerfileOf(ctx, requestFor(what, request));
      expect(dockerfile).toContain('COPY ["app","/app"]');
      expect(fetched(registry, before), 'the config').toHaveLength(1);

      before = registry.log().length;
      const first = await explainImageAt(ctx, what, request);
      expect(first.platform).toBe('linux/arm64');
      expect(first.trees.files?.bytes[0]).toBe(9000 + 200 * 'arm64'.length);
      const layers = first.layers.map(({ digest }) => digest);
      const blobs = fetched(registry, before);
      expect(blobs.filter((digest) => layers.includes(digest)).sort()).toEqual([...layers].sort());
      expect(blobs, 'with the config').toHaveLength(layers.length + 1);

      before = registry.log().length;
      expect(await explainImageAt(ctx, what, request)).toMatchObject({ layers: first.layers });
      expect(fetched(registry, before).filter((digest) => layers.includes(digest))).toEqual([]);

      before = registry.log().length;
      const other = await explainImageAt(ctx, what, { platform: 'linux/amd64' });
      const [base, app] = other.layers.map(({ digest }) => digest);
      expect(fetched(registry, before)).toContain(app);
      expect(fetched(registry, before), 'both images have it').not.toContain(base);
      await expect(explainImageAt(ctx, what, { platform: 'linux/s390x' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        hint: 'It has: linux/amd64, linux/arm64.',
      });
    } finally {
      await registry.stop();
    }
  });
});
