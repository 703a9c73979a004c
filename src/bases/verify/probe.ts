import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { withTempDir } from '../../core/temp.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { Platform } from '../../oci/types.ts';
import type { Mount } from '../../sandbox/types.ts';
import type { Inside, InsideOptions, Ran } from './inside.ts';
import { probeSource } from './probe-source.ts';

/** A program of ours that runs in a base which has none of its own. */
export interface Probe {
  run(words: readonly string[], options?: InsideOptions): Promise<Ran>;
}

/** How results name it. */
export const probeName = 'a small Go program, inside';

const target = '/.coracle-probe';
const goMod = 'module coracle.test/probe\n\ngo 1.21\n';

/**
 * The probe for an image, compiled with a Go that is at hand, the first time. It is static, so it needs nothing of the base.
 * Undefined where there is no Go: nothing is fetched for it.
 */
export async function probeFor(ctx: Ctx, inside: Inside): Promise<Probe | undefined> {
  const program = await compiledProbe(ctx, inside.image.config).catch((error: unknown) => {
    if (isToolError(error, 'UNSUPPORTED', 'GO_COMPILE', 'GO_MODULE', 'TOOL_MISSING')) return undefined;
    throw error;
  });
  if (program === undefined) return undefined;
  const mount: Mount = { kind: 'bind', source: program, target, readOnly: true };
  return {
    run: async (words, options = {}) =>
      inside.run([target, ...words], { ...options, mounts: [...(options.mounts ?? []), mount] }),
  };
}

async function compiledProbe(ctx: Ctx, config: Platform): Promise<string | undefined> {
  const { os, architecture, variant } = config;
  const platform: Platform = { os, architecture, ...(variant !== undefined && { variant }) };
  const { listToolchains } = await import('../../golang/toolchain.ts');
  const { compareGoVersions } = await import('../../golang/version.ts');
  const toolchain = (await listToolchains(ctx))
    .filter(({ version }) => compareGoVersions(version, '1.21.0') >= 0)
    .toSorted((one, other) => compareGoVersions(other.version, one.version))[0];
  if (!toolchain) return undefined;
  const key = createHash('sha256')
    .update(JSON.stringify([probeSource, goMod, toolchain.version, formatPlatform(platform)]))
    .digest('hex');
  const file = path.join(ctx.home, 'probes', key.slice(0, 32));
  if (await isThere(file)) {
    const now = ctx.now();
    await fs.utimes(file, now, now).catch(() => undefined);
    return file;
  }
  const { compile } = await import('../../golang/compile.ts');
  await withTempDir(ctx, async (directory) => {
    await fs.writeFile(path.join(directory, 'go.mod'), goMod);
    await fs.writeFile(path.join(directory, 'main.go'), probeSource);
    const output = path.join(directory, 'probe');
    await compile(ctx, {
      ...{ toolchain, cwd: directory, package: '.', output, platform, cgo: 'off', strip: true, vcs: false },
      ...{ flags: [], tags: [], ldflags: [], env: { GOFLAGS: '', GOWORK: 'off' } },
    });
    await writeFileAtomic(file, await fs.readFile(output), { mode: 0o755 });
  });
  return file;
}

async function isThere(file: string): Promise<boolean> {
  return (await fs.stat(file).catch(() => undefined))?.isFile() === true;
}
