import type { Ctx } from '../../core/ctx.ts';
import { formatReference } from '../../oci/reference.ts';
import type { Reference } from '../../oci/reference.ts';
import { keyToWrite } from '../../registry/credential-files.ts';
import { userCredentials } from '../../registry/credentials.ts';
import type { Credential } from '../../registry/credentials.ts';
import type { Release } from '../types.ts';
import type { Way } from './way.ts';

/** Hosts pull by digest from the image's registry, as whoever deploys: the credentials are there for as long as the pull takes. */
export function openRegistryWay(ctx: Ctx, reference: Reference, release: Release): Way {
  const { registry, repository } = reference;
  let known: Promise<Credential | undefined> | undefined;
  return {
    from: `from ${registry}`,
    async bring({ agent }) {
      known ??= userCredentials(ctx).get(registry, repository);
      const found = await known;
      // Tokens of other kinds are for the program that got them.
      const login = found?.kind === 'password' ? found : undefined;
      const image = await agent.pull(formatReference(reference), release, {
        plainHttp: false,
        ...(login && {
          login: {
            registry: keyToWrite(registry, agent.facts.runtime),
            username: login.username,
            password: login.password,
          },
        }),
      });
      return { image, note: `from ${registry}` };
    },
    close: () => Promise.resolve(),
  };
}
