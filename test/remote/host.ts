import type { Host } from '../../src/remote/types.ts';

/** `server` is what test/components/sshd.ts calls its server. */
export function hostOf(part: Partial<Host> = {}): Host {
  return { name: 'web-1', address: 'server', labels: {}, roles: [], ...part };
}
