import { promises as fs } from 'node:fs';
import { ToolError, type SourceRange } from '../../core/errors.ts';

/** Whether this process may give files and processes to a user or group of this number (user_namespaces(7), /proc/PID/uid_map). */
export async function idMapped(kind: 'uid' | 'gid', id: number): Promise<boolean> {
  const text = await fs.readFile(`/proc/self/${kind}_map`, 'utf8').catch(() => '0 0 4294967295');
  return text.split('\n').some((line) => {
    const [first, , count] = line.trim().split(/\s+/).map(Number);
    return first !== undefined && count !== undefined && id >= first && id < first + count;
  });
}

/**
 * Refuses a step whose user this machine does not let us be: what it wrote would belong to somebody else.
 * @throws ToolError SANDBOX_UNAVAILABLE
 */
export async function needIds(
  user: { readonly uid: number; readonly gid: number },
  where?: SourceRange,
): Promise<void> {
  if ((await idMapped('uid', user.uid)) && (await idMapped('gid', user.gid))) return;
  throw new ToolError(
    'SANDBOX_UNAVAILABLE',
    `a step runs as user ${user.uid}:${user.gid}, and this user has no subordinate ids that could stand for it`,
    { hint: subordinateIds, ...(where && { where }) },
  );
}

/** How to get them. */
export const subordinateIds =
  'Have root run: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER (newuidmap must be installed too: package uidmap). Or build as root.';
