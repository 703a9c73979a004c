import type { Standing, WentDown } from '../../deploy/tidy/down.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';

/** What runs on the hosts before it goes. */
export function renderStanding(service: string, standing: readonly Standing[], style: Style): string {
  return [
    `${style.bold(safe(service))} will be removed from:`,
    ...standing.map(({ host, current, running }) => {
      const what =
        current === undefined ? 'nothing is deployed' : `${current}${running ? ', which serves' : ''}`;
      return `  ${safe(host)}  ${safe(what)}`;
    }),
  ].join('\n');
}

export function renderDown(hosts: readonly WentDown[], style: Style): string {
  return hosts
    .map(({ host, proxied, error }) => {
      if (error !== undefined) return style.red(`${safe(host)}: ${safe(error)}`);
      return `${safe(host)}: removed${proxied ? ', and from its proxy' : ''}`;
    })
    .join('\n');
}
