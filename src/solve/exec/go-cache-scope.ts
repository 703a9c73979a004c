/** Which of the directories that are kept a step may have: one for each project, platform, user, and tree apart from the context's files. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { LayerIndex } from '../../layer/layer-index.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { Snapshots } from '../../snapshot/types.ts';
import type { ExecOp, GoCacheTaken, SolvedLayer } from '../graph.ts';
import type { MountRequest } from './request.ts';
import type { ProcessUser } from './user.ts';

export interface GoCacheScopes {
  readonly modules: GoCacheName;
  readonly builds: GoCacheName;
}

export interface GoCacheName {
  readonly here: string;
  /** The same on every machine, for caches that travel. */
  readonly anywhere: string;
}

interface ScopeRequest {
  readonly op: ExecOp;
  readonly taken: GoCacheTaken;
  readonly user: ProcessUser;
  readonly beneath: readonly SolvedLayer[];
  readonly subtree: MountRequest['subtree'];
}

/**
 * Names of a step's caches. GOCACHE's depends on more: the go command does not know what C compilers and its assembler read besides a
 * package's own directory, so what they may have read in the files of the context counts.
 */
export async function goCacheScopes(
  snapshots: Snapshots,
  { op, taken, user, beneath, subtree }: ScopeRequest,
): Promise<GoCacheScopes> {
  const firm = beneath.length - taken.changing;
  const tree = beneath.slice(0, firm).map(({ id }) => id);
  const common = [formatPlatform(op.platform), user.uid, user.gid, tree];
  const read = createHash('sha256');
  const count = (index: LayerIndex, counts: (name: string) => boolean): void => {
    for (const { path: name, type, digest: content, linkName } of index)
      if (type !== 'directory' && counts(name))
        read.update(JSON.stringify([name, type, content ?? linkName]));
  };
  const included = taken.cgo ? mayBeIncluded : isHeader;
  for (const layer of beneath.slice(firm)) {
    // What a go step left is made of sources that are counted, or it is a header that cgo reads.
    count(await snapshots.index(layer.id), layer.goCache ? isHeader : included);
  }
  for (const mount of op.mounts) {
    if (mount.type !== 'bind') continue;
    count((await subtree(mount.input, mount.source)).index, included);
  }
  const name = (...parts: readonly unknown[]): GoCacheName => ({
    here: digest([taken.scope, parts]),
    anywhere: digest([taken.project, parts]),
  });
  return { modules: name('modules', common), builds: name('builds', common, read.digest('hex')) };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}

const headers = new Set(
  'h hh hpp hxx h++ inc inl ipp tcc def s S sx asm c cc cpp cxx m mm f F for f90 swig swigcxx'.split(' '),
);

function isHeader(name: string): boolean {
  return !inRepository(name) && headers.has(path.posix.extname(name).slice(1));
}

/** Any file can be, but nobody does it with these. */
const neverIncluded = new Set(
  [
    'go mod sum work md markdown rst txt adoc yaml yml json jsonc toml ini env cfg conf proto sql graphql csv tsv xml',
    'html htm css scss sass less js mjs cjs ts mts cts jsx tsx vue svelte map lock tmpl tpl gotmpl gohtml',
    'png jpg jpeg gif svg ico webp avif bmp pdf woff woff2 ttf otf eot mp3 mp4 webm zip gz tgz xz zst',
    'sh bash zsh fish ps1 bat cmd py rb pl lua tf hcl bazel bzl nix pem crt key golden snap log',
    'dockerfile dockerignore gitignore gitattributes gitmodules editorconfig golangci',
  ].flatMap((line) => line.split(' ')),
);

const neverNames =
  /^(dockerfile|containerfile|makefile|license|licence|copying|notice|readme|authors|contributors|changelog|codeowners|procfile|justfile|jenkinsfile|version)(\.|$)/i;

function mayBeIncluded(name: string): boolean {
  const base = path.posix.basename(name);
  if (inRepository(name) || neverNames.test(base)) return false;
  const extension = path.posix.extname(base.startsWith('.') ? `x${base}` : base).slice(1);
  return !neverIncluded.has(extension.toLowerCase());
}

/** Git's own files change with each commit. */
function inRepository(name: string): boolean {
  return name.split('/').includes('.git');
}
