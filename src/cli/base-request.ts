import path from 'node:path';
import { baseKind, namedBase } from '../bases/names.ts';
import type { MakeOptions } from '../bases/make.ts';
import type { BaseSettings } from '../bases/types.ts';
import { loadLayers } from '../config/load.ts';
import { readLock } from '../config/lock.ts';
import { mergeConfig } from '../config/merge.ts';
import { baseOf, registriesOf } from '../config/request.ts';
import type { Config } from '../config/types.ts';
import { compressionOf } from '../config/values.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { hostPlatform, parsePlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import { extraCertificates } from '../build/extra-certificates.ts';
import type { RegistrySettings } from '../build/types.ts';
import { accessOf } from './access.ts';
import { baseConfigOf, baseFlagOf, type BaseInput } from './base-config.ts';
import { baseLookFlags, type baseSettingFlags } from './base-verb-flags.ts';
import type { Flag, Parsed } from './verb.ts';

type Flags = (typeof baseSettingFlags)[number];
export type BaseVerbInput = Parsed<
  Extract<Flags, { type: 'boolean' }>['name'],
  Extract<Flags, { type: 'string' }>['name'] | 'platform'
>;

/** What a verb of bases was asked for. */
export interface BaseCall extends Omit<MakeOptions, 'platform'> {
  readonly settings: BaseSettings;
  /** coracle.yaml names a base. */
  readonly project: boolean;
  readonly platforms: readonly Platform[];
  readonly registries: Readonly<Record<string, RegistrySettings>>;
}

/**
 * Reads the files of this directory and the flags. Without a name the project's own base is meant; what coracle.yaml says of another base
 * than the one that is named does not count.
 * @throws ToolError USAGE, CONFIG_INVALID, REFERENCE_INVALID, FILE_UNREADABLE
 */
export async function baseCallOf(
  ctx: Ctx,
  given: BaseVerbInput,
  flags: readonly Flag[] = baseLookFlags,
): Promise<BaseCall> {
  const input = onlyOf(given, flags);
  const [name] = input.args;
  const files = await loadLayers(ctx, '.', input.value('config'));
  const own = mergeConfig([...files.layers]).config;
  const said = baseConfigOf(named(input, name), ctx.cwd);
  const { config, origin } = mergeConfig([
    ...files.layers,
    {
      config: { ...said, ...platformsOf(input), ...authoritiesOf(input, ctx.cwd) },
      from: (keys) => ({ name: nameOf(keys) }),
    },
  ]);
  const other = name !== undefined && own.base?.name !== name;
  const wanted: Config = other ? { ...config, base: { ...said.base } } : config;
  const access = accessOf(input, ctx.cwd);
  return {
    settings: settingsOf(wanted, origin),
    project: own.base?.name !== undefined,
    platforms: (config.platforms ?? []).map((text) => parsePlatform(text)),
    compression: compressionOf(config.compression, origin('compression')),
    extraCa: await extraCertificates(config.addCa ?? []),
    locked: (await readLock(path.resolve(ctx.cwd, input.value('lock') ?? 'coracle.lock')))?.composed ?? {},
    access,
    registries: registriesOf(config.registries ?? {}, access),
  };
}

/** A verb need not have all the flags: those that it lacks were not given. */
function onlyOf(input: BaseVerbInput, flags: readonly Flag[]): BaseVerbInput {
  const has: ReadonlySet<string> = new Set(flags.map(({ name }) => name));
  return {
    args: input.args,
    rest: input.rest,
    flag: (name) => (has.has(name) ? input.flag(name) : undefined),
    value: (name) => (has.has(name) ? input.value(name) : undefined),
    values: (name) => (has.has(name) ? input.values(name) : []),
  };
}

/** The input as a verb has it for which the name of the base is a flag. */
function named(input: BaseVerbInput, base: string | undefined): BaseInput {
  return {
    args: input.args,
    rest: input.rest,
    flag: (flag) => input.flag(flag),
    value: (flag) => (flag === 'base' ? base : input.value(flag)),
    values: (flag) => (flag === 'base' ? (base === undefined ? [] : [base]) : input.values(flag)),
  };
}

/** What is wanted for one platform only. @throws ToolError USAGE for several */
export function onePlatform(input: BaseVerbInput): Platform {
  const texts = input.values('platform').flatMap((text) => text.split(','));
  if (texts.length > 1)
    throw new ToolError('USAGE', '--platform: one at a time is looked at', {
      hint: `Take ${texts[0] ?? ''}.`,
    });
  return texts[0] === undefined ? hostPlatform() : parsePlatform(texts[0]);
}

/** An archive is no name of a base and no reference: whoever takes it says what is wrong with it. */
function settingsOf(config: Config, origin: Parameters<typeof baseOf>[1]): BaseSettings {
  const name = config.base?.name ?? 'auto';
  const place = /^(?:oci|oci-archive|docker-archive|docker|store):|^[0-9a-f]{6,64}$/.test(name);
  if (!place || namedBase(name)) return baseOf(config, origin);
  const settings = baseOf({ ...config, base: { ...config.base, name: 'image' } }, origin);
  return baseKind(settings) === 'image' ? { ...settings, name } : settings;
}

function platformsOf(input: BaseVerbInput): Pick<Config, 'platforms'> {
  const platforms = input.values('platform').flatMap((text) => text.split(','));
  return platforms.length === 0 ? {} : { platforms };
}

function authoritiesOf(input: BaseVerbInput, cwd: string): Pick<Config, 'addCa'> {
  const files = input.values('add-ca').map((file) => path.resolve(cwd, file));
  return files.length === 0 ? {} : { addCa: files };
}

function nameOf(keys: readonly (string | number)[]): string {
  if (keys[0] === 'base' && (keys[1] === undefined || keys[1] === 'name')) return 'NAME';
  if (keys[0] === 'platforms') return '--platform';
  if (keys[0] === 'addCa') return '--add-ca';
  return baseFlagOf[keys.slice(0, 2).join('.')] ?? baseFlagOf[String(keys[0])] ?? `--${keys.join('-')}`;
}
