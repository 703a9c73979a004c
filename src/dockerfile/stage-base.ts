import type { Digest } from '../oci/digest.ts';
import { normalizePlatform } from '../oci/platform.ts';
import type { ImageConfig, Platform } from '../oci/types.ts';
import type { Vertex } from '../solve/graph.ts';
import { configOf, defaultPath, draftOf } from './config-draft.ts';
import type { StageState } from './stage.ts';

/** No layers: `FROM scratch`. */
export const scratch: Vertex = { op: { kind: 'merge' }, inputs: [] };

/** What a stage can begin with that is no stage itself. */
export interface Origin {
  readonly vertex: Vertex;
  /** Undefined when it is no image. */
  readonly config?: ImageConfig;
}

/**
 * The state of a stage that begins with an image, a named context or nothing.
 * @param platform of the stage's steps
 */
export function baseState({ vertex, config }: Origin, name: string, platform: Platform): StageState {
  const draft = draftOf(config?.config ?? (config ? {} : { WorkingDir: '/' }));
  const whole = asLayers(vertex, name);
  const state: StageState = {
    vertex: whole,
    config: draft,
    env: new Map(),
    args: new Map(),
    platform,
    imagePlatform: config ? platformIn(config) : platform,
    author: config?.author ?? '',
    baseHistory: config?.history ?? [],
    history: whole === vertex ? [] : [{ createdBy: `FROM ${name}`, empty: false }],
  };
  return begun(state);
}

/** The state of a stage that begins where another one ends. */
export function stateOf(base: StageState): StageState {
  const state = {
    ...base,
    config: draftOf(configOf(base.config)),
    env: new Map(base.env),
    args: new Map(base.args),
    history: [...base.history],
  };
  return begun(state);
}

/** What every stage begins with: a PATH, the image's variables, none of the triggers, which the caller has taken. */
function begun(state: StageState): StageState {
  const { env, onBuild } = state.config;
  if (!env.has('PATH') && state.platform.os !== 'windows') env.set('PATH', defaultPath);
  for (const [name, value] of env) state.env.set(name, value);
  onBuild.length = 0;
  return state;
}

/** A named context that is a directory has no layers: copied as a whole it is one. */
export function asLayers(vertex: Vertex, name: string): Vertex {
  if (vertex.op.kind !== 'tree') return vertex;
  const all = {
    kind: 'copy',
    input: 1,
    sources: ['/'],
    dest: '/',
    parents: false,
    exclude: [],
    unpack: false,
  } as const;
  return {
    op: { kind: 'copy', actions: [all], link: false },
    inputs: [scratch, vertex],
    name: `FROM ${name}`,
  };
}

function platformIn(config: ImageConfig): Platform {
  const { os, architecture, variant, 'os.version': version, 'os.features': features } = config;
  return normalizePlatform({
    os,
    architecture,
    ...(variant ? { variant } : {}),
    ...(version ? { 'os.version': version } : {}),
    ...(features && features.length > 0 ? { 'os.features': features } : {}),
  });
}

/** An image that is brought: its name, with the digest that was found. */
export function imageText(reference: string, digest: Digest): string {
  return `FROM ${reference}${reference.includes('@') ? '' : `@${digest}`}`;
}
