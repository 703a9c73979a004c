import path from 'node:path';
import type { RegistryAccess } from '../images/registries.ts';
import type { Parsed } from './verb.ts';

/** What the registry flags say. */
export function accessOf(input: Parsed<never, 'insecure-registry' | 'ca'>, cwd: string): RegistryAccess {
  const ca = input.value('ca');
  return {
    insecure: input.values('insecure-registry'),
    ...(ca === undefined ? {} : { ca: path.resolve(cwd, ca) }),
  };
}
