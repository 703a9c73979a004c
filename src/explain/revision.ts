import path from 'node:path';
import { version } from '../core/version.ts';

/**
 * Which Coracle found what is kept. In the bundle a file's name has the hash of what is in it and, by their names, of the files that it
 * imports: so what other code found is not taken for what this one would find. In a source tree only the version tells.
 * @param here the module's import.meta.url
 */
export function revisionOf(here: string): string {
  return `${version}-${path.basename(here).replace(/\.[jt]s$/, '')}`;
}
