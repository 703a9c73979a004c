import { ToolError } from '../../core/errors.ts';
import { accessOf } from '../access.ts';
import { registryFlags } from '../flags.ts';
import { defineVerb } from '../verb.ts';

export const login = defineVerb({
  name: 'login',
  summary: 'Log in to a registry',
  description:
    'Proves a user name and a password (or an access token) at a registry, then keeps them where Docker and Podman look for them: with the credential helper that is configured, else in the credential file. The password is read from the terminal, without showing it, or from standard input; it is never taken from the command line, where every user of the machine could read it.',
  args: [{ name: 'REGISTRY', help: 'Host of the registry. Default: Docker Hub.', optional: true }],
  flags: [
    {
      name: 'username',
      short: 'u',
      type: 'string',
      value: 'NAME',
      help: 'User name; asked for on a terminal when it is not given.',
    },
    { name: 'password-stdin', type: 'boolean', help: 'Read the password from standard input.' },
    { name: 'password', short: 'p', type: 'string', value: 'PASSWORD', help: 'Refused.', hidden: true },
    ...registryFlags,
  ],
  examples: [
    { command: 'coracle login registry.example.com', what: 'Asks for name and password.' },
    { command: 'coracle login -u ci --password-stdin registry.example.com < token', what: 'In a script.' },
  ],
  async run(ctx, input, out) {
    if (input.value('password') !== undefined) {
      throw new ToolError(
        'USAGE',
        'a password on the command line can be read by every user of the machine',
        {
          hint: 'Pipe it in: coracle login --password-stdin REGISTRY < FILE',
        },
      );
    }
    const [{ askCredentials }, { login: prove }, { registryOptions }, { registryHost }] = await Promise.all([
      import('../ask.ts'),
      import('../../registry/login.ts'),
      import('../../images/registries.ts'),
      import('../../images/host.ts'),
    ]);
    const registry = registryHost(input.args[0]);
    const asked = await askCredentials(
      ctx.signal,
      registry,
      input.value('username'),
      input.flag('password-stdin') ?? false,
    );
    const kept = await prove(ctx, { registry, ...asked }, await registryOptions(accessOf(input, ctx.cwd)));
    if (out.json)
      await out.document({ schema: 'coracle.login/v1', registry, username: asked.username, ...kept });
    else if (!out.quiet) {
      await out.print(`logged in to ${registry} as ${asked.username}; kept by ${kept.keptBy}`);
      if (kept.plain)
        ctx.emit({
          kind: 'warning',
          message: `the password is readable for whoever can read ${kept.keptBy}`,
          hint: 'A credential helper keeps it better; see docs/verbs/login.md.',
        });
      if (!kept.verified)
        ctx.emit({ kind: 'warning', message: `${registry} lets everybody in: the password was not proven` });
    }
    return 0;
  },
});
