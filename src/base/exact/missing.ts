import { posix } from 'node:path';
import type { ToolError } from '../../core/errors.ts';
import { cannotRun } from '../check-errors.ts';
import { debianPackagesOf } from './debian-names.ts';

/** The provider lacks a loader or a library: which package has it, as well as its name says. */
export function notProvided(name: string, asker: string, provider: string, musl: boolean): ToolError {
  const file = posix.basename(name);
  const packages = debianPackagesOf(file);
  const alpine = musl ? alpinePackageOf(file) : undefined;
  const has = [
    ...(packages.length > 0 ? [`Debian has it in ${packages.join(' or ')}`] : []),
    ...(alpine === undefined ? [] : [`Alpine in ${alpine}`]),
  ];
  const where = has.length === 0 ? '' : ` (${has.join(', ')})`;
  return cannotRun(`${provider} has no ${name}, which ${asker} needs`, {
    hint: `Add the package that has it to the base's packages${where}, or build the program without C (--cgo off) or with C linked in (--cgo static).`,
  });
}

/** Alpine's index says what a package provides, so that its name need not be known. */
function alpinePackageOf(file: string): string {
  return file.startsWith('ld-musl-') ? 'musl' : `the package that provides so:${file}`;
}
