import { resolveIn } from '../../../solve/exec/resolve.ts';
import type { ProcessUser } from '../../../solve/exec/user.ts';
import type { Ran } from '../inside.ts';
import { probeName } from '../probe.ts';
import { failed, notApplicable, outside, passed, type Trial } from '../trial.ts';
import type { Tried } from '../types.ts';

/** As whom images without a shell run. */
const nonroot: ProcessUser = { uid: 65_532, gid: 65_532, groups: [], home: '/' };
const script = 'f=/tmp/coracle-verify.$$; echo written >"$f" && read -r said <"$f" && [ "$said" = written ]';

/** Somebody who is not root writes to /tmp. */
export async function temporary(trial: Trial): Promise<Tried> {
  const { inside } = trial;
  const { entry } = await resolveIn(inside.tree, 'tmp');
  if (!entry) return notApplicable('there is no /tmp in it');
  if (entry.type !== 'directory') return failed('/tmp is no directory', outside);
  if (entry.mode !== 0o1777)
    return failed(`/tmp has mode ${entry.mode.toString(8)}: 1777 lets everybody write there`, outside);
  const user = inside.user.uid === 0 ? nonroot : inside.user;
  const possible = await inside.canBe(user.uid);
  const ran = await write(trial, user);
  if (!ran)
    return passed(
      'its mode is 1777; nothing in it writes there, and there is no Go here to make a program that does',
      outside,
    );
  if (ran.result.code !== 0) return failed('nobody can write to /tmp', ran.by, ran.result);
  const who = possible
    ? `user ${user.uid} writes there`
    : 'its mode is 1777, and the only user there is here writes there';
  return passed(who, ran.by);
}

async function write(
  { inside, probe }: Trial,
  user: ProcessUser,
): Promise<{ result: Ran; by: string } | undefined> {
  if ((await inside.file('/bin/sh')) !== undefined)
    return { result: await inside.run(['/bin/sh', '-c', script], { user }), by: '/bin/sh, inside' };
  const ours = await probe();
  return ours && { result: await ours.run(['temporary', '/tmp'], { user }), by: probeName };
}
