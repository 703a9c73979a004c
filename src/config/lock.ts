import path from 'node:path';
import { readFileIfThere, writeFileAtomic } from '../core/files.ts';
import type { Digest } from '../oci/digest.ts';
import type { LockedBase, LockedPackage } from '../bases/types.ts';
import type { Schema } from './schema/kit.ts';

/** What coracle.lock pins: every input of an image that is not in the source. */
export interface Lock {
  readonly go?: {
    readonly version: string;
    /** By platform of the machine that builds: `h1:…` of the toolchain's module, or `sha256:…` of its archive. */
    readonly hash?: Readonly<Record<string, string>>;
  };
  readonly caBundle?: Pinned;
  readonly zoneinfo?: Pinned;
  /** The digest of each base image, by its reference. */
  readonly bases?: Readonly<Record<string, Digest>>;
  /** The packages of each base that is made from some, by its name, platform and a digest of what decides it. */
  readonly composed?: Readonly<Record<string, LockedBase>>;
}

export interface Pinned {
  /** Where it comes from, for people: `go1.26.8`. */
  readonly source: string;
  readonly digest: Digest;
}

const digest: Schema = {
  type: 'string',
  pattern: '^sha256:[0-9a-f]{64}$',
  examples: ['sha256: and 64 hexadecimal digits'],
};
const pinned: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['source', 'digest'],
  properties: { source: { type: 'string', minLength: 1 }, digest },
};

const composed: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['source', 'packages'],
  properties: {
    source: { type: 'string', minLength: 1 },
    wanted: { type: 'array', items: { type: 'string', minLength: 1 } },
    packages: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['version', 'architecture', 'sha256', 'size', 'filename'],
        properties: {
          version: { type: 'string', pattern: '^[A-Za-z0-9.+:~_-]+$', examples: ['2.36-9'] },
          architecture: { type: 'string', pattern: '^[a-z0-9_-]+$', examples: ['amd64'] },
          sha256: { type: 'string', pattern: '^[0-9a-f]{64}$', examples: ['64 hexadecimal digits'] },
          size: { type: 'integer', minimum: 0 },
          filename: {
            type: 'string',
            pattern: '^(?!/)(?!.*(?:^|/)\\.\\.?(?:/|$))[A-Za-z0-9.+:~_/%-]+$',
            examples: ['pool/main/g/glibc/libc6_2.36-9_amd64.deb'],
          },
        },
      },
    },
  },
};

/** The form of coracle.lock; docs/schemas/coracle-lock.schema.json is made from it. */
export const lockSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'coracle.lock',
  description: 'Every input of an image that is not in the source, pinned. Written by Coracle.',
  type: 'object',
  additionalProperties: false,
  required: ['version'],
  properties: {
    version: { type: 'integer', minimum: 1, maximum: 1 },
    go: {
      type: 'object',
      additionalProperties: false,
      required: ['version'],
      properties: {
        version: { type: 'string', pattern: '^[0-9]+\\.[0-9]+((\\.|rc|beta)[0-9]+)*$', examples: ['1.26.3'] },
        hash: {
          type: 'object',
          additionalProperties: {
            type: 'string',
            pattern: '^(h1:[A-Za-z0-9+/]{43}=|sha256:[0-9a-f]{64})$',
            examples: ['h1:…'],
          },
        },
      },
    },
    'ca-bundle': pinned,
    zoneinfo: pinned,
    bases: { type: 'object', additionalProperties: digest },
    composed: { type: 'object', additionalProperties: composed },
  },
};

const header = `# What this image is made from besides its source. Coracle keeps it; commit it.
# coracle lock --update shows what newer inputs there are, and takes them.
`;

/**
 * Reads a coracle.lock; undefined when there is none.
 * @throws ToolError CONFIG_INVALID with the place, FILE_UNREADABLE
 */
export async function readLock(file: string): Promise<Lock | undefined> {
  const bytes = await readFileIfThere(file);
  if (!bytes) return undefined;
  const { parseLock } = await import('./lock-parse.ts');
  return parseLock(bytes.toString('utf8'), path.basename(file));
}

/** Writes a coracle.lock, unless the file says just that already. @throws ToolError FILE_UNWRITABLE, DISK_FULL */
export async function writeLock(file: string, lock: Lock): Promise<void> {
  const text = formatLock(lock);
  const before = await readFileIfThere(file);
  if (before?.toString('utf8') === text) return;
  await writeFileAtomic(file, text);
}

/** The text of a lock: always the same for the same content, whatever the order of its keys. */
export function formatLock({ go, caBundle, zoneinfo, bases, composed: made }: Lock): string {
  const lines = ['version: 1'];
  if (go) {
    lines.push('go:', `  version: ${quoted(go.version)}`);
    if (go.hash && Object.keys(go.hash).length > 0) lines.push('  hash:', ...sorted(go.hash, '    '));
  }
  for (const [name, input] of [
    ['ca-bundle', caBundle],
    ['zoneinfo', zoneinfo],
  ] as const) {
    if (input)
      lines.push(`${name}:`, `  source: ${quoted(input.source)}`, `  digest: ${quoted(input.digest)}`);
  }
  if (bases && Object.keys(bases).length > 0) lines.push('bases:', ...sorted(bases, '  '));
  if (made) lines.push(...composedLines(made));
  return `${header}${lines.join('\n')}\n`;
}

/** One line for each package, so that a difference between two locks reads well. */
function composedLines(made: NonNullable<Lock['composed']>): string[] {
  const entries = Object.entries(made).sort(byKey);
  if (entries.length === 0) return ['composed: {}'];
  return [
    'composed:',
    ...entries.flatMap(([key, { source, wanted, packages }]) => [
      `  ${quoted(key)}:`,
      `    source: ${quoted(source)}`,
      ...(wanted ? [`    wanted: [${wanted.map(quoted).join(', ')}]`] : []),
      '    packages:',
      ...packages.map((one) => `      ${quoted(one.name)}: ${packageText(one)}`),
    ]),
  ];
}

function packageText({ version, architecture, sha256, size, filename }: LockedPackage): string {
  const parts = Object.entries({ version, architecture, sha256, size, filename });
  return `{ ${parts.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ')} }`;
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

function sorted(map: Readonly<Record<string, string>>, indent: string): string[] {
  return Object.entries(map)
    .sort(byKey)
    .map(([key, value]) => `${indent}${quoted(key)}: ${quoted(value)}`);
}

/** YAML's double quotes are JSON's; they keep `1.20` from being a number. Plain names stand as they are. */
function quoted(text: string): string {
  return /^[a-z][a-z0-9/_-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/.test(text)
    ? text
    : JSON.stringify(text);
}
