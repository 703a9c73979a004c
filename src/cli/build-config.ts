import path from 'node:path';
import type { Layer } from '../config/merge.ts';
import type { Config, FileConfig, GoConfig, HealthcheckConfig } from '../config/types.ts';
import { csvFields } from '../config/csv.ts';
import { defined, type Loose } from '../config/defined.ts';
import { pairs, parseCompression } from '../config/values.ts';
import { commandWords } from '../config/words.ts';
import type { Env } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { cgoModes } from '../golang/build-flags.ts';
import { baseConfigOf, baseFlagOf } from './base-config.ts';
import type { buildFlags } from './build-flags.ts';
import type { Parsed } from './verb.ts';

type Flags = (typeof buildFlags)[number];
export type BuildInput = Parsed<
  Extract<Flags, { type: 'boolean' }>['name'],
  Extract<Flags, { type: 'string' }>['name']
>;

/** Which flag says a key of the config, for errors. */
const flagOf: Readonly<Record<string, string>> = {
  ...baseFlagOf,
  platforms: '--platform',
  addCa: '--add-ca',
  files: '--add-file',
  ports: '--port',
  volumes: '--volume',
  stopSignal: '--stop-signal',
  mediaTypes: '--media-types',
  healthcheck: '--health-cmd',
  'healthcheck.interval': '--health-interval',
};

/**
 * The flags of `build` as a source of configuration.
 * @throws ToolError USAGE
 */
export function configOfFlags(input: BuildInput, cwd: string, env: Env): Layer {
  const entrypoint = input.value('entrypoint');
  const cmd = input.value('cmd');
  const compression = input.value('compression');
  const mediaTypes = input.value('media-types');
  const config = defined<Config>({
    platforms: list(input.values('platform')),
    go: anyDefined<GoConfig>(goOf(input, env)),
    ...baseConfigOf(input, cwd),
    addCa: some(input.values('add-ca').map((file) => path.resolve(cwd, file))),
    files: some(input.values('add-file').map((text) => fileOf(text, cwd))),
    user: input.value('user'),
    entrypoint: entrypoint === undefined ? undefined : commandWords(entrypoint, { name: '--entrypoint' }),
    cmd: cmd === undefined ? undefined : commandWords(cmd, { name: '--cmd' }),
    env: someKeys(pairs(input.values('env'), { name: '--env' }, env)),
    ports: list(input.values('port')),
    labels: someKeys(pairs(input.values('label'), { name: '--label' })),
    annotations: someKeys(annotationsOf(input.values('annotation')).manifest),
    workdir: input.value('workdir'),
    stopSignal: input.value('stop-signal'),
    healthcheck: healthOf(input),
    volumes: some(input.values('volume')),
    compression:
      compression === undefined ? undefined : parseCompression(compression, { name: '--compression' }),
    mediaTypes: mediaTypes === 'docker' || mediaTypes === 'oci' ? mediaTypes : undefined,
  });
  return {
    config,
    from: (keys) => ({
      name: flagOf[keys.slice(0, 2).join('.')] ?? flagOf[String(keys[0])] ?? `--${keys.join('-')}`,
    }),
  };
}

function goOf(input: BuildInput, env: Env): Loose<GoConfig> {
  const cgo = input.value('cgo');
  return {
    version: input.value('go-version'),
    flags: some(input.values('go-flags')),
    tags: list(input.values('go-tags')),
    ldflags: some(input.values('ldflags')),
    gcflags: some(input.values('gcflags')),
    env: someKeys(pairs(input.values('go-env'), { name: '--go-env' }, env)),
    cgo: cgoModes.find((mode) => mode === cgo),
    strip: input.flag('strip'),
    vcs: input.flag('vcs'),
    amd64: input.value('goamd64'),
    arm: input.value('goarm'),
  };
}

function healthOf(input: BuildInput): HealthcheckConfig | false | undefined {
  if (input.flag('no-healthcheck')) return false;
  const cmd = input.value('health-cmd');
  const retries = input.value('health-retries');
  if (retries !== undefined && !/^[1-9]\d{0,3}$/.test(retries)) {
    throw new ToolError('USAGE', `--health-retries: ${JSON.stringify(retries)} is no count`);
  }
  return anyDefined<HealthcheckConfig>({
    cmd: cmd === undefined ? undefined : commandWords(cmd, { name: '--health-cmd' }),
    interval: input.value('health-interval'),
    timeout: input.value('health-timeout'),
    startPeriod: input.value('health-start-period'),
    startInterval: input.value('health-start-interval'),
    retries: retries === undefined ? undefined : Number(retries),
  });
}

/** `FROM:TO`, then options: `static:/srv/static,mode=0644,owner=0:0`. */
function fileOf(text: string, cwd: string): FileConfig {
  const [where = '', ...options] = csvFields(text, '--add-file');
  const colon = where.lastIndexOf(':');
  if (colon < 1 || colon === where.length - 1) {
    throw new ToolError('USAGE', `--add-file: ${JSON.stringify(where)} is not FROM:TO`, {
      hint: 'For example --add-file static:/srv/static,mode=0644.',
    });
  }
  const file = { from: path.resolve(cwd, where.slice(0, colon)), to: where.slice(colon + 1) };
  const extra: Record<string, string> = {};
  for (const option of options) {
    const form = /^(mode|owner)=(.+)$/.exec(option);
    if (!form)
      throw new ToolError(
        'USAGE',
        `--add-file: there is no option ${JSON.stringify(option)}; it takes mode=MODE and owner=UID:GID`,
      );
    extra[form[1] ?? ''] = form[2] ?? '';
  }
  return { ...file, ...extra };
}

/** buildx's `--annotation`: `key=value`, with `manifest:`, `index:` or both before it. */
export function annotationsOf(texts: readonly string[]): {
  manifest: Record<string, string>;
  index: Record<string, string>;
} {
  const all: { manifest: Record<string, string>; index: Record<string, string> } = {
    manifest: {},
    index: {},
  };
  for (const text of texts) {
    const form =
      /^((?:manifest|index|manifest-descriptor|index-descriptor)(?:,(?:manifest|index|manifest-descriptor|index-descriptor))*):(.*)$/s.exec(
        text,
      );
    const levels = form?.[1]?.split(',') ?? ['manifest'];
    const pair = pairs([form?.[2] ?? text], { name: '--annotation' });
    for (const level of levels) {
      if (level !== 'manifest' && level !== 'index') {
        throw new ToolError(
          'UNSUPPORTED',
          `--annotation: annotations of a ${level.replace('-', "'s ")} are not made`,
          {
            hint: 'Use manifest: or index:.',
          },
        );
      }
      Object.assign(all[level], pair);
    }
  }
  return all;
}

/** As `defined`, and undefined itself when nothing is left. */
function anyDefined<T extends object>(value: Loose<T>): T | undefined {
  const result = defined<T>(value);
  return Object.keys(result).length === 0 ? undefined : result;
}

function some<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}

function list(values: readonly string[]): readonly string[] | undefined {
  return some(
    values.flatMap((value) => value.split(',').map((each) => each.trim())).filter((each) => each !== ''),
  );
}

function someKeys(map: Record<string, string>): Record<string, string> | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}
