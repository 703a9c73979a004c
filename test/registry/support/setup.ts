import { inspect } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { isToolError } from '../../../src/core/errors.ts';
import type { ToolError } from '../../../src/core/errors.ts';
import type { ErrorCode } from '../../../src/core/error-codes.ts';
import { createRegistry } from '../../../src/registry/client.ts';
import type { Registry, RegistryOptions } from '../../../src/registry/client.ts';
import type { Credential, CredentialSource } from '../../../src/registry/credentials.ts';
import { parseReference } from '../../../src/oci/reference.ts';
import type { Reference } from '../../../src/oci/reference.ts';
import { startTokenRegistry } from '../../components/token-registry.ts';
import type { TokenRegistry, TokenRegistryOptions } from '../../components/token-registry.ts';
import { testCtx } from '../../support/ctx.ts';
import type { TestCtx } from '../../support/ctx.ts';

export const gopher: Credential = { kind: 'password', username: 'gopher', password: 'right password' };

export function withCredential(credential: Credential | undefined): CredentialSource {
  return { get: async () => credential };
}

export interface Setup {
  readonly ctx: TestCtx;
  readonly server: TokenRegistry;
  readonly registry: Registry;
  ref(name: string): Reference;
}

/** A server of the tests' own with a client that does not wait long. */
export async function setup(
  serverOptions: TokenRegistryOptions = {},
  clientOptions: RegistryOptions | ((server: TokenRegistry) => RegistryOptions) = {},
): Promise<Setup> {
  const server = await startTokenRegistry(serverOptions);
  onTestFinished(async () => server.stop());
  const ctx = testCtx();
  const more = typeof clientOptions === 'function' ? clientOptions(server) : clientOptions;
  const registry = createRegistry(ctx, {
    credentials: withCredential(undefined),
    certificateDirectories: [],
    retry: { attempts: 3, pause: 1 },
    ...more,
  });
  return { ctx, server, registry, ref: (name) => parseReference(`${server.host}/${name}`) };
}

/** The ToolError that `work` fails with, of the code that is expected; with it the check that nothing secret is in it. */
export async function failure(work: Promise<unknown>, code: ErrorCode): Promise<ToolError> {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!isToolError(error)) throw error;
  expect(`${error.code} ${error.message}`).toMatch(new RegExp(`^${code} `));
  expectNoSecret(error);
  return error;
}

/** Everything that could be shown of a value, searched for what must never be. */
export function expectNoSecret(value: unknown, ...secrets: readonly string[]): void {
  const text = inspect(value, { depth: 12, showHidden: false, maxStringLength: null, maxArrayLength: null });
  const hidden = [
    'right password',
    'right%20password',
    Buffer.from('gopher:right password').toString('base64'),
    'geheim',
    ...secrets,
  ];
  for (const secret of hidden) expect(text.includes(secret), `${secret} is in ${text}`).toBe(false);
}
