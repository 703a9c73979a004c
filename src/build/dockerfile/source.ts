/** What is built from: the Dockerfile, the build context, the named contexts that are files. Opened when they are needed. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { onceMap } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { openDirectory } from '../../context/context.ts';
import type { DirectoryTree } from '../../context/directory.ts';
import { compileIgnore, parseIgnoreFile } from '../../context/ignore.ts';
import type { Ignore } from '../../context/ignore.ts';
import { checkFrontend } from '../../dockerfile/directives-frontend.ts';
import { parseDockerfile } from '../../dockerfile/parse.ts';
import type { Dockerfile } from '../../dockerfile/syntax.ts';
import type { Tree } from '../../snapshot/types.ts';
import type { Store } from '../../store/store.ts';
import type { BuildRequest } from '../types.ts';
import type { Door } from './build.ts';

export interface OpenedSource {
  readonly dockerfile: Dockerfile;
  /** What an image without a tag is called. */
  readonly name: string;
  /** Names this build among others: Dockerfile and context. */
  readonly scope: string;
  /** Of the context, when it is one of this machine. Absolute. */
  readonly directory?: string;
  /** Files that were read or looked for besides the contexts: the Dockerfile, .dockerignore. */
  readonly files: readonly string[];
  readonly context: () => Promise<Tree>;
  /** A named context that is files. */
  open(text: string, name: string): Promise<Tree>;
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
  request: BuildRequest,
  door: Door,
): Promise<OpenedSource> {
  const directory = path.resolve(ctx.cwd, request.what);
  const file =
    request.dockerfile.file === undefined
      ? path.join(directory, 'Dockerfile')
      : path.resolve(ctx.cwd, request.dockerfile.file);
  const dockerfile = parseDockerfile(await fs.readFile(file), path.relative(ctx.cwd, file));
  checkFrontend(dockerfile, request.dockerfile.args['BUILDKIT_SYNTAX']);
  if (dockerfile.nodes.some((node) => node.kind === 'instruction' && node.keyword === 'RUN'))
    await door.enterUserNamespace();
  const trees: DirectoryTree[] = [];
  const once = onceMap<DirectoryTree>();
  const ignores = [`${file}.dockerignore`, path.join(directory, '.dockerignore')];
  let lasting = true;
  return {
    dockerfile,
    name: path.basename(directory) || 'image',
    scope: `${file} ${directory}`,
    directory,
    files: [file, ...ignores],
    context: async () =>
      once('', async () => {
        const tree = await openDirectory(ctx, directory, {
          ignore: await readIgnore(ignores),
          cache: store.cache,
        });
        trees.push(tree);
        return tree;
      }),
    open: async (text, name) =>
      once(`named ${name}`, async () => {
        const root = path.resolve(ctx.cwd, text);
        const own = [path.join(root, '.dockerignore')];
        const tree = await openDirectory(ctx, root, { ignore: await readIgnore(own), cache: store.cache });
        trees.push(tree);
        return tree;
      }),
    trees: () => trees,
    passing: () => {
      lasting = false;
    },
    lasting: () => lasting,
  };
}

async function readIgnore(files: readonly string[]): Promise<Ignore> {
  for (const file of files) {
    const bytes = await fs.readFile(file).catch(() => undefined);
    if (bytes) return compileIgnore(parseIgnoreFile(bytes, file));
  }
  return compileIgnore([]);
}
