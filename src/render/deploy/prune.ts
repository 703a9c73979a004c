import type { HostPruned } from '../../deploy/tidy/prune.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';
import { bytes } from '../units.ts';

/** What went from each host, or would. */
export function renderHostPruned(hosts: readonly HostPruned[], dryRun: boolean, style: Style): string {
  return hosts
    .map(({ host, releases }) => {
      const sum = releases.reduce((total, release) => total + release.bytes, 0);
      const name = style.bold(safe(host));
      if (releases.length === 0) return `${name}  nothing to remove`;
      return [
        `${name}  ${bytes(sum)}${dryRun ? ' can be given back' : ' given back'}`,
        ...releases.map(
          (release) =>
            `  ${dryRun ? 'would remove' : 'removed'} ${safe(release.release)} (${bytes(release.bytes)})`,
        ),
      ].join('\n');
    })
    .join('\n');
}
