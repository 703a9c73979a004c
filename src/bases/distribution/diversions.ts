import type { OpenPackage } from '../../base/debian/kept-debs.ts';
import { ToolError } from '../../core/errors.ts';

/**
 * dpkg runs a package's preinst before it unpacks the package, so that one may move another's file aside (dpkg-divert(1)) and put its own there.
 * Here all packages are unpacked before the first script runs, and one of the two files would be lost.
 * @throws ToolError PACKAGE_UNRESOLVABLE for a package that diverts, and has a file that another has
 */
export function refuseDiversions(packages: readonly OpenPackage[]): void {
  const diverting = packages.filter(({ control }) =>
    control.get('preinst')?.toString('latin1').includes('dpkg-divert'),
  );
  for (const one of diverting) {
    const own = new Set(filesOf(one));
    for (const other of packages) {
      if (other === one) continue;
      const path = filesOf(other).find((file) => own.has(file));
      if (path !== undefined) throw lost(one, other, path);
    }
  }
}

/** As they are in a system with a merged /usr. */
function filesOf({ entries }: OpenPackage): string[] {
  return entries
    .filter(({ type }) => type !== 'directory')
    .map(({ path }) => path.replace(/^usr\/(?=(?:s?bin|lib[^/]*)\/)/, ''));
}

function lost({ record }: OpenPackage, other: OpenPackage, path: string): ToolError {
  return new ToolError(
    'PACKAGE_UNRESOLVABLE',
    `the package ${record.name} moves /${path} of ${other.record.name} aside before it is unpacked (dpkg-divert in its preinst), and all packages are unpacked at once here`,
    { hint: `Leave ${record.name} out, and install it in the image that is built on the base.` },
  );
}
