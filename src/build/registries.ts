import { promises as fs } from 'node:fs';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { Registry } from '../registry/client.ts';
import { baseKind, likelyBase } from '../bases/names.ts';
import type { BuildRequest, RegistrySettings } from './types.ts';

/** A registry client as the request wants it. Loaded when needed: most builds speak to no registry. */
export async function openRegistry(
  ctx: Ctx,
  settings: Readonly<Record<string, RegistrySettings>>,
): Promise<Registry> {
  const { createRegistry } = await import('../registry/client.ts');
  const hosts = Object.entries(settings);
  const files = [...new Set(hosts.flatMap(([, host]) => (host.ca === undefined ? [] : [host.ca])))];
  const ca = (await Promise.all(files.map(readPem))).join('\n');
  return createRegistry(ctx, {
    insecure: hosts.filter(([, host]) => host.insecure).map(([name]) => name),
    mirrors: Object.fromEntries(
      hosts.flatMap(([name, host]) => (host.mirrors ? [[name, host.mirrors]] : [])),
    ),
    ...(ca === '' ? {} : { ca }),
  });
}

/** For the lock: the base when it is an image, by its full name, and how to learn its digest. */
export function baseWanted(
  ctx: Ctx,
  request: BuildRequest,
): { base?: { reference: string; resolve(): Promise<Digest> } } {
  if (baseKind(request.base) !== 'image') return {};
  const { name } = request.base;
  const reference = withDefaultTag(parseReference(name));
  return {
    base: {
      reference: formatReference(reference),
      resolve: async () => {
        if (reference.digest) return reference.digest;
        const registry = await openRegistry(ctx, request.registries);
        return (await registry.resolve(reference).catch((error: unknown) => throwMeant(name, error))).digest;
      },
    },
  };
}

/** A name with a slip in it is taken for an image; who has none is told what was probably meant. */
function throwMeant(name: string, error: unknown): never {
  const meant = likelyBase(name);
  if (meant === undefined || !(error instanceof ToolError)) throw error;
  const hint = error.hint === undefined ? '' : ` ${error.hint}`;
  throw new ToolError(error.code, error.message, {
    hint: `Did you mean --base ${meant}?${hint}`,
    cause: error,
    ...(error.detail !== undefined && { detail: error.detail }),
  });
}

async function readPem(file: string): Promise<string> {
  return fs.readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(error, 'read', file);
  });
}
