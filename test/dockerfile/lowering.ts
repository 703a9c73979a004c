/** A world for the frontend's tests: images, contexts and URLs as plain values. */
import type { LowerOptions, Lowered, ResolvedImage, Resolver } from '../../src/dockerfile/frontend.ts';
import { lower } from '../../src/dockerfile/lower.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { ToolError } from '../../src/core/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { formatPlatform, parsePlatform } from '../../src/oci/platform.ts';
import type { ContainerConfig, ImageConfig, Platform } from '../../src/oci/types.ts';
import type { Op, OpOf, Vertex } from '../../src/solve/graph.ts';

export interface World {
  /** Configs by reference, as the Dockerfile writes it. */
  readonly images?: Readonly<Record<string, ContainerConfig & { readonly image?: Partial<ImageConfig> }>>;
  /** Named contexts: a directory, or an image's config. */
  readonly contexts?: Readonly<Record<string, 'directory' | ContainerConfig>>;
}

export interface TestLowered extends Lowered {
  /** What the resolver was asked for, in order. */
  readonly asked: readonly string[];
  /** All vertices below the result, inputs first. */
  readonly vertices: readonly Vertex[];
}

const amd64 = parsePlatform('linux/amd64');

/** Lowers a Dockerfile for linux/amd64; `alpine` is there without being named. */
export async function lowered(
  text: string,
  options: Partial<LowerOptions> = {},
  { images = {}, contexts = {} }: World = {},
): Promise<TestLowered> {
  const asked: string[] = [];
  const all: NonNullable<World['images']> = {
    alpine: { Env: ['PATH=/bin'], Cmd: ['/bin/sh'] },
    ...images,
  };
  const imageOf = (reference: string, platform: Platform): ResolvedImage => {
    const known = Object.hasOwn(all, reference) ? all[reference] : undefined;
    if (!known) throw new ToolError('NOT_FOUND', `no image ${reference}`);
    const { image, ...config } = known;
    const whole: ImageConfig = { ...platform, config, rootfs: { type: 'layers', diff_ids: [] }, ...image };
    const digest = digestOf(reference);
    return {
      reference,
      digest,
      config: whole,
      vertex: { op: { kind: 'source', reference, digest, platform }, inputs: [] },
    };
  };
  const tree = (identifier: string): Vertex => ({
    op: { kind: 'tree', identifier, open: async () => Promise.reject(new Error('not in this test')) },
    inputs: [],
  });
  const context = tree('local://context');
  const resolver: Resolver = {
    image: async (reference, platform) => {
      asked.push(`image ${reference} ${formatPlatform(platform)}`);
      return imageOf(reference, platform);
    },
    context: () => context,
    named: async (name, platform) => {
      const known = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
      if (known === undefined) return undefined;
      asked.push(`named ${name} ${formatPlatform(platform)}`);
      if (known === 'directory') return { vertex: tree(`local://${name}`) };
      const vertex: Vertex = { op: { kind: 'merge' }, inputs: [] };
      const config: ImageConfig = { ...platform, config: known, rootfs: { type: 'layers', diff_ids: [] } };
      return { image: { reference: name, digest: digestOf(name), config, vertex } };
    },
    http: (url, how) => {
      asked.push(`http ${url} ${JSON.stringify(how)}`);
      return tree(url);
    },
    git: (url, how) => {
      asked.push(`git ${url} ${JSON.stringify(how)}`);
      return tree(url);
    },
  };
  const result = await lower(
    parseDockerfile(Buffer.from(text), 'Dockerfile'),
    {
      buildArgs: {},
      labels: {},
      platform: amd64,
      buildPlatform: amd64,
      noCache: false,
      network: 'default',
      addHosts: [],
      ulimits: [],
      proxy: {},
      ...options,
    },
    resolver,
  );
  return { ...result, asked, vertices: belowOf(result.vertex) };
}

function belowOf(vertex: Vertex, seen = new Set<Vertex>()): Vertex[] {
  if (seen.has(vertex)) return [];
  seen.add(vertex);
  return [...vertex.inputs.flatMap((input) => belowOf(input, seen)), vertex];
}

/** The ops of a kind below the result. */
export function opsOf<K extends Op['kind']>({ vertices }: TestLowered, kind: K): OpOf<K>[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the kind was compared
  return vertices.map(({ op }) => op).filter((op) => op.kind === kind) as OpOf<K>[];
}

/** The one RUN of a Dockerfile. */
export async function runOf(
  text: string,
  options: Partial<LowerOptions> = {},
  world: World = {},
): Promise<OpOf<'exec'>> {
  const [op] = opsOf(await lowered(text, options, world), 'exec');
  if (!op) throw new Error('no RUN');
  return op;
}

/** The names of what is shown. */
export function namesOf({ vertices }: TestLowered): string[] {
  return vertices.flatMap(({ name }) => name ?? []);
}

export function historyOf({ history }: Lowered): string[] {
  return history.map(({ createdBy }) => createdBy);
}
