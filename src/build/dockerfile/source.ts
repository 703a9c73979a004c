/** What is built from: the Dockerfile, the build context, the named contexts that are files. */
import path from 'node:path';
import { onceMap } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { openContext, openNamedContext } from '../../context/context.ts';
import type { OpenedContext } from '../../context/context.ts';
import type { DirectoryTree } from '../../context/directory.ts';
import type { NamedSpec } from '../../context/locate.ts';
import { checkFrontend } from '../../dockerfile/directives-frontend.ts';
import { parseDockerfile } from '../../dockerfile/parse.ts';
import type { Dockerfile } from '../../dockerfile/syntax.ts';
import type { Tree } from '../../snapshot/types.ts';
import type { Store } from '../../store/store.ts';
import type { BuildRequest } from '../types.ts';
import type { Door } from './build.ts';

export interface OpenedSource {
  readonly dockerfile: Dockerfile;
  /** The Dockerfile has a RUN. */
  readonly runs: boolean;
  /** What an image without a tag is called. */
  readonly name: string;
  /** Names this build among others: Dockerfile and context. */
  readonly scope: string;
  /** Of the context, when it is one of this machine. Absolute. */
  readonly directory?: string;
  /** Absolute paths that were read or looked for besides the contexts: the Dockerfile, .dockerignore. */
  files(): readonly string[];
  readonly context: Tree;
  /** A named context that is files; opened once. */
  open(name: string, spec: Exclude<NamedSpec, { kind: 'image' | 'layout' }>): Promise<Tree>;
  /** Directories that were opened. */
  trees(): readonly DirectoryTree[];
  /** Something was read of which no later build can know by itself whether it changed. */
  passing(): void;
  /** False after `passing`. */
  lasting(): boolean;
}

/**
 * @throws ToolError NOT_FOUND for a Dockerfile or context that is not there, DOCKERFILE_INVALID, UNSUPPORTED for another frontend
 */
export async function openSource(
  ctx: Ctx,
  store: Store,
  { what, dockerfile: { file, args, dryRun } }: BuildRequest,
  door: Door,
): Promise<OpenedSource> {
  // What is read from standard input cannot be read again by the process that may take over.
  if (what === '-' || file === '-') await door.enterUserNamespace();
  const keepGitDir = args['BUILDKIT_CONTEXT_KEEP_GIT_DIR'];
  const main = await openContext(ctx, store, {
    context: what,
    ...(file === undefined ? {} : { file }),
    stdin: door.stdin,
    ...(keepGitDir === undefined ? {} : { keepGitDir: keepGitDir === '1' || keepGitDir === 'true' }),
  });
  const dockerfile = parseDockerfile(main.dockerfile.bytes, main.dockerfile.name);
  checkFrontend(dockerfile, args['BUILDKIT_SYNTAX']);
  const runs = dockerfile.nodes.some((node) => node.kind === 'instruction' && node.keyword === 'RUN');
  if (runs && !dryRun) await door.enterUserNamespace();
  const opened: Omit<OpenedContext, 'dockerfile'>[] = [main];
  const once = onceMap<Tree>();
  let lasting = main.directory !== undefined && main.dockerfile.path !== undefined;
  return {
    dockerfile,
    runs,
    name: nameOf(main, what),
    scope: `${main.dockerfile.path ?? main.dockerfile.name} ${main.directory?.root ?? main.identifier}`,
    ...(main.directory ? { directory: main.directory.root } : {}),
    files: () => opened.flatMap(({ consulted }) => consulted),
    context: main.tree,
    open: async (name, spec) =>
      once(name, async () => {
        const context = await openNamedContext(ctx, store, spec);
        opened.push(context);
        if (!context.directory) lasting = false;
        return context.tree;
      }),
    trees: () => opened.flatMap(({ directory }) => (directory ? [directory] : [])),
    passing: () => {
      lasting = false;
    },
    lasting: () => lasting,
  };
}

/** A directory's own name; of an address, the repository's or file's. */
function nameOf({ directory }: OpenedContext, what: string): string {
  const name = directory
    ? path.basename(directory.root)
    : path.basename(what.replace(/[?#].*$/s, '')).replace(/\.(git|tar(\.\w+)?|tgz)$/, '');
  return name === '' || name === '-' ? 'image' : name;
}
