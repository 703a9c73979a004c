import type { Ctx } from '../core/ctx.ts';
import { idMapped, subordinateIds } from '../solve/exec/ids.ts';
import type { ProcessUser } from '../solve/exec/user.ts';

/**
 * The user that a program can be here. Where this user has a single id, that one stands for all: what the program writes is thrown away, so
 * nothing wrong remains of it; it is said once. (A step of a build is refused there, as its files would get a wrong owner.)
 */
export async function possibleUser(ctx: Ctx, user: ProcessUser): Promise<ProcessUser> {
  const { uid, gid, groups } = user;
  const mapped = await Promise.all([idMapped('uid', uid), idMapped('gid', gid)]);
  if (mapped.every(Boolean)) {
    const possible = await Promise.all(groups.map(async (group) => idMapped('gid', group)));
    return { ...user, groups: groups.filter((_, index) => possible[index]) };
  }
  ctx.emit({
    kind: 'warning',
    message: `the image wants user ${uid}:${gid}, and you have no subordinate ids that could stand for it: the program runs as the only user there is, which it sees as root and the machine as you`,
    hint: subordinateIds,
  });
  return { ...user, uid: 0, gid: 0, groups: [] };
}
