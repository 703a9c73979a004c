import type { Ctx } from '../core/ctx.ts';
import type { Descriptor } from '../oci/types.ts';
import type { MethodResult } from './types.ts';

/** One way to make an image of the program. */
export interface Method extends Pick<MethodResult, 'name' | 'kind' | 'means' | 'statement' | 'dockerfile'> {
  /**
   * Makes the image, in the store.
   * @throws ToolError whatever building, pulling or composing gives: a method that fails is a result, judged by failure.ts
   */
  build(ctx: Ctx, how: BuildHow): Promise<BuiltMethod>;
}

export interface BuildHow {
  /** Absolute: the project, or a copy of it in which one line of the program was changed. */
  readonly directory: string;
  /** No step's result and no Go cache of earlier builds is used; bases and the toolchain are at hand. */
  readonly fresh?: boolean;
}

export interface BuiltMethod {
  /** The name that it has in the store. */
  readonly reference: string;
  readonly descriptor: Descriptor;
}
