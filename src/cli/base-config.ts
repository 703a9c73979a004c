import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defined } from '../config/defined.ts';
import type { AlpineConfig, AlpineKeyConfig, BaseConfig, Config, DebianConfig } from '../config/types.ts';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import type { baseFlags } from './build-flags.ts';
import type { Parsed } from './verb.ts';

type Flags = (typeof baseFlags)[number];
export type BaseInput = Parsed<
  Extract<Flags, { type: 'boolean' }>['name'],
  Extract<Flags, { type: 'string' }>['name']
>;

/** Which flag says a key, for errors; `--base` and the others have their keys' names. */
export const baseFlagOf: Readonly<Record<string, string>> = {
  'base.packages': '--packages',
  'base.slim': '--slim',
  'base.omit': '--omit',
  debian: '--debian-mirror',
  'debian.securityMirror': '--debian-security-mirror',
  'debian.snapshot': '--snapshot',
  alpine: '--alpine-repository',
  'alpine.keys': '--alpine-key',
};

/**
 * The flags of bases as configuration.
 * @throws ToolError USAGE, FILE_UNREADABLE for a key
 */
export function baseConfigOf(input: BaseInput, cwd: string): Pick<Config, 'base' | 'debian' | 'alpine'> {
  const base = defined<BaseConfig>({
    name: input.value('base'),
    packages: list(input.values('packages')),
    slim: input.flag('slim'),
    omit: some(input.values('omit')),
  });
  const debian = defined<DebianConfig>({
    release: input.value('debian-release'),
    mirror: input.value('debian-mirror'),
    securityMirror: input.value('debian-security-mirror'),
    snapshot: input.value('snapshot'),
    components: list(input.values('debian-components')),
  });
  const alpine = defined<AlpineConfig>({
    repositories: some(input.values('alpine-repository')),
    keys: some(input.values('alpine-key').map((text) => keyOf(text, cwd))),
    ignoreScripts: list(input.values('alpine-ignore-scripts')),
  });
  return {
    ...(Object.keys(base).length > 0 && { base }),
    ...(Object.keys(debian).length > 0 && { debian }),
    ...(Object.keys(alpine).length > 0 && { alpine }),
  };
}

/** Files that these flags name, which are read with them. Absolute. */
export function baseFilesOf(input: BaseInput, cwd: string): string[] {
  return input
    .values('alpine-key')
    .filter((text) => !isAddress(text))
    .map((file) => path.resolve(cwd, file));
}

function keyOf(text: string, cwd: string): AlpineKeyConfig {
  if (!isAddress(text)) {
    const file = path.resolve(cwd, text);
    try {
      return { pem: readFileSync(file, 'latin1') };
    } catch (error) {
      throw fileError(error, 'read', file);
    }
  }
  const [, url = '', fingerprint = ''] = /^(.*)=([0-9a-fA-F]{64})$/.exec(text) ?? [];
  if (url === '') {
    throw new ToolError('USAGE', '--alpine-key: a key that is fetched needs its fingerprint', {
      hint: 'Write it as URL=SHA256, 64 hexadecimal digits of the key as DER.',
    });
  }
  return { url, fingerprint };
}

function isAddress(text: string): boolean {
  return /^https?:\/\//.test(text);
}

function some<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}

function list(values: readonly string[]): readonly string[] | undefined {
  return some(
    values.flatMap((value) => value.split(',').map((each) => each.trim())).filter((each) => each !== ''),
  );
}
