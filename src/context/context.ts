/**
 * context/ gives the trees that a Dockerfile build copies from: a directory with what .dockerignore leaves of it, an archive, a Git
 * repository, a URL. It reads lazily and never beyond the root of what it was given, whatever links say. It must not know
 * Dockerfiles' instructions, what is copied where, images, or how steps run.
 */
import { createReadStream } from 'node:fs';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { parentOf } from '../layer/safe-path.ts';
import type { Bytes } from '../oci/image.ts';
import type { Tree } from '../snapshot/types.ts';
import type { Store } from '../store/store.ts';
import { emptyTree, isArchive, openArchive, openStdin, readText } from './archive.ts';
import { byteSource } from '../layer/byte-source.ts';
import { openDirectory } from './directory.ts';
import type { DirectoryTree } from './directory.ts';
import { openGit } from './git.ts';
import { openUrl } from './http.ts';
import { candidates, findDockerfile, noDockerfile, readContextSpec, readIgnore } from './locate.ts';
import type { ContextSpec, Dockerfile, NamedSpec } from './locate.ts';
import { cleanPath } from './go-strings.ts';

export interface ContextRequest {
  /** As typed: a directory, `-`, an archive, an address. */
  readonly context: string;
  /** As typed behind -f; `-` is standard input. */
  readonly file?: string;
  /** Standard input; called at most once. */
  readonly stdin: () => Bytes;
  /** `.git` stays in a Git context (BUILDKIT_CONTEXT_KEEP_GIT_DIR). */
  readonly keepGitDir?: boolean;
}

export interface OpenedContext {
  readonly tree: Tree;
  readonly dockerfile: Dockerfile;
  /** As BuildKit names sources: `local://context`, `git://…`, `https://…`. */
  readonly identifier: string;
  /** The same tree when it is a directory of this machine: for `recordContext`, and to be saved in the end. */
  readonly directory?: DirectoryTree;
  /** Absolute paths beside the tree that the build depends on, there or not. */
  readonly consulted: readonly string[];
  /** Of a Git context. */
  readonly commit?: string;
}

/**
 * Opens the main context of a build and finds its Dockerfile. `.dockerignore` counts in local directories only, as in BuildKit.
 * @throws ToolError NOT_FOUND, USAGE, and what the kinds of context throw
 */
export async function openContext(ctx: Ctx, store: Store, request: ContextRequest): Promise<OpenedContext> {
  const spec = await readContextSpec(ctx, request.context);
  const { file } = request;
  if (spec.kind === 'directory') return openLocal(ctx, store, spec.path, request);
  if (spec.kind === 'stdin' && file === '-') {
    throw new ToolError('USAGE', 'standard input cannot be both the context and the Dockerfile', {
      hint: 'Leave away -f - to give only a Dockerfile, or name a directory as the context.',
    });
  }
  const { tree, identifier, text, commit } = await openRemote(ctx, store, spec, request);
  const dockerfile =
    file === '-'
      ? await fromStdin(request)
      : text
        ? { ...text, consulted: [] }
        : await findInTree(tree, file);
  const consulted = spec.kind === 'archive' ? [spec.path] : [];
  return { tree, dockerfile, identifier, consulted, ...(commit !== undefined && { commit }) };
}

/**
 * Opens a named context that is files; images and layouts are the caller's business.
 * @throws ToolError as `openContext`
 */
export async function openNamedContext(
  ctx: Ctx,
  store: Store,
  spec: Exclude<NamedSpec, { kind: 'image' | 'layout' }>,
): Promise<Omit<OpenedContext, 'dockerfile'>> {
  if (spec.kind === 'directory') {
    const { ignore, consulted } = await readIgnore(ctx, spec.path);
    const directory = await openDirectory(ctx, spec.path, { ignore, cache: store.cache });
    return { tree: directory, directory, consulted, identifier: `local://${spec.path}` };
  }
  const { tree, identifier, commit } = await openRemote(ctx, store, spec, {});
  const consulted = spec.kind === 'archive' ? [spec.path] : [];
  return { tree, identifier, consulted, ...(commit !== undefined && { commit }) };
}

async function openLocal(
  ctx: Ctx,
  store: Store,
  root: string,
  request: ContextRequest,
): Promise<OpenedContext> {
  const dockerfile =
    request.file === '-' ? await fromStdin(request) : await findDockerfile(ctx, root, request.file);
  const { ignore, consulted } = await readIgnore(ctx, root, dockerfile.path);
  const directory = await openDirectory(ctx, root, { ignore, cache: store.cache });
  return {
    tree: directory,
    directory,
    dockerfile,
    identifier: 'local://context',
    consulted: [...dockerfile.consulted, ...consulted],
  };
}

interface Remote {
  readonly tree: Tree;
  readonly identifier: string;
  readonly commit?: string;
  /** What came is no archive but a Dockerfile. */
  readonly text?: { readonly name: string; readonly bytes: Uint8Array };
}

async function openRemote(
  ctx: Ctx,
  store: Store,
  spec: Exclude<ContextSpec, { kind: 'directory' }>,
  request: Partial<ContextRequest>,
): Promise<Remote> {
  if (spec.kind === 'http') return fromUrl(ctx, store, spec.url);
  if (spec.kind === 'git') {
    const keep = request.keepGitDir === undefined ? {} : { keepGitDir: request.keepGitDir };
    const { tree, commit } = await openGit(ctx, store, spec.url, keep);
    return { tree, commit, identifier: `${spec.url.remote}#${commit}` };
  }
  if (spec.kind === 'archive') {
    const tree = await openArchive(store.blobs, spec.path, createReadStream(spec.path));
    return { tree, identifier: `local://${spec.path}` };
  }
  const opened = await openStdin(store.blobs, request.stdin?.() ?? nothing());
  const identifier = 'local://context';
  if ('tree' in opened) return { tree: opened.tree, identifier };
  return { tree: emptyTree, identifier, text: { name: 'Dockerfile', bytes: opened.dockerfile } };
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // standard input that nobody gave
}

/** What an address gives: an archive to build from, or a Dockerfile. */
async function fromUrl(ctx: Ctx, store: Store, url: string): Promise<Remote> {
  const fetched = await openUrl(ctx, store, url);
  const [file] = await fetched.list('');
  const identifier = url.replace(/^(https?:\/\/)[^/@]*@/i, '$1').replace(/[?#].*/s, '');
  if (!file) throw new ToolError('INTERNAL', 'a fetched file is not in its tree');
  const source = byteSource(fetched.open(file));
  const start = await source.peek(512);
  await source.close();
  if (isArchive(start))
    return { tree: await openArchive(store.blobs, identifier, fetched.open(file)), identifier };
  const bytes = await readText(fetched.open(file));
  return { tree: fetched, identifier, text: { name: file.path, bytes } };
}

async function fromStdin({ stdin }: ContextRequest): Promise<Dockerfile> {
  return { name: 'Dockerfile', bytes: await readText(stdin()), consulted: [] };
}

/** The Dockerfile of a context that is not a directory of this machine: -f is a path in it. */
async function findInTree(tree: Tree, file = 'Dockerfile'): Promise<Dockerfile> {
  const wanted = cleanPath(`/${file}`).slice(1);
  for (const candidate of candidates(wanted)) {
    const entry = await tree.entry(candidate);
    if (entry?.type === 'file')
      return { name: candidate, bytes: await readText(tree.open(entry)), consulted: [] };
  }
  const names = (await tree.list(parentOf(wanted))).map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  throw noDockerfile(wanted, names, true);
}
