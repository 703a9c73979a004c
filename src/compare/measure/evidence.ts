import type { ErrorCode } from '../../core/error-codes.ts';
import { entryNode } from '../../explain/files/entrypoint.ts';
import { readBinaryFrom, type Binary } from '../../golang/binary/read.ts';
import { bufferSource } from '../../golang/binary/source.ts';
import type { SandboxExit } from '../../sandbox/types.ts';
import type { Failure } from '../types.ts';
import type { Looked } from './look.ts';

/** All that there is to find a cause by. */
export interface Evidence {
  readonly phase: Failure['phase'];
  /** All that was said. */
  readonly text: string;
  /** Of the error, when it was one. */
  readonly code: ErrorCode | undefined;
  /** How the program ended; undefined when it did not. */
  readonly exit: SandboxExit | undefined;
  readonly looked: Looked | undefined;
  readonly program: Program | undefined;
}

/** What an image starts. */
export interface Program {
  /** As the image names it. */
  readonly name: string;
  /** Undefined when the image has no such file. */
  readonly path: string | undefined;
  /** Of an ELF file. */
  readonly binary: Binary | undefined;
  /** Of a script: what its first line names. */
  readonly interpreter: string | undefined;
}

/** What was found to be the cause. */
export type Cause = Pick<Failure, 'cause' | 'lacks'>;

/** Looks at the program that an image starts; undefined when the image names none. */
export async function programIn(looked: Looked): Promise<Program | undefined> {
  const { config = {} } = looked.config;
  const [name] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (name === undefined || name === '') return undefined;
  const node = entryNode(looked.merged, config);
  if (node < 0 || !looked.merged.nodes.alive(node))
    return { name, path: undefined, binary: undefined, interpreter: undefined };
  const path = `/${looked.merged.nodes.path(node)}`;
  const bytes = await looked.read(path);
  const script = /^#!\s*(\S+)/.exec(bytes?.toString('latin1', 0, 256) ?? '');
  const binary =
    bytes && !script ? await readBinaryFrom(bufferSource(path, bytes)).catch(() => undefined) : undefined;
  return { name, path, binary, interpreter: script?.[1] };
}
