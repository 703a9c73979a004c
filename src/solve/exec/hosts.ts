import { readFileIfThere } from '../../core/files.ts';
import type { Mount } from '../../sandbox/types.ts';

export interface HostName {
  readonly name: string;
  readonly address: string;
}

/** The text of /etc/hosts (hosts(5)), with the lines that BuildKit writes. */
export function hostsText(hostname: string, add: readonly HostName[]): string {
  const own = ['127.0.0.1\tlocalhost', hostname].filter((word) => word !== '').join(' ');
  const lines = [own, '::1\tlocalhost ip6-localhost ip6-loopback'];
  return [...lines, ...add.map(({ name, address }) => `${address}\t${name}`), ''].join('\n');
}

/**
 * /etc/hosts and /etc/resolv.conf for one process, in memory. On the host's network the host's own resolver answers, also one on a loopback
 * address; without a network nobody does.
 */
export async function networkFiles(request: {
  readonly hostname: string;
  readonly addHosts: readonly HostName[];
  readonly network: 'host' | 'none';
}): Promise<Mount[]> {
  const resolver = request.network === 'host' ? await readFileIfThere('/etc/resolv.conf') : undefined;
  const file = (target: string, bytes: Uint8Array): Mount => ({
    kind: 'file',
    target,
    bytes,
    mode: 0o644,
    uid: 0,
    gid: 0,
    readOnly: true,
  });
  return [
    file('/etc/hosts', Buffer.from(hostsText(request.hostname, request.addHosts))),
    file('/etc/resolv.conf', resolver ?? new Uint8Array()),
  ];
}
