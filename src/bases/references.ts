import { isDigest } from '../oci/digest.ts';

/**
 * Names of bases in the store. `localhost` is nobody's registry, so none of them is pushed somewhere by mistake; what a user wants to name
 * gets a name of its own.
 */
const prefix = 'localhost/coracle/base/';

/** The name of a base that was made here: what it is, and the beginning of the key of all that decides its files. */
export function baseReference(name: string, key: string): string {
  return `${prefix}${repositoryOf(name)}:${key.slice(0, 12)}`;
}

/** Whether a name of the store was given by Coracle to a base that it made. */
export function isBaseReference(name: string): boolean {
  return name.startsWith(prefix);
}

/** A reference among other things may be a base's name: only what a repository may be called remains of it. */
function repositoryOf(name: string): string {
  const bare = isDigest(name) ? name.slice('sha256:'.length) : name;
  const words = bare.toLowerCase().match(/[a-z0-9]+/g) ?? ['base'];
  return words.join('-').slice(0, 100).replace(/-$/, '');
}
