import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { readFileIfThere } from '../core/files.ts';
import type { Credential } from './credentials.ts';
import { isObject } from '../core/json.ts';

/** A credential file that is looked at; `style` says under which names it keeps registries. */
export interface CredentialFile {
  readonly file: string;
  readonly style: 'docker' | 'podman';
}

export interface CredentialConfig {
  readonly auths: ReadonlyMap<string, Credential>;
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore: string | undefined;
  /** Everything the file holds, to be written back. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Docker Hub's name in Docker's files. */
const hubKey = 'https://index.docker.io/v1/';

/** The files in the order they are read; `login` writes to the first. */
export function credentialFiles(ctx: Ctx): readonly CredentialFile[] {
  const { env } = ctx;
  const home = env['HOME'];
  const docker = env['DOCKER_CONFIG'] || (home && path.join(home, '.docker'));
  const runtime = env['XDG_RUNTIME_DIR'];
  const config = env['XDG_CONFIG_HOME'] || (home && path.join(home, '.config'));
  const files: CredentialFile[] = [];
  if (env['REGISTRY_AUTH_FILE']) files.push({ file: env['REGISTRY_AUTH_FILE'], style: 'podman' });
  if (docker) files.push({ file: path.join(docker, 'config.json'), style: 'docker' });
  if (runtime) files.push({ file: path.join(runtime, 'containers/auth.json'), style: 'podman' });
  if (config) files.push({ file: path.join(config, 'containers/auth.json'), style: 'podman' });
  return files.map(({ file, style }) => ({ file: path.resolve(ctx.cwd, file), style }));
}

/** Names that a registry may stand under, most particular first: Podman's files also know repositories and name spaces. */
export function registryKeys(registry: string, repository?: string): readonly string[] {
  const parts = repository?.split('/') ?? [];
  const spaces = parts.map((_, index) => `${registry}/${parts.slice(0, parts.length - index).join('/')}`);
  const names =
    registry === 'docker.io' ? [hubKey, 'index.docker.io', 'docker.io', 'registry-1.docker.io'] : [registry];
  const old = names.flatMap((name) =>
    name.includes('://')
      ? []
      : [
          `https://${name}`,
          `https://${name}/`,
          `http://${name}`,
          `https://${name}/v1/`,
          `https://${name}/v2/`,
        ],
  );
  return [...spaces, ...names, ...old];
}

/** The name under which `login` keeps a registry. */
export function keyToWrite(registry: string, style: CredentialFile['style']): string {
  return registry === 'docker.io' && style === 'docker' ? hubKey : registry;
}

/**
 * Reads one file; undefined when there is none.
 * @throws ToolError CREDENTIALS, FILE_UNREADABLE. Never with the file's words: a JSON parser's message repeats what it stumbled over.
 */
export async function readCredentialFile(file: string): Promise<CredentialConfig | undefined> {
  const bytes = await readFileIfThere(file);
  if (!bytes) return undefined;
  const text = bytes.toString('utf8').trim();
  let raw: unknown;
  try {
    raw = text === '' ? {} : JSON.parse(text);
  } catch {
    throw broken(file, 'is not JSON');
  }
  if (!isObject(raw)) throw broken(file, 'holds no JSON object');
  const auths = new Map<string, Credential>();
  for (const [key, entry] of Object.entries(isObject(raw['auths']) ? raw['auths'] : {})) {
    const credential = isObject(entry) ? entryCredential(entry, key, file) : undefined;
    if (credential) auths.set(key, credential);
  }
  const helpers = Object.entries(isObject(raw['credHelpers']) ? raw['credHelpers'] : {});
  const store = raw['credsStore'];
  return {
    auths,
    credHelpers: new Map(
      helpers.filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== ''),
    ),
    credsStore: typeof store === 'string' && store !== '' ? store : undefined,
    raw,
  };
}

function entryCredential(
  entry: Readonly<Record<string, unknown>>,
  key: string,
  file: string,
): Credential | undefined {
  const text = (name: string): string | undefined => {
    const value = entry[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const identity = text('identitytoken');
  if (identity !== undefined) return { kind: 'identity', token: identity };
  const registry = text('registrytoken');
  if (registry !== undefined) return { kind: 'registry', token: registry };
  const auth = text('auth');
  if (auth === undefined) {
    const username = text('username');
    const password = text('password');
    return username !== undefined && password !== undefined
      ? { kind: 'password', username, password }
      : undefined;
  }
  const decoded = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  if (colon < 0) throw broken(file, `holds an entry for ${key} that is not user:password in base64`);
  return { kind: 'password', username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

function broken(file: string, why: string): ToolError {
  return new ToolError('CREDENTIALS', `${file} ${why}`, {
    hint: 'Repair the file, or move it away and log in again: coracle login REGISTRY',
  });
}
