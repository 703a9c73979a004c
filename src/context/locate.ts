/** What the words of a command line mean: a build context, a named context, the Dockerfile, and its .dockerignore. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { closest } from '../core/closest.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, systemCode } from '../core/errors.ts';
import { readFileIfThere } from '../core/files.ts';
import { isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { shown } from './disk.ts';
import { parseGitUrl } from './git-url.ts';
import type { GitUrl } from './git-url.ts';
import { compileIgnore, ignoreNothing, parseIgnoreFile } from './ignore.ts';
import type { Ignore } from './ignore.ts';

export type ContextSpec =
  | { readonly kind: 'directory'; readonly path: string }
  /** A tar archive on this machine. */
  | { readonly kind: 'archive'; readonly path: string }
  | { readonly kind: 'stdin' }
  | { readonly kind: 'git'; readonly url: GitUrl }
  | { readonly kind: 'http'; readonly url: string };

export type NamedSpec =
  | Exclude<ContextSpec, { kind: 'stdin' }>
  | { readonly kind: 'image'; readonly reference: string }
  /** An OCI image layout; without a digest the name in its index, `latest` when none is given. */
  | { readonly kind: 'layout'; readonly path: string; readonly tag?: string; readonly digest?: Digest };

/**
 * Reads the context of a build: a directory, `-`, a Git address, another address, or an archive. As in Docker, a directory of that name
 * goes before all else.
 * @throws ToolError NOT_FOUND, CONTEXT_INVALID
 */
