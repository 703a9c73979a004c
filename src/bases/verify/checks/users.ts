import { parsePasswd } from '../../../solve/exec/passwd.ts';
import { probeName } from '../probe.ts';
import { failed, notApplicable, outside, passed, type Trial } from '../trial.ts';
import type { Tried } from '../types.ts';

/** The users by whose names programs are started are known inside, by their numbers. */
export async function users(trial: Trial): Promise<Tried> {
  const { inside } = trial;
  const text = await inside.text('etc/passwd');
  if (text === undefined) return notApplicable('there is no /etc/passwd in it');
  const known = parsePasswd(text);
  const own = inside.image.config.config?.User?.split(':')[0] ?? '';
  const wanted = known.filter(
    ({ name, uid }) => name === 'root' || name === 'nonroot' || name === own || `${uid}` === own,
  );
  if (!wanted.some(({ uid }) => uid === 0)) return failed('/etc/passwd has no root', outside);
  const id = await inside.program('id');
  const probe = id === undefined ? await trial.probe() : undefined;
  const by = id !== undefined ? 'id, inside' : probe ? probeName : outside;
  for (const { name, uid } of wanted) {
    if (id === undefined && !probe) continue;
    const ran = await (id === undefined ? probe?.run(['user', name]) : inside.run([id, '-u', name]));
    if (ran?.code !== 0 || ran.stdout.trim() !== `${uid}`)
      return failed(`${name} is not known as ${uid}`, by, ran);
  }
  const names = wanted.map(({ name, uid }) => `${name} (${uid})`).join(', ');
  return passed(`${names} ${wanted.length === 1 ? 'is' : 'are'} known`, by);
}
