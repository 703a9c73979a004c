import { ToolError, type SourceRange } from '../core/errors.ts';
import type { Compression } from '../layer/compress.ts';
import type { HealthConfig } from '../oci/types.ts';
import { defined } from './defined.ts';
import type { CompressionConfig, HealthcheckConfig } from './types.ts';

/** Says where a value came from, for an error about it: a flag's name or a place in a file. */
export interface From {
  /** `--compression`, `compression.level in coracle.yaml`. */
  readonly name: string;
  readonly where?: SourceRange;
}

function bad(from: From, message: string, hint?: string): ToolError {
  return new ToolError(from.where ? 'CONFIG_INVALID' : 'USAGE', `${from.name}: ${message}`, {
    ...(from.where ? { where: from.where } : {}),
    ...(hint === undefined ? {} : { hint }),
  });
}

const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Go's (and Docker's) durations, `1m30s`, in nanoseconds. */
export function nanoseconds(text: string, from: From): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) {
    throw bad(from, `${JSON.stringify(text)} is not a duration`, 'Write it as 30s, 1m30s or 500ms.');
  }
  return Math.round(
    parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0),
  );
}

/** `7d`, `12h`, `2w` or a duration of Go's, in milliseconds. */
export function ageLimit(text: string, from: From): number {
  const long = /^(\d+)([dw])$/.exec(text);
  if (long) return Number(long[1]) * (long[2] === 'd' ? 1 : 7) * 86_400_000;
  try {
    return nanoseconds(text, from) / 1e6;
  } catch {
    throw bad(from, `${JSON.stringify(text)} is not an age`, 'Write it as 7d, 12h, 2w or 30m.');
  }
}

/** `5GB`, `500MB`, `1.5GiB`, `1024`, in bytes. */
export function byteCount(text: string, from: From): number {
  const form = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?)b?|b)?$/i.exec(text);
  if (!form) throw bad(from, `${JSON.stringify(text)} is not a size`, 'Write it as 500MB, 5GB or 2GiB.');
  const power = form[2] === undefined ? 0 : 'kmgt'.indexOf(form[2].toLowerCase()) + 1;
  return Math.round(Number(form[1]) * (form[3] ? 1024 : 1000) ** power);
}

const levels = { gzip: [1, 12], zstd: [1, 19] } as const;

/** The compression that a request carries; the level is checked against the kind's range. */
export function compressionOf(config: CompressionConfig | undefined, from: From): Compression {
  const kind = config?.type ?? 'gzip';
  const level = config?.level;
  if (level === undefined) return { kind };
  if (kind === 'none') throw bad(from, 'type none has no level');
  const [least, most] = levels[kind];
  if (!Number.isInteger(level) || level < least || level > most) {
    throw bad(from, `level ${level} is not one of ${kind}'s`, `${kind} takes levels ${least} to ${most}.`);
  }
  return { kind, level };
}

/** `gzip`, `zstd:19`, `none`. */
export function parseCompression(text: string, from: From): CompressionConfig {
  const form = /^(gzip|zstd|none)(?::(\d+))?$/.exec(text);
  if (!form)
    throw bad(
      from,
      `${JSON.stringify(text)} is no compression`,
      'Write it as gzip, zstd, none, gzip:9 or zstd:19.',
    );
  const type = (['gzip', 'zstd', 'none'] as const).find((each) => each === form[1]);
  const config: CompressionConfig = {
    ...(type && { type }),
    ...(form[2] === undefined ? {} : { level: Number(form[2]) }),
  };
  compressionOf(config, from);
  return config;
}

/** A health check in the image config's own form; times in nanoseconds there. `false` switches an inherited one off. */
export function healthOf(config: HealthcheckConfig | false, from: From): HealthConfig {
  if (config === false) return { Test: ['NONE'] };
  const time = (key: string, text: string | undefined): number | undefined =>
    text === undefined ? undefined : nanoseconds(text, { ...from, name: `${from.name}.${key}` });
  return defined<HealthConfig>({
    Test: typeof config.cmd === 'string' ? ['CMD-SHELL', config.cmd] : ['CMD', ...config.cmd],
    Interval: time('interval', config.interval),
    Timeout: time('timeout', config.timeout),
    StartPeriod: time('startPeriod', config.startPeriod),
    StartInterval: time('startInterval', config.startInterval),
    Retries: config.retries,
  });
}

/** Octal permission bits as text, `0644`. */
export function fileMode(text: string, from: From): number {
  if (!/^0?o?[0-7]{3,4}$/.test(text))
    throw bad(from, `${JSON.stringify(text)} is no file mode`, 'Write it in octal: 0644, 0755.');
  return Number.parseInt(text.replace('o', ''), 8);
}

/** `UID` or `UID:GID`; the group defaults to the user's number. */
export function fileOwner(text: string, from: From): { uid: number; gid: number } {
  const form = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text);
  if (!form)
    throw bad(from, `${JSON.stringify(text)} is no owner`, 'Write it in numbers, as 65532 or 65532:65532.');
  return { uid: Number(form[1]), gid: Number(form[2] ?? form[1]) };
}

/** `KEY=VALUE`; a key alone takes its value from `env`, as Docker does, and is left out when it is not set there. */
export function pairs(
  texts: readonly string[],
  from: From,
  env?: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const all: Record<string, string> = {};
  for (const text of texts) {
    const equals = text.indexOf('=');
    const key = equals === -1 ? text : text.slice(0, equals);
    if (key === '') throw bad(from, `${JSON.stringify(text)} has no name`, 'Write it as NAME=VALUE.');
    if (equals !== -1) all[key] = text.slice(equals + 1);
    else if (env === undefined)
      throw bad(from, `${JSON.stringify(text)} has no value`, 'Write it as NAME=VALUE.');
    else if (env[key] !== undefined) all[key] = env[key];
  }
  return all;
}
