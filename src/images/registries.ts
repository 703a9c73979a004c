import { promises as fs } from 'node:fs';
import type { Ctx } from '../core/ctx.ts';
import { fileError } from '../core/files.ts';
import type { Registry, RegistryOptions } from '../registry/client.ts';

/** How the user wants registries to be talked to. */
export interface RegistryAccess {
  /** Hosts that may speak plain HTTP or show any certificate. */
  readonly insecure: readonly string[];
  /** PEM file of authorities to trust; absolute. */
  readonly ca?: string;
}

/** @throws ToolError FILE_UNREADABLE */
export async function registryOptions(access: RegistryAccess): Promise<RegistryOptions> {
  if (access.ca === undefined) return { insecure: access.insecure };
  const file = access.ca;
  const ca = await fs.readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(error, 'read', file);
  });
  return { insecure: access.insecure, ca };
}

/** A client of all registries; loaded when it is needed. */
export async function openRegistry(ctx: Ctx, access: RegistryAccess): Promise<Registry> {
  const { createRegistry } = await import('../registry/client.ts');
  return createRegistry(ctx, await registryOptions(access));
}
