import { ToolError } from '../../core/errors.ts';
import { defineVerb, type FamilyVerb } from '../verb.ts';

const version = {
  name: 'VERSION',
  help: 'A Go version, such as 1.26.3, or 1.26 for its newest patch, or latest.',
};

const list = defineVerb({
  name: 'list',
  summary: 'List the Go toolchains at hand',
  description: "Lists this machine's own Go and those that Coracle has fetched.",
  args: [],
  flags: [],
  examples: [{ command: 'coracle toolchain list', what: 'All of them.' }],
  async run(ctx, _input, out) {
    const { listToolchains } = await import('../../golang/toolchain.ts');
    const toolchains = await listToolchains(ctx);
    if (out.json) await out.document({ schema: 'coracle.toolchains/v1', toolchains });
    else if (out.quiet) await out.print(toolchains.map((toolchain) => toolchain.version).join('\n'));
    else {
      const { renderToolchains } = await import('../../render/toolchains.ts');
      await out.print(renderToolchains(toolchains, out.style));
    }
    return 0;
  },
});

const install = defineVerb({
  name: 'install',
  summary: 'Fetch a Go toolchain',
  description:
    "Fetches a Go toolchain and proves it, against the checksum database's signed tree or the published SHA-256, before anything of it is used. Builds do this by themselves.",
  args: [version],
  flags: [],
  examples: [{ command: 'coracle toolchain install 1.26', what: 'The newest 1.26.' }],
  async run(ctx, input, out) {
    const { installToolchain } = await import('../../golang/toolchain.ts');
    const toolchain = await installToolchain(ctx, input.args[0] ?? '');
    if (out.json) await out.document({ schema: 'coracle.toolchain/v1', ...toolchain });
    else if (out.quiet) await out.print(toolchain.go);
    else
      await out.print(
        `go ${toolchain.version} ${out.style.dim(`(${toolchain.origin}) ${toolchain.goroot}`)}`,
      );
    return 0;
  },
});

const remove = defineVerb({
  name: 'remove',
  summary: 'Remove a fetched Go toolchain',
  description: 'Removes a Go toolchain that Coracle has fetched. A build that needs it fetches it again.',
  args: [{ name: 'VERSION', help: 'As coracle toolchain list shows it.' }],
  flags: [],
  examples: [{ command: 'coracle toolchain remove 1.26.1', what: 'That one.' }],
  async run(ctx, input, out) {
    const { removeToolchain } = await import('../../golang/toolchain.ts');
    const name = input.args[0] ?? '';
    await removeToolchain(ctx, name);
    if (out.json) await out.document({ schema: 'coracle.removed/v1', removed: [name] });
    else if (!out.quiet) await out.print(`removed go ${name}`);
    return 0;
  },
});

const env = defineVerb({
  name: 'env',
  summary: 'Print the lines that put a Go toolchain into a shell',
  description:
    'Prints assignments to evaluate in a shell, so that its go is this one. Fetches the toolchain when it is not there.',
  args: [version],
  flags: [
    {
      name: 'shell',
      type: 'string',
      value: 'NAME',
      choices: ['sh', 'fish'],
      default: 'sh',
      help: 'For which shell; sh is also for bash and zsh.',
    },
  ],
  examples: [{ command: 'eval "$(coracle toolchain env 1.26)"', what: 'Use it in this shell.' }],
  async run(ctx, input, out) {
    const [{ installToolchain, toolchainEnv }, { shellLines }] = await Promise.all([
      import('../../golang/toolchain.ts'),
      import('../../render/shell.ts'),
    ]);
    const values = toolchainEnv(await installToolchain(ctx, input.args[0] ?? ''));
    const { pathPrefix, ...rest } = values;
    if (out.json) await out.document({ schema: 'coracle.toolchain-env/v1', ...values });
    else await out.print(shellLines(input.value('shell') === 'fish' ? 'fish' : 'sh', pathPrefix, rest));
    return 0;
  },
});

const exec = defineVerb({
  name: 'exec',
  summary: 'Run a command with a Go toolchain',
  description:
    'Runs a command with this Go in front of PATH, on the same standard streams, and ends with its exit code. Fetches the toolchain when it is not there.',
  args: [version],
  rest: 'COMMAND...',
  flags: [],
  examples: [{ command: 'coracle toolchain exec 1.26 -- go test ./...', what: 'Tests with that Go.' }],
  async run(ctx, input) {
    const [program, ...args] = input.rest;
    if (program === undefined) {
      throw new ToolError('USAGE', 'there is no command to run', {
        hint: 'Write it behind --: coracle toolchain exec 1.26 -- go version',
      });
    }
    const { execWithToolchain, installToolchain } = await import('../../golang/toolchain.ts');
    const toolchain = await installToolchain(ctx, input.args[0] ?? '');
    return execWithToolchain(ctx, toolchain, [program, ...args]);
  },
});

export const toolchain: FamilyVerb = {
  name: 'toolchain',
  summary: 'Fetch, list, use and remove Go toolchains',
  description: 'Go toolchains, fetched and proven by Coracle, for builds and for the shell.',
  args: [],
  flags: [],
  examples: [],
  verbs: [list, install, remove, env, exec],
};
