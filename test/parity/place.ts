/** A case on the disk, as either builder is given it. */
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { call } from '../components/program.ts';
import type { Case } from './case.ts';
import { writeContext } from './context.ts';
import type { Owner } from './context.ts';
import type { Services } from './services.ts';

export interface Placed {
  readonly context: string;
  readonly dockerfile: string;
  /** Named contexts that are directories. */
  readonly directories: Readonly<Record<string, string>>;
  /** Secrets that are files. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Variables for secrets that are none. */
  readonly env: Readonly<Record<string, string>>;
}

/** The variable that a secret comes from. Shells drop names that they could not set. */
export function secretVariable(id: string): string {
  return `SECRET_${id.replace(/\W/g, '_')}`;
}

export async function placeCase(
  home: string,
  case_: Case,
  services: Services,
  options: { owner?: Owner; dockerfile?: string | Buffer } = {},
): Promise<Placed> {
  const { files = [], options: wanted = {} } = case_;
  const { owner } = options;
  const context = path.join(home, 'context');
  const as = { seed: JSON.stringify(case_), ...(owner && { owner }) };
  await writeContext(context, files, as);
  const directories: Record<string, string> = {};
  for (const [name, named] of Object.entries(wanted.contexts ?? {})) {
    if (!('files' in named)) continue;
    directories[name] = path.join(home, `named-${name}`);
    await writeContext(directories[name], named.files, as);
  }
  const secrets: Record<string, string> = {};
  const env: Record<string, string> = {};
  for (const [id, secret] of Object.entries(wanted.secrets ?? {})) {
    if ('env' in secret) {
      env[secretVariable(id)] = secret.env;
    } else {
      secrets[id] = path.join(home, `secret-${id}`);
      writeFileSync(secrets[id], secret.file, { mode: 0o600 });
      if (owner) chownSync(secrets[id], owner.uid, owner.gid);
    }
  }
  const dockerfile =
    wanted.dockerfile === undefined || wanted.dockerfile === '-'
      ? path.join(home, 'Dockerfile')
      : path.join(context, wanted.dockerfile);
  const source = options.dockerfile ?? case_.dockerfile;
  const text = await services.fill(case_, source.toString('latin1'));
  mkdirSync(path.dirname(dockerfile), { recursive: true });
  writeFileSync(dockerfile, text, typeof source === 'string' ? 'utf8' : 'latin1');
  return { context, dockerfile, directories, secrets, env };
}

/** The context as an archive, with owners that nobody here has. */
export async function packContext({ context }: Placed, kind: 'tar' | 'tar.gz'): Promise<Buffer> {
  const archive = `${context}.tar`;
  const zip = kind === 'tar.gz' ? ['--gzip'] : [];
  const owners = ['--numeric-owner', '--owner=5', '--group=6'];
  await call(['tar', '--create', '--file', archive, ...zip, ...owners, '--directory', context, '.']);
  return readFileSync(archive);
}
