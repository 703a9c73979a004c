import { defineVerb } from '../verb.ts';

export const logout = defineVerb({
  name: 'logout',
  summary: 'Log out of a registry',
  description:
    'Forgets the credentials for a registry in every file and helper where Coracle would look for them.',
  args: [{ name: 'REGISTRY', help: 'Host of the registry. Default: Docker Hub.', optional: true }],
  flags: [],
  examples: [{ command: 'coracle logout registry.example.com', what: 'Forget it.' }],
  async run(ctx, input, out) {
    const [{ logout: forget }, { registryHost }] = await Promise.all([
      import('../../registry/login.ts'),
      import('../../images/host.ts'),
    ]);
    const registry = registryHost(input.args[0]);
    const forgot = await forget(ctx, registry);
    if (out.json) await out.document({ schema: 'coracle.logout/v1', registry, forgot });
    else if (!out.quiet) {
      await out.print(
        forgot.length === 0
          ? `there were no credentials for ${registry}`
          : `logged out of ${registry} (${forgot.join(', ')})`,
      );
    }
    return 0;
  },
});
