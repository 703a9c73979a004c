import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { answers, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';
import { findProgram, installed } from './program.ts';

/** Debian's docker-registry, started for a test on a free port of loopback with its own configuration and an empty storage. */
export interface TestRegistry {
  /** `127.0.0.1:PORT`, as it stands in references. */
  readonly host: string;
  /** Where it keeps its files: damage is done here. */
  readonly storage: string;
  /** Everything it has logged so far, requests included. */
  log(): string;
  stop(): Promise<void>;
}

const program = 'docker-registry';

/** For `describeWith`: the real registry is on the machine. */
export const hasRegistry = installed(program);

/** The one account of a registry with `auth`; the hash is bcrypt's of `right password`, cost 5. */
export const account = { username: 'gopher', password: 'right password' };
const htpasswd = 'gopher:$2b$05$abcdefghijklmnopqrstuuChQd15jl6x5/jaJ9KDukc2t1X7oMLPa\n';

export interface TestRegistryOptions {
  /** Ask for the account of `account` (HTTP basic authentication). */
  readonly auth?: boolean;
  /** Serve TLS with these PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Serve as a pull-through cache of this registry. */
  readonly proxyOf?: string;
}

export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const directory = mkdtempSync(path.join(tmpdir(), 'coracle-registry-'));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const storage = path.join(directory, 'storage');
  const config = path.join(directory, 'config.yml');
  writeFileSync(path.join(directory, 'htpasswd'), htpasswd);
  writeFileSync(config, JSON.stringify(configuration(options, directory, storage, host)));
  const daemon = await startDaemon({
    argv: [findProgram(program) ?? program, 'serve', config],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    // Over TLS it answers 400 to plain HTTP: it listens, and that is all there is to know.
    ready: async () => answers(`http://${host}/v2/`),
  });
  const stop = async (): Promise<void> => {
    await daemon.stop('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  return { host, storage, log: daemon.logs, stop };
}

function configuration(
  { auth, tls, proxyOf }: TestRegistryOptions,
  directory: string,
  storage: string,
  host: string,
): object {
  return {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: true },
      cache: { blobdescriptor: 'inmemory' },
    },
    http: { addr: host, ...(tls && { tls: { certificate: tls.cert, key: tls.key } }) },
    ...(auth && { auth: { htpasswd: { realm: 'test', path: path.join(directory, 'htpasswd') } } }),
    ...(proxyOf !== undefined && { proxy: { remoteurl: proxyOf } }),
  };
}

/** Where the registry keeps the bytes of a blob. */
export function blobFile(registry: TestRegistry, digest: string): string {
  const hex = digest.slice('sha256:'.length);
  return path.join(registry.storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
}

/** True when the registry's copy of a blob has the digest that its name says. */
export function blobIsSound(registry: TestRegistry, digest: string): boolean {
  return (
    `sha256:${createHash('sha256')
      .update(readFileSync(blobFile(registry, digest)))
      .digest('hex')}` === digest
  );
}
