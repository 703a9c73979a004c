import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { credentialFiles, readCredentialFile, registryKeys } from './credential-files.ts';
import { helperGet } from './credential-helper.ts';

/** What proves who we are at a registry. */
export type Credential =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** Exchanged for tokens at the registry's token server. */
  | { readonly kind: 'identity'; readonly token: string }
  /** Sent as it is, as a bearer token. */
  | { readonly kind: 'registry'; readonly token: string };

export interface CredentialSource {
  /** Credentials for a repository, or undefined. @throws ToolError CREDENTIALS */
  get(registry: string, repository?: string): Promise<Credential | undefined>;
}

/**
 * Docker's and Podman's credentials, read when they are first needed: $REGISTRY_AUTH_FILE, Docker's config.json, Podman's auth.json;
 * the first file that knows the registry wins. In one file an entry's own helper comes before the entry, and the store for all before both,
 * as with Docker.
 */
export function userCredentials(ctx: Ctx): CredentialSource {
  return {
    async get(registry, repository) {
      for (const { file } of credentialFiles(ctx)) {
        const config = await readCredentialFile(file);
        if (!config) continue;
        const helper = config.credHelpers.get(registry) ?? helperByKey(config.credHelpers, registry);
        if (helper !== undefined) {
          const found = await helperGet(ctx, helper, registryKeys(registry)[0] ?? registry);
          if (found) return found;
        } else if (config.credsStore !== undefined) {
          const found = await fromStore(ctx, config.credsStore, registry);
          if (found) return found;
        }
        for (const key of registryKeys(registry, repository)) {
          const entry = config.auths.get(key);
          if (entry) return entry;
        }
      }
      return undefined;
    },
  };
}

function helperByKey(helpers: ReadonlyMap<string, string>, registry: string): string | undefined {
  return registryKeys(registry)
    .map((key) => helpers.get(key))
    .find((helper) => helper !== undefined);
}

/** A store for all registries that is not on this machine (a file copied from another) must not stop the pull of a public image. */
async function fromStore(ctx: Ctx, store: string, registry: string): Promise<Credential | undefined> {
  try {
    return await helperGet(ctx, store, registryKeys(registry)[0] ?? registry);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    ctx.emit({
      kind: 'warning',
      message: error.message,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
    return undefined;
  }
}