export async function readContextSpec(ctx: Ctx, text: string): Promise<ContextSpec> {
  if (text === '-') return { kind: 'stdin' };
  const local = path.resolve(ctx.cwd, text);
  const stat = text === '' ? undefined : await fs.stat(local).catch(() => undefined);
  if (stat?.isDirectory()) return { kind: 'directory', path: local };
  const url = parseGitUrl(text, { allowShort: true });
  if (url) return { kind: 'git', url };
  if (/^https?:\/\//i.test(text)) return { kind: 'http', url: text };
  if (stat?.isFile() || stat?.isFIFO()) return { kind: 'archive', path: local };
  const near = await neighbour(local);
  throw new ToolError('NOT_FOUND', `there is no build context ${shown(text)}`, {
    hint:
      near === undefined
        ? 'It is a directory, often just a dot (coracle build .), an archive, - for standard input, or the address of a Git repository or archive.'
        : `Did you mean ${near}?`,
  });
}

/**
 * Reads `NAME=VALUE` of --build-context.
 * @throws ToolError USAGE, NOT_FOUND, CONTEXT_INVALID
 */
export async function readNamedContext(
  ctx: Ctx,
  text: string,
): Promise<{ readonly name: string; readonly spec: NamedSpec }> {
  const [, name = '', value = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === '') {
    throw new ToolError('USAGE', `--build-context ${shown(text)} is not of the form NAME=VALUE`, {
      hint: 'For example: --build-context lib=../lib, or base=docker-image://debian:12',
    });
  }
  return { name, spec: await readNamedSpec(ctx, value) };
}

async function readNamedSpec(ctx: Ctx, value: string): Promise<NamedSpec> {
  if (value.startsWith('docker-image://'))
    return { kind: 'image', reference: value.slice('docker-image://'.length) };
  if (value.startsWith('oci-layout://')) return readLayout(ctx, value.slice('oci-layout://'.length));
  if (value.startsWith('target:')) {
    throw new ToolError(
      'UNSUPPORTED',
      `--build-context takes no ${shown(value)}: targets are a matter of bake files`,
      {
        hint: 'Name a stage with COPY --from in the Dockerfile itself.',
      },
    );
  }
  const spec = await readContextSpec(ctx, value);
  if (spec.kind !== 'stdin') return spec;
  throw new ToolError('USAGE', 'standard input cannot be a named context', {
    hint: 'Unpack it into a directory and name that.',
  });
}

/** `PATH[:TAG][@DIGEST]` */
function readLayout(ctx: Ctx, text: string): NamedSpec {
  const [before = '', digest] = text.split('@', 2);
  if (digest !== undefined && !isDigest(digest)) {
    throw new ToolError(
      'REFERENCE_INVALID',
      `oci-layout://${shown(text)} has no sha256 digest behind the @`,
      {
        hint: 'Write it as oci-layout://PATH@sha256: and 64 digits, or oci-layout://PATH:TAG.',
      },
    );
  }
  const [, file = before, tag] = /^(.*):([\w][\w.-]{0,127})$/s.exec(before) ?? [];
  return {
    kind: 'layout',
    path: path.resolve(ctx.cwd, file),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** A name in the same directory that is like it. */
async function neighbour(file: string): Promise<string | undefined> {
  const names = await fs.readdir(path.dirname(file)).catch(() => [] as string[]);
  return closest(path.basename(file), names);
}

export interface Dockerfile {
  /** As errors show it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Absolute, when it lies on this machine. */
  readonly path?: string;
  /** Absolute paths that decided which file it is, whether they are there or not. */
  readonly consulted: readonly string[];
}

/**
 * Finds the Dockerfile of a local build: `file` (relative to `ctx.cwd`), else `Dockerfile` in the context; for a file named `Dockerfile` also
 * `dockerfile`, as in BuildKit.
 * @throws ToolError NOT_FOUND with names that are like it; FILE_UNREADABLE
 */
export async function findDockerfile(ctx: Ctx, root: string, file?: string): Promise<Dockerfile> {
  const wanted = file === undefined ? path.join(root, 'Dockerfile') : path.resolve(ctx.cwd, file);
  const tried: string[] = [];
  for (const candidate of candidates(wanted)) {
    tried.push(candidate);
    const bytes = await readRegular(candidate);
    if (bytes) return { name: nameFor(ctx, candidate), bytes, path: candidate, consulted: tried };
  }
  const names = await fs.readdir(path.dirname(wanted)).catch(() => undefined);
  throw noDockerfile(nameFor(ctx, wanted), names, file === undefined);
}

/** The paths under which a Dockerfile is looked for, one after the other. */
export function candidates(wanted: string): readonly string[] {
  const lower = wanted.replace(/(^|\/)Dockerfile$/, '$1dockerfile');
  return lower === wanted ? [wanted] : [wanted, lower];
}

async function readRegular(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFileIfThere(file);
  } catch (error) {
    if (!(error instanceof Error) || systemCode(error.cause) !== 'EISDIR') throw error;
    throw new ToolError('FILE_UNREADABLE', `${file} is a directory, not a Dockerfile`, {
      cause: error,
      hint: `Name the file in it: -f ${path.join(file, 'Dockerfile')}`,
    });
  }
}

function nameFor({ cwd }: Ctx, file: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('../..') ? file : relative;
}

/** @param names what is where it was looked for; undefined when there is no such directory */
export function noDockerfile(
  wanted: string,
  names: readonly string[] | undefined,
  byDefault: boolean,
): ToolError {
  const like = (names ?? []).filter(
    (name) => /dockerfile|containerfile/i.test(name) && !name.endsWith('.dockerignore'),
  );
  const near = closest(path.basename(wanted), names ?? []) ?? like[0];
  const found = like.length > 1 ? `There are: ${like.slice(0, 8).join(', ')}.` : `There is ${near ?? ''}.`;
  const where = names === undefined ? 'There is no such directory either.' : 'Name the file with -f PATH.';
  return new ToolError('NOT_FOUND', `there is no Dockerfile ${shown(wanted)}`, {
    hint:
      near === undefined
        ? where
        : `${found} Name it with -f PATH${byDefault ? '' : ', relative to where you are'}.`,
  });
}

/**
 * What is left out of a local context: by `<Dockerfile>.dockerignore` beside the Dockerfile if there is one, else by `.dockerignore` in
 * the root of the context.
 * @throws ToolError CONTEXT_INVALID, FILE_UNREADABLE
 */
export async function readIgnore(
  ctx: Ctx,
  root: string,
  dockerfile?: string,
): Promise<{ readonly ignore: Ignore; readonly consulted: readonly string[] }> {
  const consulted: string[] = [];
  const own = dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`];
  for (const file of [...own, path.join(root, '.dockerignore')]) {
    consulted.push(file);
    const bytes = await readFileIfThere(file);
    if (bytes) return { ignore: compileIgnore(parseIgnoreFile(bytes, nameFor(ctx, file))), consulted };
  }
  return { ignore: ignoreNothing, consulted };
}
