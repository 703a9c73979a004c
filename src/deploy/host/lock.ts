import { ToolError } from '../../core/errors.ts';
import type { Remote } from '../../remote/types.ts';
import type { LockHolder } from '../types.ts';
import { failure, open, steady } from './call.ts';
import { loadLibrary, type Library } from './library.ts';
import { parseHolder } from './state.ts';
import type { HostLock } from './types.ts';

/**
 * Holds the lock of a service on one host by the open connection.
 * @throws ToolError DEPLOY_LOCKED, which says who holds it and since when
 */
export async function holdLock(
  remote: Remote,
  library: Library,
  values: Readonly<Record<string, string>>,
  holder: LockHolder,
  again = false,
): Promise<HostLock> {
  const held = await remote.hold(`${loadLibrary}op_lock\n`, {
    values: { ...values, digest: library.digest, holder: JSON.stringify(holder) },
    // What undoes an interrupted deploy needs the lock too: its holder gives it back.
    signal: steady(),
  });
  if (held.said !== 'LOCKED') {
    const exit = await held.ended;
    if (held.said.startsWith('HELD')) throw locked(remote.host.name, held.said.slice('HELD '.length));
    if (exit.code !== 90 || again) throw failure(remote.host.name, exit);
    await open(remote, library);
    return holdLock(remote, library, values, holder, true);
  }
  const lost = new AbortController();
  let released = false;
  const lose = (): void => {
    if (!released) lost.abort(lostLock(remote));
  };
  held.ended.then(lose, lose);
  remote.lost.addEventListener('abort', lose, { once: true });
  if (remote.lost.aborted) lose();
  return {
    lost: lost.signal,
    async release() {
      released = true;
      remote.lost.removeEventListener('abort', lose);
      await held.release();
    },
  };
}

function lostLock(remote: Remote): unknown {
  if (remote.lost.aborted) return remote.lost.reason;
  return new ToolError('HOST_UNREACHABLE', `the lock on ${remote.host.name} was lost`, {
    hint: 'The connection was silent for too long. The host goes back by itself; `coracle status` says where it is.',
    retryable: true,
  });
}

function locked(host: string, said: string): ToolError {
  const { by, what, since } = parseHolder(said);
  const when = since > 0 && since < 8.64e15 ? `, since ${new Date(since).toISOString()}` : '';
  return new ToolError('DEPLOY_LOCKED', `${host}: ${by} is at it (${what})${when}`, {
    hint: 'Wait for its end. The lock ends with the connection of who holds it.',
  });
}
