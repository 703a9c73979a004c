import { ToolError } from '../core/errors.ts';
import type { Entry } from '../layer/entry.ts';

/**
 * Refuses entries below a symbolic link: where they would come to lie depends on who unpacks them.
 * @throws ToolError BASE_CANNOT_RUN
 */
export function refuseLinksAbove(entries: readonly Entry[], base: string): void {
  const links = new Set(entries.filter(({ type }) => type === 'symlink').map(({ path }) => path));
  for (const { path } of entries) {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const above = path.slice(0, slash);
      if (!links.has(above)) continue;
      throw new ToolError(
        'BASE_CANNOT_RUN',
        `/${above} of ${base} is a link, and ${path} must lie below it`,
        {
          hint: 'Take packages of one release, or another base: their layouts do not fit together.',
        },
      );
    }
  }
}
