import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { GoCommand } from '../golang/go-command.ts';
import type { Toolchain } from '../golang/toolchain.ts';
import type { Platform } from '../oci/types.ts';
import type { Vertex } from '../solve/graph.ts';
import type { Solver } from '../solve/solver.ts';
import type { Store } from '../store/store.ts';
import { formatPlatform } from '../oci/platform.ts';
import { readBinary } from '../golang/binary/read.ts';
import { compile } from '../golang/compile.ts';
import { annotationsOf } from './describe.ts';
import type { Origin } from './describe.ts';
import { filesAction } from './context-files.ts';
import { assembleImage } from './image.ts';
import { imageLayers } from './layers.ts';
import type { Base, BaseProvider } from './bases.ts';
import type { BuildRequest, BuiltPlatform } from './types.ts';
import type { Watch } from './watch.ts';

/** One main package, ready to be compiled for any platform. */
export interface Program {
  /** The last element of its import path: the image's and the executable's name. */
  readonly name: string;
  readonly importPath: string;
  /** Where the go command runs, and how it is told the package. */
  readonly cwd: string;
  readonly package: string;
  readonly origin: Origin;
  /** Ask for the VCS stamp. */
  readonly vcs: boolean;
  /** Go flags that this kind of source needs (`-mod=mod` for a module built by version). */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Strings that are stamped in at link time: the request's ldflags, their templates filled in. */
  readonly ldflags: readonly string[];
  readonly notes: readonly string[];
}

export interface ProgramBuild {
  readonly ctx: Ctx;
  readonly store: Store;
  readonly solver: Solver;
  readonly request: BuildRequest;
  readonly toolchain: Toolchain;
  readonly bases: BaseProvider;
  readonly watch: Watch;
}

/**
 * The Go frontend: one program on one platform as a graph (go -> file, merged onto its base), solved to an image in the store.
 * The base is chosen when the compiled program can be read, which is while its layer is being compressed.
 */
export async function buildProgram(
  build: ProgramBuild,
  program: Program,
  platform: Platform,
): Promise<BuiltPlatform> {
  const { solver, request, store } = build;
  const go = goVertex(build, program, platform);
  const programVertex = await layerVertex(program, go, request);
  const layers = solver.solve(programVertex);
  layers.catch(() => undefined); // awaited below; a base that cannot run the program is the better error
  build.watch.program(goCommandOf(build, program, platform), program);
  const { executable } = await solver.solve(go);
  if (!executable) throw new ToolError('INTERNAL', 'a go op gave no executable');
  const binary = await readBinary(executable.path);
  const base = await build.bases({ binary, platform, program: `/${pathInImage(program)}` });
  const under = await solver.solve(base.vertex);
  await base.check(under);
  const over = await layers;
  const all = [
    ...imageLayers(under.layers).map((layer) => ({ ...layer, what: 'base', history: historyOf(base) })),
    ...imageLayers(over.layers).map((layer) => ({ ...layer, what: 'program' })),
  ];
  const annotations = { ...annotationsOf(program.origin, base), ...request.image.annotations };
  const image = await assembleImage(store, {
    platform,
    layers: all,
    ...(under.config ? { baseConfig: under.config } : {}),
    settings: request.image,
    program: `/${pathInImage(program)}`,
    created: program.origin.created,
    annotations,
    mediaTypes: request.mediaTypes,
  });
  return {
    platform: formatPlatform(platform),
    descriptor: image.descriptor,
    configDigest: image.config.digest,
    base: {
      name: base.name,
      ...(base.digest === undefined ? {} : { digest: base.digest }),
      reasons: base.reasons,
    },
    size: sum(all.map((layer) => layer.descriptor.size)),
    uncompressedSize: sum(all.map((layer) => layer.uncompressedSize)),
    layers: all.map((layer) => ({
      digest: layer.descriptor.digest,
      mediaType: layer.descriptor.mediaType,
      size: layer.descriptor.size,
      uncompressedSize: layer.uncompressedSize,
      what: layer.what,
      reused: layer.reused,
    })),
    go: { version: build.toolchain.version, origin: build.toolchain.origin },
  };
}

/** `base glibc`: without what the vertex does, and how many packages. */
function historyOf({ vertex }: Base): string {
  return (vertex.name ?? 'base').replace(/^layer /, '').replace(/ \(.*$/s, '');
}

function goCommandOf({ toolchain, request }: ProgramBuild, program: Program, platform: Platform): GoCommand {
  const { cgo, flags, tags, env } = request.go;
  return {
    toolchain,
    platform,
    cgo,
    flags: [...program.flags, ...flags],
    tags,
    env: { ...env, ...program.env },
  };
}

function goVertex({ ctx, request, toolchain }: ProgramBuild, program: Program, platform: Platform): Vertex {
  return {
    name: `compile ${program.package === '.' ? program.name : program.package} (${formatPlatform(platform)})`,
    inputs: [],
    op: {
      kind: 'go',
      package: program.importPath,
      platform,
      compile: async (output) =>
        compile(ctx, {
          toolchain,
          cwd: program.cwd,
          package: program.package,
          output,
          platform,
          cgo: request.go.cgo,
          strip: request.go.strip,
          vcs: program.vcs,
          flags: [...program.flags, ...request.go.flags],
          tags: request.go.tags,
          ldflags: program.ldflags,
          gcflags: request.go.gcflags,
          env: { ...request.go.env, ...program.env },
        }),
    },
  };
}

async function layerVertex(program: Program, go: Vertex, request: BuildRequest): Promise<Vertex> {
  const mtime = program.origin.created;
  const files = request.image.files.length > 0 ? [await filesAction(request.image.files, mtime)] : [];
  return {
    name: `layer ${program.name}`,
    inputs: [go],
    op: {
      kind: 'file',
      actions: [{ kind: 'copy', input: 0, to: pathInImage(program), mode: 0o755, mtime }, ...files],
    },
  };
}

/** Relative to the image's root. */
function pathInImage(program: Program): string {
  return `app/${program.name}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, next) => total + next, 0);
}
