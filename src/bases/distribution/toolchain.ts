import { createHash } from 'node:crypto';
import type { PinnedKey } from '../../base/debian/keys.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import type { Toolchain } from '../../golang/toolchain.ts';
import { buildLayer } from '../../layer/build-layer.ts';
import { formatPlatform, hostPlatform } from '../../oci/platform.ts';
import type { Platform } from '../../oci/types.ts';
import { openTarget, platformImage } from '../../oci/view.ts';
import { defaultPath } from '../../solve/exec/environment.ts';
import type { Store } from '../../store/store.ts';
import type { BaseImage, BaseSettings, LockedBase } from '../types.ts';
import { distributionBase } from './distribution.ts';
import { releaseTime, toolchainEntries, toolchainIdentity } from './goroot.ts';
import { dateOf, keepImage, keptImage } from './image.ts';
import { step } from './steps.ts';

export interface ToolchainOptions {
  readonly settings: BaseSettings;
  readonly toolchain: Toolchain;
  readonly platform: Platform;
  /** With the C compiler for musl. */
  readonly musl: boolean;
  readonly locked?: LockedBase;
  /** Who may sign the archive, in place of Debian. */
  readonly keys?: readonly PinnedKey[];
}

/** Raised when the same system and toolchain give other bytes than before. */
const revision = 2;

/**
 * What Go needs to build programs with parts in C, from Git or not. The official image has more (g++, make, pkg-config, Mercurial,
 * Subversion, curl): what a program does not need is not held against the method.
 */
const needed = ['ca-certificates', 'gcc', 'git', 'libc6-dev'];

/**
 * What stands for the image `golang`: a small Debian with a C compiler and Git, and above it, in a layer of its own, the Go toolchain,
 * set up as the official image has it.
 * @throws ToolError UNSUPPORTED for a platform that the toolchain does not run on; as distributionBase
 */
export async function toolchainBase(
  ctx: Ctx,
  store: Store,
  { settings, toolchain, platform, musl, locked, keys }: ToolchainOptions,
): Promise<BaseImage> {
  checkPlatform(toolchain, platform);
  const system = await distributionBase(
    ctx,
    store,
    { ...settings, name: 'toolchain-system' },
    {
      ...{ platform, packages: [...needed, ...(musl ? ['musl-tools'] : [])] },
      ...(locked && { locked }),
      ...(keys && { keys }),
    },
  );
  const identity = await toolchainIdentity(toolchain);
  const key = createHash('sha256')
    .update(JSON.stringify([revision, settings.name, system.descriptor.digest, ...identity]))
    .digest('hex');
  const kept = await keptImage(store, key);
  if (kept) return kept;
  const beneath = await platformImage(await openTarget(store.blobs, system.descriptor), platform);
  const [layers, config] = await Promise.all([beneath.layers(), beneath.config()]);
  const created = await releaseTime(toolchain);
  const go = await step(ctx, `toolchain ${key}`, `packing Go ${toolchain.version}`, async () =>
    buildLayer(
      await toolchainEntries(toolchain, created),
      { compression: { kind: 'gzip' }, mediaTypeFamily: 'oci' },
      store.blobs,
    ),
  );
  const { rootfs: _, history = [], ...rest } = config;
  return keepImage(ctx, store, {
    made: {
      ...{ name: settings.name, key, generated: system.generated, omitted: system.omitted, reasons: [] },
      ...(system.locked && { locked: system.locked }),
      ...(system.setuid && { setuid: system.setuid }),
      statement: `stands for the image golang: Debian with ${needed.join(', ')}${musl ? ', musl-tools' : ''}, and Go ${toolchain.version}`,
    },
    layers: [
      ...layers.map(({ mediaType, digest, size, diffId }) => ({
        descriptor: { mediaType, digest, size },
        diffId,
      })),
      go,
    ],
    history: [
      ...history,
      {
        created: dateOf(created),
        created_by: `coracle base build ${settings.name} (Go ${toolchain.version})`,
      },
    ],
    config: {
      ...rest,
      config: {
        Env: [
          `PATH=/go/bin:/usr/local/go/bin:${defaultPath}`,
          `GOLANG_VERSION=${toolchain.version}`,
          'GOTOOLCHAIN=local',
          'GOPATH=/go',
        ],
        Cmd: ['bash'],
        WorkingDir: '/go',
      },
    },
  });
}

function checkPlatform({ version }: Toolchain, platform: Platform): void {
  const own = hostPlatform();
  if (platform.os === own.os && platform.architecture === own.architecture) return;
  throw new ToolError(
    'UNSUPPORTED',
    `Go ${version} of this machine does not run on ${formatPlatform(platform)}`,
    { hint: `Its image is for ${formatPlatform(own)}; Go in it compiles for other platforms.` },
  );
}
