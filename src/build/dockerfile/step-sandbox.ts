import type { Ctx } from '../../core/ctx.ts';
import type { Sandbox } from '../../sandbox/types.ts';
import type { DockerfileSettings } from '../types.ts';

/** The sandbox of a build's steps, chosen when it is first asked for. */
export interface StepSandbox {
  /** @throws ToolError SANDBOX_UNAVAILABLE */
  get(): Promise<Sandbox>;
  /** A step will most likely run: its sandbox starts while everything before it is worked out. */
  warm(): void;
  /** Ends what was started ahead of need. */
  close(): Promise<void>;
}

export function stepSandbox(ctx: Ctx, wanted: DockerfileSettings['sandbox']): StepSandbox {
  let chosen: Promise<Sandbox> | undefined;
  const get = async (): Promise<Sandbox> =>
    (chosen ??= import('../../sandbox/choose.ts').then(async ({ chooseSandbox }) =>
      chooseSandbox(ctx, wanted),
    ));
  return {
    get,
    warm: () => {
      get().then(
        (sandbox) => sandbox.prepare(ctx),
        () => undefined, // told when a step needs it
      );
    },
    close: async () => {
      await (await chosen?.catch(() => undefined))?.close();
    },
  };
}
