import { failed, passed, type Trial } from '../trial.ts';
import type { OwnCommand, Tried } from '../types.ts';

/** A command of the user's, as the image runs by itself: it must exit 0. */
export async function ownCommand({ inside }: Trial, { argv, line }: OwnCommand): Promise<Tried> {
  const hasShell = line !== undefined && (await inside.file('/bin/sh')) !== undefined;
  const [program = '', ...words] = hasShell ? ['/bin/sh', '-c', line] : argv;
  const ran = await inside.run([program, ...words], { user: inside.user });
  const by = hasShell ? '/bin/sh, inside' : `${program}, inside`;
  return ran.code === 0 ? passed('it exits 0', by) : failed(`it exits ${ran.code}`, by, ran);
}
