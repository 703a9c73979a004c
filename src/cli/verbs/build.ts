import { buildFlags } from '../build-flags.ts';
import { ToolError } from '../../core/errors.ts';
import { invocationOf } from '../invocation.ts';
import { outputsOf } from '../outputs.ts';
import { defineVerb } from '../verb.ts';

export const build = defineVerb({
  name: 'build',
  summary: 'Build the image of a Go program',
  description: `Compiles a Go program and makes the smallest image that can run it. The image goes into Coracle's store, and wherever --push, --load and -o say. When nothing changed since the last build, nothing is done again.

WHAT is a directory with a main package, a package or a pattern in a module (./cmd/api, ./cmd/...: one image for each main package), or any public Go program as module/path@version. Settings come from coracle.yaml (or .ko.yaml) beside it and from the flags, which win.`,
  args: [
    {
      name: 'WHAT',
      help: 'Directory, package, pattern, or module/path@version. Default: the current directory.',
      optional: true,
      completes: 'directory',
    },
  ],
  flags: buildFlags,
  examples: [
    { command: 'coracle build', what: 'The program in this directory.' },
    {
      command: 'coracle build -t registry.example.com/team/api:1.2 --push ./cmd/api',
      what: 'Build and push.',
    },
    { command: 'coracle build --platform linux/amd64,linux/arm64 .', what: 'One index for two platforms.' },
    {
      command: 'coracle build github.com/caddyserver/caddy/v2/cmd/caddy@v2.10.2',
      what: 'A public program, without a checkout.',
    },
    { command: 'coracle build -o type=oci,dest=image.tar .', what: 'An OCI archive.' },
  ],
  async run(ctx, input, out) {
    for (const flag of ['file', 'build-arg', 'target'] as const) {
      if (input.values(flag).length === 0) continue;
      throw new ToolError('UNSUPPORTED', `--${flag} is for Dockerfiles, which Coracle does not build yet`, {
        hint:
          flag === 'build-arg'
            ? 'For a Go program use --ldflags "-X NAME=VALUE" or --go-env.'
            : 'Leave it out, or add --frontend go to build the Go program.',
      });
    }
    const outputs = await outputsOf(input, ctx.cwd);
    if (outputs.some((output) => output.dest === '-')) out.yieldStdout();
    const { buildIfChanged } = await import('../../build/unchanged.ts');
    const result = await buildIfChanged(ctx, invocationOf(buildFlags, input, ctx.env), async () => {
      const { requestOf } = await import('../build-request.ts');
      return requestOf(ctx, input, outputs);
    });
    const { writeBuildFiles, printBuild } = await import('../print-build.ts');
    await writeBuildFiles(result, ctx.cwd, input.value('metadata-file'), input.value('iidfile'));
    await printBuild(
      result,
      out,
      outputs.some((output) => output.type === 'load'),
    );
    return 0;
  },
});
