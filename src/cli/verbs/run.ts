import { closeSync, openSync } from 'node:fs';
import type { Attendant } from '../../run/run.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { accessOf } from '../access.ts';
import type { Out } from '../out.ts';
import { runFlags } from '../run-flags.ts';
import { processRequestOf, type RunInput } from '../run-request.ts';
import { passSignals } from '../signals.ts';
import { isTerminal } from '../terminal.ts';
import { defineVerb } from '../verb.ts';

export const run = defineVerb({
  name: 'run',
  summary: 'Run an image',
  description: `Runs the program of an image, with no daemon and no root, and ends with its exit code. The image comes from the store, from its registry, from an OCI layout or from a docker archive. What the program writes is thrown away; signals are passed on to it. It sees this machine's network.

As an ordinary user the program runs in a user namespace, with the subordinate ids of /etc/subuid where you have some.`,
  args: [
    {
      name: 'IMAGE',
      help: 'A name, the beginning of a digest, oci:PATH[:TAG] or docker-archive:PATH[:REF].',
      optional: true,
      completes: 'image',
    },
    { name: 'ARGS', help: "In place of the image's CMD.", optional: true, repeatable: true },
  ],
  rest: 'ARGS...',
  flags: runFlags,
  examples: [
    { command: 'coracle run -p 8080 gin-api', what: 'A server of the store.' },
    { command: 'coracle run -it alpine:3.22 -- sh -l', what: 'A shell.' },
    {
      command: 'coracle run -v ./data:/data:ro -e TOKEN oci:image.tar',
      what: 'An archive, with files and a variable of ours.',
    },
    { command: 'coracle run --failed 3f2c6a', what: 'A shell in what a failed RUN step left behind.' },
  ],
  async run(ctx, input, out) {
    const { enterIfNeeded } = await import('../user-namespace.ts');
    await enterIfNeeded(ctx);
    const failed = input.value('failed');
    const attendant = attendantOf(out);
    if (failed !== undefined) return openShell(ctx, input, failed, attendant);
    const [image, ...args] = input.args;
    if (image === undefined) {
      throw new ToolError('USAGE', 'coracle run needs IMAGE: what to run', {
        hint: 'coracle images lists what is in the store.',
      });
    }
    const process = processRequestOf(input);
    if (process.tty && !((await isTerminal(0)) && (await isTerminal(1))))
      throw new ToolError('USAGE', '-t needs a terminal, and standard input or output is none', {
        hint: 'Leave -t out.',
      });
    if (!input.flag('interactive') && !process.tty) noInput();
    const platform = input.value('platform');
    const { runImage } = await import('../../run/run.ts');
    return runImage(
      ctx,
      {
        image,
        args: [...args, ...input.rest],
        access: accessOf(input, ctx.cwd),
        ...(platform === undefined ? {} : { platform }),
        process,
        sandbox: sandboxOf(input),
      },
      attendant,
    );
  },
});

/** What is opened next gets the lowest free number, which is standard input's. */
function noInput(): void {
  closeSync(0);
  openSync('/dev/null', 'r');
}

async function openShell(ctx: Ctx, input: RunInput, id: string, attendant: Attendant): Promise<number> {
  const { runFailedStep } = await import('../../run/failed.ts');
  const terminal = (await isTerminal(0)) && (await isTerminal(1));
  return runFailedStep(
    ctx,
    { id, args: [...input.args, ...input.rest], tty: terminal, sandbox: sandboxOf(input) },
    attendant,
  );
}

function sandboxOf(input: RunInput): 'auto' | 'builtin' | 'runc' | 'chroot' {
  const said = input.value('sandbox');
  return said === 'builtin' || said === 'runc' || said === 'chroot' ? said : 'auto';
}

function attendantOf(out: Out): Attendant {
  let back = (): void => undefined;
  return {
    ready: async () => out.remark(''), // progress comes to rest
    onStarted: (pass) => {
      back = passSignals(pass);
    },
    onEnded: () => back(),
  };
}
