import type { Door } from '../../build/dockerfile/build.ts';
import type { BuildRequest } from '../../build/types.ts';
import { buildFlags } from '../build-flags.ts';
import { invocationOf } from '../invocation.ts';
import { outputsOf } from '../outputs.ts';
import { defineVerb } from '../verb.ts';

export const build = defineVerb({
  name: 'build',
  summary: 'Build the image of a Go program or a Dockerfile',
  description: `Compiles a Go program and makes the smallest image that can run it, or builds a Dockerfile as docker build does, with no daemon and no root. The image goes into Coracle's store, and wherever --push, --load and -o say. When nothing changed since the last build, nothing is done again.

WHAT is a directory with a main package, a package or a pattern in a module (./cmd/api, ./cmd/...: one image for each main package), or any public Go program as module/path@version. Where there is a Dockerfile, or one is named with --file, it is built, and WHAT is its context: a directory, a tar, a Git or tar URL, or - for standard input. Settings come from coracle.yaml (or .ko.yaml) beside it and from the flags, which win.`,
  args: [
    {
      name: 'WHAT',
      help: 'Directory, package, pattern, module/path@version, or a build context. Default: the current directory.',
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
    { command: 'coracle build -f Dockerfile -t api:dev .', what: 'What a Dockerfile says.' },
    { command: 'coracle build --dry-run .', what: 'Which steps of it would run now, and why.' },
  ],
  async run(ctx, input, out) {
    const outputs = await outputsOf(input, ctx.cwd);
    if (outputs.some((output) => output.dest === '-')) out.yieldStdout();
    const { buildIfChanged } = await import('../../build/unchanged.ts');
    const door: Door = {
      enterUserNamespace: async () => (await import('../user-namespace.ts')).enterIfNeeded(ctx),
      stdin: () => process.stdin,
    };
    const invocation = invocationOf(buildFlags, input, ctx.env);
    const makeRequest = async (): Promise<BuildRequest> => {
      const { requestOf } = await import('../build-request.ts');
      return requestOf(ctx, input, outputs);
    };
    const result = await buildIfChanged(ctx, invocation, makeRequest, door);
    const { writeBuildFiles, printBuild } = await import('../print-build.ts');
    await writeBuildFiles(result, ctx.cwd, input.value('metadata-file'), input.value('iidfile'));
    await printBuild(
      result,
      out,
      outputs.some((output) => output.type === 'load'),
    );
    return result.differing !== undefined && result.differing.length > 0 ? 1 : 0;
  },
});
