import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { writeFileAtomic } from '../core/files.ts';
import { withLock } from '../core/lock.ts';
import { discard } from './body.ts';
import { certificateDirectories, createTrust } from './certificates.ts';
import type { RegistryOptions } from './client.ts';
import { connect } from './connection.ts';
import { credentialFiles, keyToWrite, readCredentialFile, registryKeys } from './credential-files.ts';
import type { CredentialConfig } from './credential-files.ts';
import { helperErase, helperStore } from './credential-helper.ts';
import type { Credential } from './credentials.ts';
import { registryEndpoint } from './endpoint.ts';
import { isObject } from '../core/json.ts';

export interface LoginRequest {
  /** As in a reference: `docker.io`, `registry.example:5000`. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

export interface LoggedIn {
  /** The file or helper that keeps the credentials now. */
  readonly keptBy: string;
  /** False when the registry let everybody in, so that nothing was proven. */
  readonly verified: boolean;
  /** True when a file keeps the password readable for whoever can read the file. */
  readonly plain: boolean;
}

/**
 * Proves the credentials at the registry, then keeps them: with the helper that the first credential file names, else in that file
 * (mode 0600, replaced whole, unknown keys kept).
 * @throws ToolError REGISTRY_AUTH when they are refused, CREDENTIALS, FILE_UNWRITABLE
 */
export async function login(
  ctx: Ctx,
  request: LoginRequest,
  options: RegistryOptions = {},
): Promise<LoggedIn> {
  const { registry, username, password } = request;
  if (username === '' || password === '')
    throw new ToolError('USAGE', 'a user name and a password are needed');
  if (username.includes(':'))
    throw new ToolError('USAGE', 'a user name cannot hold a colon (HTTP basic authentication)');
  const verified = await prove(ctx, request, options);
  const [first] = credentialFiles(ctx);
  if (!first) throw noFile();
  const key = keyToWrite(registry, first.style);
  const config = await readCredentialFile(first.file);
  const helper = config && helperOf(config, registry);
  if (helper !== undefined) {
    await helperStore(ctx, helper, key, username, password);
    return { keptBy: `docker-credential-${helper}`, verified, plain: false };
  }
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  await change(ctx, first.file, (raw) => {
    const auths = isObject(raw['auths']) ? raw['auths'] : {};
    return { ...raw, auths: { ...auths, [key]: { auth } } };
  });
  return { keptBy: first.file, verified, plain: true };
}

/** Forgets a registry in every file and helper that is read. Gives what knew it; nothing is no error. */
export async function logout(ctx: Ctx, registry: string): Promise<readonly string[]> {
  const forgot: string[] = [];
  const keys = new Set(registryKeys(registry));
  for (const { file, style } of credentialFiles(ctx)) {
    const config = await readCredentialFile(file);
    if (!config) continue;
    const helper = helperOf(config, registry);
    if (helper !== undefined) {
      await helperErase(ctx, helper, keyToWrite(registry, style));
      forgot.push(`docker-credential-${helper}`);
    }
    const auths = isObject(config.raw['auths']) ? config.raw['auths'] : {};
    if (!Object.keys(auths).some((key) => keys.has(key))) continue;
    await change(ctx, file, (raw) => {
      const left = Object.entries(isObject(raw['auths']) ? raw['auths'] : {}).filter(
        ([key]) => !keys.has(key),
      );
      return { ...raw, auths: Object.fromEntries(left) };
    });
    forgot.push(file);
  }
  return forgot;
}

function helperOf({ credHelpers, credsStore }: CredentialConfig, registry: string): string | undefined {
  const own = registryKeys(registry)
    .map((key) => credHelpers.get(key))
    .find((helper) => helper !== undefined);
  return own ?? credsStore;
}

/** Asks for the registry's root with the credentials. True when the registry wanted them. */
async function prove(
  ctx: Ctx,
  { registry, username, password }: LoginRequest,
  options: RegistryOptions,
): Promise<boolean> {
  const { insecure = [], ca, retry = {}, idleTimeout } = options;
  let wanted = false;
  const credential = async (): Promise<Credential> => {
    wanted = true;
    return await Promise.resolve({ kind: 'password', username, password });
  };
  const trust = createTrust(options.certificateDirectories ?? certificateDirectories(ctx), {
    insecure,
    ...(ca !== undefined && { ca }),
  });
  const connection = connect(ctx, registryEndpoint(registry, insecure), {
    credential,
    trust,
    insecure,
    retry,
    idleTimeout,
  });
  const response = await connection.send({
    method: 'GET',
    to: 'v2/',
    scopes: [],
    accept: [200],
    doing: `log in to ${registry}`,
  });
  await discard(response.body);
  return wanted;
}

/** Two logins at once must both be kept, and a link to the file must stay one. */
async function change(
  ctx: Ctx,
  file: string,
  update: (raw: Readonly<Record<string, unknown>>) => Record<string, unknown>,
): Promise<void> {
  const real = await fs.realpath(file).catch(() => file);
  await fs.mkdir(path.dirname(real), { recursive: true, mode: 0o700 }).catch(() => undefined);
  await withLock(ctx, path.join(ctx.home, 'locks', 'credentials'), async () => {
    const current = await readCredentialFile(real);
    await writeFileAtomic(real, `${JSON.stringify(update(current?.raw ?? {}), undefined, '\t')}\n`, {
      mode: 0o600,
    });
  });
}

function noFile(): ToolError {
  return new ToolError(
    'CREDENTIALS',
    'there is no place to keep credentials: neither HOME nor DOCKER_CONFIG nor REGISTRY_AUTH_FILE is set',
  );
}
