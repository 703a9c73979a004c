import type { OpenPackage } from './kept-debs.ts';
import type { BaseInProgress } from './recipe.ts';

const place = 'var/lib/dpkg/status.d';

/**
 * Where scanners look for packages of an image that has no dpkg: a file each, what the package says of itself, and beside it the MD5 of
 * its files. The same files as distroless images have.
 */
export function addStatus(base: BaseInProgress, packages: readonly OpenPackage[]): void {
  for (const { record, control } of packages) {
    const text = control.get('control');
    if (text) base.file(`${place}/${record.name}`, text);
    const sums = control.get('md5sums');
    if (sums) base.file(`${place}/${record.name}.md5sums`, sums);
  }
}
