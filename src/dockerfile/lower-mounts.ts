import path from 'node:path';
import type { SourceRange } from '../core/errors.ts';
import type { ExecMount, Vertex } from '../solve/graph.ts';
import type { MountOptions, RunInstruction } from './instructions.ts';
import { parseBoolean, parseNumber, parseSize } from './lower-values.ts';
import { workingDirectory } from './lower-workdir.ts';
import { expandIn, invalid } from './stage.ts';
import type { StageInstruction, StageScope } from './stage.ts';

/** Options of one `--mount`, expanded. */
interface MountReader {
  readonly type: MountOptions['type'];
  readonly where: SourceRange;
  text(name: string): string;
  /** Undefined when it is not given. */
  read<T>(name: string, parse: (text: string) => T | undefined, what: string): T | undefined;
}

/** A step's mounts and what they read from. Mounts stand in the order of their targets, so that one may lie in another. */
export interface LoweredMounts {
  readonly mounts: readonly ExecMount[];
  /** Where SSH_AUTH_SOCK points when nothing else is said. */
  readonly agent?: string;
}

/**
 * `RUN --mount` with the Dockerfile reference's defaults.
 * @param input gives the number of the step's input that a vertex is
 * @throws ToolError DOCKERFILE_INVALID
 */
export function lowerMounts(
  scope: StageScope,
  step: StageInstruction<RunInstruction>,
  input: (vertex: Vertex) => number,
): LoweredMounts {
  let agents = 0;
  let agent: string | undefined;
  const mounts = step.instruction.mounts.map((options): ExecMount => {
    const reader = readerOf(scope, step, options);
    if (options.type === 'secret') return secretMount(reader);
    if (options.type !== 'ssh') return fileMount(scope, reader, input);
    const mount = sshMount(reader, agents++);
    agent ??= mount.target;
    return mount;
  });
  const sorted = mounts.toSorted((a, b) =>
    targetOf(a) < targetOf(b) ? -1 : Number(targetOf(a) > targetOf(b)),
  );
  return { mounts: sorted, ...(agent === undefined ? {} : { agent }) };
}

function targetOf(mount: ExecMount): string {
  return mount.target ?? '';
}

function readerOf(
  scope: StageScope,
  step: StageInstruction<RunInstruction>,
  mount: MountOptions,
): MountReader {
  const text = (name: string): string => {
    const word = mount.options.get(name);
    // What --from names is known before there are variables.
    if (word === undefined || name === 'from') return word?.text ?? '';
    return expandIn(scope, step, word);
  };
  const read: MountReader['read'] = (name, parse, what) => {
    const word = mount.options.get(name);
    if (!word) return undefined;
    const value = parse(text(name));
    if (value !== undefined) return value;
    throw invalid(`${name}=${text(name)} is not ${what}`, undefined, step.place(word.span));
  };
  return { type: mount.type, where: step.place(mount.span), text, read };
}

/** bind, cache and tmpfs. */
function fileMount(scope: StageScope, reader: MountReader, input: (vertex: Vertex) => number): ExecMount {
  const given = reader.text('target');
  const target = path.posix.resolve(workingDirectory(scope), given);
  if (target === '/')
    throw invalid(
      'a mount cannot cover the whole root',
      'Name a directory below it with target=.',
      reader.where,
    );
  const from = reader.text('from');
  const source = path.posix.join('/', reader.text('source'));
  const readOnly = reader.read('readonly', parseBoolean, 'true or false');
  if (reader.type === 'tmpfs') {
    const size = reader.read('size', parseSize, 'a size; write it as 64m or 1g');
    return { type: 'tmpfs', target, ...(size === undefined || size === 0 ? {} : { size }) };
  }
  if (reader.type === 'cache') {
    const id = reader.text('id') || path.posix.normalize(given || '.');
    const namespace = scope.options.buildArgs['BUILDKIT_CACHE_MOUNT_NS'] ?? '';
    return {
      type: 'cache',
      target,
      id: namespace === '' ? id : `${namespace}/${id}`,
      sharing: reader.read('sharing', parseSharing, 'one of shared, private, locked') ?? 'shared',
      ...(from === '' ? {} : { input: input(scope.source(from, 'mount')) }),
      source,
      readOnly: readOnly ?? false,
      ...(source === '/' ? ownership(reader, 0o755) : {}),
    };
  }
  const vertex = from === '' ? scope.resolver.context() : scope.source(from, 'mount');
  return { type: 'bind', target, input: input(vertex), source, readOnly: readOnly ?? true };
}

function secretMount(reader: MountReader): ExecMount {
  const [source, id, target] = [reader.text('source'), reader.text('id'), reader.text('target')];
  if (source !== '' && id !== '')
    throw invalid(
      'a secret has either an id or a source',
      'They mean the same: leave one out.',
      reader.where,
    );
  const named = source || id || (target === '' ? '' : path.posix.basename(target));
  if (named === '') throw invalid('the secret is not named', 'Name it with id=.', reader.where);
  const env = reader.read('env', (text) => text || undefined, 'the name of a variable');
  const file = target || (env === undefined ? `/run/secrets/${path.posix.basename(named)}` : '');
  return {
    type: 'secret',
    id: named,
    ...(file === '' ? {} : { target: path.posix.join('/', file) }),
    ...(env === undefined ? {} : { env }),
    required: reader.read('required', parseBoolean, 'true or false') ?? false,
    ...{ mode: 0o400, uid: 0, gid: 0, ...ownership(reader, 0o400) },
  };
}

function sshMount(reader: MountReader, number: number): ExecMount & { readonly type: 'ssh' } {
  if (reader.text('source') !== '')
    throw invalid('an SSH mount has no source', 'Name the agent with id=.', reader.where);
  return {
    type: 'ssh',
    id: reader.text('id') || 'default',
    target: path.posix.join('/', reader.text('target') || `/run/buildkit/ssh_agent.${number}`),
    required: reader.read('required', parseBoolean, 'true or false') ?? false,
    ...{ mode: 0o600, uid: 0, gid: 0, ...ownership(reader, 0o600) },
  };
}

/** Nothing when none of the three is given; else all, with the defaults of the Dockerfile reference. */
function ownership(
  reader: MountReader,
  defaultMode: number,
): { mode: number; uid: number; gid: number } | Record<string, never> {
  const mode = reader.read('mode', (text) => parseNumber(text, 8), 'a mode in octal');
  const uid = reader.read('uid', (text) => parseNumber(text, 10), 'a user id');
  const gid = reader.read('gid', (text) => parseNumber(text, 10), 'a group id');
  if (mode === undefined && uid === undefined && gid === undefined) return {};
  return { mode: mode ?? defaultMode, uid: uid ?? 0, gid: gid ?? 0 };
}

function parseSharing(text: string): 'shared' | 'private' | 'locked' | undefined {
  const lower = text.toLowerCase();
  return (['shared', 'private', 'locked'] as const).find((mode) => mode === lower);
}
